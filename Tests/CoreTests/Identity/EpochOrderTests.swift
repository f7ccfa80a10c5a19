import TarnCore
import Testing

/// Literal orders come from an independent implementation of the specification in Python.
struct EpochOrderTests {
  private func order(_ seed: UInt64, _ count: UInt32) -> [UInt32] {
    let epoch = EpochOrder(seed: seed, count: count)
    return (0..<count).map { epoch[$0] }
  }

  @Test func `orders are as specified`() {
    #expect(order(1, 10) == [3, 7, 2, 0, 1, 8, 6, 9, 5, 4])
    #expect(order(2, 10) == [1, 9, 6, 5, 3, 8, 0, 2, 4, 7])
    #expect(order(1, 16) == [14, 10, 2, 0, 1, 11, 6, 9, 5, 12, 7, 8, 4, 3, 13, 15])
    #expect(order(1, 17) == [7, 3, 15, 0, 16, 5, 6, 1, 12, 14, 4, 9, 10, 2, 8, 13, 11])
    let million = EpochOrder(seed: 42, count: 1_000_000)
    #expect((0..<4).map { million[$0] } == [117_725, 637_224, 33_019, 722_671])
    let most = EpochOrder(seed: 42, count: .max)
    #expect(
      (0..<4).map { most[$0] } == [2_416_432_385, 3_981_520_154, 975_245_366, 3_695_374_400])
  }

  @Test func `seed 0 is the sequential order`() {
    #expect(order(0, 5) == [0, 1, 2, 3, 4])
  }

  @Test(
    arguments: [
      1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 257, 1000, 1023, 1024,
      1025, 4095, 4096, 4097,
    ] as [UInt32])
  func `every block is visited once`(count: UInt32) {
    for seed in 1...3 as ClosedRange<UInt64> {
      var visited = [Bool](repeating: false, count: Int(count))
      for block in order(seed, count) {
        #expect(!visited[Int(block)], "seed \(seed)")
        visited[Int(block)] = true
      }
      #expect(visited.allSatisfy { $0 }, "seed \(seed)")
    }
  }

  /// Chi-square of which block comes at `position` over seeds, 99.99 % bounds.
  private func chiSquare(count: UInt32, position: UInt32, seeds: UInt64) -> Double {
    var seen = [Double](repeating: 0, count: Int(count))
    for seed in 1...seeds { seen[Int(EpochOrder(seed: seed, count: count)[position])] += 1 }
    let expected = Double(seeds) / Double(count)
    return seen.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
  }

  @Test func `each block is as likely at a position as any other`() {
    for position in [0, 1, 50, 99] as [UInt32] {
      // 99 degrees of freedom.
      #expect(chiSquare(count: 100, position: position, seeds: 5_000) < 161.4)
    }
    for position in 0..<3 as Range<UInt32> {
      // 2 degrees of freedom.
      #expect(chiSquare(count: 3, position: position, seeds: 3_000) < 18.5)
    }
  }

  /// Of a random permutation 1 in 1,000 neighbours is the successor; 16 blocks' sharing of one
  /// sequential run would defeat the shuffle.
  @Test func `neighbours in the order are no neighbours in the object`() {
    let epoch = order(9, 10_000)
    let successors = zip(epoch, epoch.dropFirst()).filter { $1 == $0 &+ 1 }.count
    #expect(successors < 10)
  }
}
