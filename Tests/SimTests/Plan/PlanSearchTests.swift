import Testing

@testable import TarnSim

/// The search for the smallest sizes, over made-up answers.
struct PlanSearchTests {
  private func verdict(_ met: Bool) -> PlanVerdict {
    PlanVerdict(met: met, figures: [], seeds: 1, refusal: nil)
  }

  private func search(
    _ sizes: [Int], present: [Int]? = nil, _ holds: @escaping ([Int]) -> Bool
  ) throws -> PlanSearch.Finding {
    var search = PlanSearch(sizes: sizes) { self.verdict(holds($0)) }
    return try search.run(present: present ?? sizes.map { $0 - 1 })
  }

  @Test func `one size is found by bisection, and no point is asked for twice`() throws {
    for least in 0..<40 {
      let finding = try search([40]) { $0[0] >= least }
      #expect(finding.answer == [least])
      #expect(finding.contradictions.isEmpty)
      #expect(finding.asked.count <= 10, "\(least)")
      #expect(Set(finding.asked.map(\.point)).count == finding.asked.count)
    }
  }

  @Test func `of several sizes none can be lowered alone, wherever the frontier lies`() throws {
    var numbers = TestNumbers(3)
    for _ in 0..<200 {
      let sizes = (0..<3).map { _ in Int(numbers.below(12)) + 1 }
      let weights = (0..<3).map { _ in Int(numbers.below(5)) + 1 }
      let most = zip(sizes, weights).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
      let needed = Int(numbers.below(UInt64(most) + 2))
      func holds(_ point: [Int]) -> Bool {
        zip(point, weights).reduce(0) { $0 + $1.0 * $1.1 } >= needed
      }
      let finding = try search(sizes, holds)
      guard let answer = finding.answer else {
        #expect(needed > most)
        continue
      }
      #expect(holds(answer))
      for dimension in 0..<3 where answer[dimension] > 0 {
        var below = answer
        below[dimension] -= 1
        #expect(!holds(below))
        #expect(finding.asked.contains { $0.point == below }, "the neighbour was looked at")
      }
      #expect(finding.contradictions.isEmpty)
    }
  }

  @Test func `what comes first is made smallest`() throws {
    // Either of the two may be zero, not both.
    let finding = try search([10, 10]) { $0[0] + $0[1] >= 5 }
    #expect(finding.answer == [0, 5])
  }

  @Test func `where nothing holds there is no answer, after two questions`() throws {
    let finding = try search([10, 10], present: [3, 3]) { _ in false }
    #expect(finding.answer == nil)
    #expect(finding.asked.map(\.point) == [[9, 9], [3, 3]])
  }

  @Test func `where the largest breaks and the scenario's own holds, that is the start`() throws {
    let finding = try search([10], present: [4]) { (2...6).contains($0[0]) }
    #expect(finding.answer == [2])
    #expect(finding.contradictions.contains { $0.smaller == [4] && $0.larger == [9] })
  }

  @Test func `a hole is found out and told`() throws {
    // 20 and more hold, and so does 8 to 12, in which bisection does not look by itself.
    let finding = try search([40]) { $0[0] >= 20 || (8...12).contains($0[0]) }
    #expect(finding.answer == [8])
    #expect(!finding.contradictions.isEmpty)
  }
}
