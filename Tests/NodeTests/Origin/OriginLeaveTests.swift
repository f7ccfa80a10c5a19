import NIOCore
import NIOPosix
import Synchronization
import TarnCore
import Testing

@testable import TarnNode

/// Decides as a test says, and counts.
private final class ScriptedLeave: OriginLeave {
  struct State {
    var failure = Failure.none
    var asked = 0
    var throttles: [UInt32] = []
  }
  let state = Mutex(State())

  func leave(toAskAbout object: OriginObject, by deadline: Instant) async -> Failure {
    state.withLock {
      $0.asked += 1
      return $0.failure
    }
  }
  func throttled(retryAfterMilliseconds: UInt32) {
    state.withLock { $0.throttles.append(retryAfterMilliseconds) }
  }
}

@Suite struct OriginLeaveTests {
  private let object = OriginObject(container: "c", key: "k")

  @Test func `questions need leave, reads of blocks had theirs`() async throws {
    let memory = MemoryOrigin(["k": 10])
    let origin = MeteredOrigin(memory, name: "m")
    let leave = ScriptedLeave()
    origin.needsLeave(of: leave)
    _ = try await origin.attributes(of: object)
    try await open(origin, object, 0..<10)
    _ = try await readBytes(origin, object, "\"1\"", 0..<10)
    #expect(leave.state.withLock { $0.asked } == 2)
    #expect(origin.counts.questions == 2 && origin.counts.requests == 3)
  }

  @Test(arguments: [Failure.deadline, .overloaded])
  func `what gets no leave is not sent`(failure: Failure) async throws {
    let memory = MemoryOrigin(["k": 10])
    let origin = MeteredOrigin(memory, name: "m")
    let leave = ScriptedLeave()
    leave.state.withLock { $0.failure = failure }
    origin.needsLeave(of: leave)
    await #expect(throws: OriginError.throttled(retryAfterMilliseconds: 1_000)) {
      try await origin.attributes(of: object)
    }
    await #expect(throws: OriginError.self) { try await open(origin, object, 0..<10) }
    #expect(memory.state.withLock { $0.questions + $0.opens } == 0)
    #expect(origin.counts.questionsRefused == 2 && origin.counts.questions == 0)
  }

  @Test func `the cores hear of a 503 once: of blocks by themselves, of all else so`() async throws
  {
    let memory = MemoryOrigin(
      ["k": 10],
      failing: [.throttled(retryAfterMilliseconds: 7), .throttled(retryAfterMilliseconds: 8)])
    let origin = MeteredOrigin(memory, name: "m")
    let leave = ScriptedLeave()
    origin.needsLeave(of: leave)
    await #expect(throws: OriginError.throttled(retryAfterMilliseconds: 7)) {
      try await readBytes(origin, object, "\"1\"", 0..<10)
    }
    #expect(leave.state.withLock { $0.throttles } == [])
    await #expect(throws: OriginError.throttled(retryAfterMilliseconds: 8)) {
      try await open(origin, object, 0..<10)
    }
    #expect(leave.state.withLock { $0.throttles } == [8])
  }

  /// Rates are checked on virtual time in `LeaveTests`; here, that both draw on the same one.
  @Test func `blocks that are read leave nothing for questions`() async throws {
    let bench = try ObjectBench(.validate, threads: 1) {
      $0.originRequestsPerSecond = 1
      $0.fetch.budgetHorizonNanoseconds = 3_600_000_000_000
    }
    let origin = MeteredOrigin(bench.origin, name: "m")
    origin.needsLeave(of: bench.shards)
    bench.origin.put("k", size: 640_000, byte: 1)
    let opened = try await bench.open("k").get()
    // Four blocks at a time, four seconds' worth, of which the first comes at once.
    let read = Task { try await bench.read(opened, 0..<640_000) }
    while bench.origin.state.withLock({ $0.reads }) == 0 {
      try await Task.sleep(for: .milliseconds(1))
    }
    await #expect(throws: OriginError.throttled(retryAfterMilliseconds: 1_000)) {
      try await origin.attributes(of: object)
    }
    #expect(origin.counts.questionsRefused == 1)
    read.cancel()
  }
}
