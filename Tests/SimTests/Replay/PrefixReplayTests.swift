import TarnCore
import Testing

@testable import TarnSim

/// Prompts scored by their longest cached prefix.
@Suite struct PrefixReplayTests {
  private func ratio(
    _ trace: RequestTrace, _ touch: PrefixTouch, capacity: UInt64, policy: String = "lru"
  ) throws -> Double {
    var options = Replay.Options()
    options.prefix = touch
    let cell = ReplayCell(
      policy: try ReplayPolicy(parsing: policy), capacity: capacity, isSized: false)
    return 1 - (try Replay.run(cell, over: trace, options: options)).missRatio
  }

  @Test func `the touch order decides which end of a prompt survives`() throws {
    // Two prompts of three blocks with a cache of four: the second evicts two blocks of the first.
    let trace = RequestTrace(
      name: "prompts", keys: [1, 2, 3, 4, 5, 6, 1, 2, 3], promptStarts: [0, 3, 6, 9])
    // Front to back, blocks 1 and 2 were the oldest: nothing leads.
    #expect(try ratio(trace, .front, capacity: 4) == 0)
    // Back to front, 3 and 2 left, and 1 leads.
    #expect(abs(try ratio(trace, .deepest, capacity: 4) - 1.0 / 9) < 1e-12)
  }

  @Test func `it agrees with a plain prefix LRU on random prompts`() throws {
    var numbers = TestNumbers(9)
    var keys: [UInt64] = []
    var starts = [0]
    for _ in 0..<300 {
      let family = numbers.below(12)
      for depth in 0...numbers.below(9) { keys.append(family * 100 + depth) }
      starts.append(keys.count)
    }
    let trace = RequestTrace(name: "prompts", keys: keys, promptStarts: starts)
    for capacity in [1, 5, 20, 60] {
      let plain = PrefixLRU.hitRatio(
        keys.map { Int($0) }, starts: starts, distinct: 1_200, capacity: capacity)
      #expect(abs(try ratio(trace, .front, capacity: UInt64(capacity)) - plain) < 1e-12)
    }
  }

  @Test(
    arguments: [
      ("lmcache-agent/agent_blocks_a.jsonl.gz", 1_065, 0.6046, 0.82),
      ("mooncake/conversation_trace.jsonl.gz", 1_827, 0.0523, 0.0525),
      ("mooncake/conversation_trace.jsonl.gz", 18_279, 0.2784, 0.2789),
    ] as [(String, UInt64, Double, Double)])
  func `shared KV traces give the reference's four digits`(
    file: String, capacity: UInt64, front: Double, deepest: Double
  ) throws {
    guard let path = SharedTraces.path(file) else { return }
    let trace = try RequestTrace.load(path: path)
    #expect(abs(try ratio(trace, .front, capacity: capacity) - front) <= 0.000_05)
    #expect(abs(try ratio(trace, .deepest, capacity: capacity) - deepest) <= 0.000_05)
  }

  @Test func `an offline policy is refused`() {
    let trace = RequestTrace(name: "prompts", keys: [1], promptStarts: [0, 1])
    #expect(throws: ReplayError.self) {
      _ = try ratio(trace, .front, capacity: 4, policy: "belady")
    }
  }
}
