import Synchronization
import TarnCore
import Testing

@testable import TarnNode

private let millisecond: Nanoseconds = 1_000_000
private func at(_ milliseconds: UInt64) -> Instant {
  Instant(nanoseconds: (10_000 + milliseconds) * millisecond)
}

@Suite struct QuestionPaceTests {
  @Test func `after a burst questions are spaced as the rate says`() {
    let pace = QuestionPace(requestsPerSecond: 100)
    let turns = (0..<12).map { _ in pace.turn(at: at(0)) }
    #expect(turns[..<9].allSatisfy { $0 == .after(0) })
    #expect(Array(turns[9...]) == [10, 20, 30].map { .after($0 * millisecond) })
  }

  @Test func `a cell's members share the rate`() {
    let pace = QuestionPace(requestsPerSecond: 100)
    pace.share(with: 5)
    let turns = (0..<11).map { _ in pace.turn(at: at(0)) }
    #expect(turns[8] == .after(0))
    #expect(Array(turns[9...]) == [50, 100].map { .after($0 * millisecond) })
  }

  @Test func `no second sees more than the rate and a burst`() {
    var random = CheapRandom(7)
    for rate: UInt64 in [3, 50, 2_000] {
      let pace = QuestionPace(requestsPerSecond: rate)
      var asked: [UInt64] = []
      var now: UInt64 = 0
      for _ in 0..<3_000 {
        now += random.next(below: 2 * 1_000_000_000 / rate)
        if random.next(below: 100) == 0 { now += 5_000_000_000 }
        let start = Instant(nanoseconds: 20_000_000_000 + now)
        if case .after(let span) = pace.turn(at: start) { asked.append(now + span) }
      }
      asked.sort()
      let most = rate + max(8, rate / 20) + 1
      for (first, time) in asked.enumerated() {
        let count = asked[first...].prefix { $0 < time + 1_000_000_000 }.count
        #expect(count <= most, "\(rate)/s: \(count) in a second")
      }
      #expect(asked.count > 1_000)
    }
  }

  @Test func `a queue that is too long refuses, and what is refused does not count`() {
    let pace = QuestionPace(requestsPerSecond: 1)
    let turns = (0..<20).map { _ in pace.turn(at: at(0)) }
    #expect(turns[10] == .after(2_000 * millisecond))
    #expect(turns[11...].allSatisfy { $0 == .refused(2_000 * millisecond) })
    #expect(pace.turn(at: at(1_000)) == .after(2_000 * millisecond))
  }

  @Test func `a 503 stops questions for as long as it says, and slows those that follow`() {
    let pace = QuestionPace(requestsPerSecond: 100)
    pace.throttled(at: at(0), retryAfterMilliseconds: 1_500)
    // Another one of the same overload.
    pace.throttled(at: at(1), retryAfterMilliseconds: 0)
    let turns = (0..<11).map { _ in pace.turn(at: at(500)) }
    #expect(turns[..<9].allSatisfy { $0 == .after(1_000 * millisecond) })
    // 70 a second now.
    #expect(turns[9] == .after(1_000 * millisecond + 14_285_714))
    pace.throttled(at: at(500), retryAfterMilliseconds: 60_000)
    #expect(pace.turn(at: at(600)) == .refused(58_900 * millisecond))
    // It grows back: 2 % for every 100 ms after the pause.
    for _ in 0..<9 { _ = pace.turn(at: at(62_500)) }
    #expect(pace.turn(at: at(62_500)) == .after(10 * millisecond))
  }

  @Test func `an origin that throttles reads is not asked about objects meanwhile`() async throws {
    let memory = MemoryOrigin(["k": 10], failing: [.throttled(retryAfterMilliseconds: 60_000)])
    let origin = MeteredOrigin(memory, name: "m", requestsPerSecond: 1_000)
    let object = OriginObject(container: "c", key: "k")
    _ = try await origin.attributes(of: object)
    await #expect(throws: OriginError.throttled(retryAfterMilliseconds: 60_000)) {
      try await readBytes(origin, object, "\"1\"", 0..<10)
    }
    for _ in 0..<3 {
      let error = await #expect(throws: OriginError.self) {
        try await origin.attributes(of: object)
      }
      guard case .throttled(let milliseconds) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect((50_000...60_000).contains(milliseconds))
    }
    await #expect(throws: OriginError.self) { try await open(origin, object, 0..<10) }
    #expect(memory.state.withLock { $0.questions } == 1)
    let counts = origin.counts
    #expect(counts.questions == 1 && counts.questionsRefused == 4 && counts.throttled == 1)
    #expect(counts.requests == 2)
  }

  @Test func `questions beyond the rate wait and are counted`() async throws {
    let memory = MemoryOrigin(["k": 10])
    let origin = MeteredOrigin(memory, name: "m", requestsPerSecond: 200)
    let object = OriginObject(container: "c", key: "k")
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<40 { group.addTask { _ = try? await origin.attributes(of: object) } }
    }
    let counts = origin.counts
    #expect(counts.questions == 40 && counts.questionsDeferred > 0 && counts.questionsRefused == 0)
  }
}
