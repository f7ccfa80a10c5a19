import TarnCore
import Testing

@testable import TarnSim

/// Four prompts of blocks of 10 tokens, of which the third is all in the first two.
private func handMade() throws -> KVTraceData {
  try KVTraceData(
    times: [0, 100, 200, 204].map { $0 * millisecond + 7 }, inputTokens: [25, 40, 20, 30],
    outputTokens: [1, 1, 1, 1], chainStart: [0, 3, 7, 9, 12],
    ids: [1, 2, 3, 1, 2, 4, 5, 1, 2, 9, 8, 7])
}

private func inference(
  _ trace: KVTraceData, nodes: UInt32 = 1, copies: UInt32 = 1
) throws -> InferenceConfiguration {
  var configuration = InferenceConfiguration(
    name: "chat", number: 9, seed: 11, nodes: [NodeRange(first: 40, count: nodes)], gpusPerNode: 8,
    copies: copies, trace: trace, tenant: TenantID(1), salt: TenantSalt(key0: 1, key1: 2), model: 3,
    blockBytes: 1 << 20, prefillTokensPerSecond: 1000)
  configuration.blockTokens = 10
  configuration.depth = 1
  return configuration
}

private func slowWorld(_ configuration: InferenceConfiguration) -> FakeWorld<InferenceWorkload> {
  var world = FakeWorld(InferenceWorkload(configuration))
  world.lookUpDelay = millisecond
  world.putDelay = millisecond
  world.answer = { _, _, _ in .init(delay: 2 * millisecond, source: .flash) }
  return world
}

@Suite struct `Inference workload` {
  @Test func `prompts find their prefixes, and first tokens come when the sums say`() throws {
    var world = slowWorld(try inference(handMade()))
    let figures = world.run(until: 250 * millisecond)
    // A: looked up at 1, nothing there, 25 tokens: first token after 26 ms, 2 blocks put.
    // B: 2 blocks found at 101, loaded at 105, 20 tokens left: 25 ms, 2 blocks put.
    // C: 2 of 2 blocks found at 201, loaded at 205, 1 token computed: 6 ms.
    // D: nothing found at 205, behind C until 206, 30 tokens: 32 ms, 3 blocks put from 236 on.
    #expect(figures.completed == 4)
    #expect(figures.promptBlocks == 2 + 4 + 2 + 3)
    #expect(figures.prefixBlocks == 4)
    #expect(figures.result.prefixHitRatio == 4.0 / 11)
    #expect(figures.totals.flash == 4)
    #expect(world.reads.map { $0.at / millisecond } == [101, 103, 201, 203])
    #expect(world.puts.map { $0.at / millisecond } == [26, 27, 125, 126, 236, 237, 238])
    let times = try #require(figures.timeToFirstToken)
    #expect(times.count == 4)
    #expect(times.quantile(1) / 1_000_000 == 32)
    #expect(times.quantile(0.25) / 60_000 == 100)
    // Loading takes 1 + 5 + 5 + 1 of 26 + 25 + 6 + 32 ms.
    #expect(figures.counters.map(\.value) == [115, 76, 12.0 / 89, 7, 0, 0, 0])
    // Idle with a prompt waiting: 0 to 1, 100 to 105, 200 to 205.
    #expect(figures.stallGPUNanoseconds == Double(8 * 11 * millisecond))
  }

  @Test func `each new block names the one before it as its parent, the first one itself`() throws {
    var world = slowWorld(try inference(handMade()))
    _ = world.run(until: 250 * millisecond)
    let puts = world.puts
    #expect(puts[0].parent == puts[0].key)
    #expect(puts[1].parent == puts[0].key)
    #expect(puts[2].parent == puts[1].key)
    #expect(puts[3].parent == puts[2].key)
    #expect(puts[4].parent == puts[4].key)
    #expect(Set(puts.map(\.key)).count == 7)
  }

  @Test func `what cannot be loaded is computed, with all behind it`() throws {
    let configuration = try inference(handMade())
    let second = FakeWorld<InferenceWorkload>.Answer(
      delay: 2 * millisecond, source: .none, failure: .absent)
    var world = slowWorld(configuration)
    world.answer = { _, _, now in
      now == 103 * millisecond ? second : .init(delay: 2 * millisecond, source: .memory)
    }
    let figures = world.run(until: 199 * millisecond)
    // B's second block is gone: 30 tokens from 105 on, and it puts that block anew.
    #expect(figures.prefixBlocks == 1)
    #expect(figures.totals.failures == 1)
    #expect(world.puts.map { $0.at / millisecond } == [26, 27, 135, 136, 137])
    #expect(world.puts[2].key == world.puts[1].key)
  }

  @Test func `a trace that ends begins again with ids of its own`() throws {
    let trace = try handMade()
    #expect(trace.period == 272 * millisecond)
    var world = slowWorld(try inference(trace))
    let figures = world.run(until: (272 + 250) * millisecond)
    #expect(figures.completed == 8)
    #expect(figures.prefixBlocks == 8)
    #expect(Set(world.puts.map(\.key)).count == 14)
  }

  @Test func `replicas start at offsets of their own and share nothing`() throws {
    let copies: UInt32 = 20
    var configuration = try inference(handMade(), nodes: 45, copies: copies)
    configuration.anchorDepth = 1
    var world = slowWorld(configuration)
    let figures = world.run(until: 40 * 272 * millisecond)
    #expect(figures.completed > 40 * 4 * 19)
    #expect(figures.completed < 41 * 4 * 20)
    var holders: [BlockKey: Set<UInt32>] = [:]
    for put in world.puts { holders[put.key, default: []].insert(put.node) }
    #expect(holders.values.allSatisfy { $0.count == 1 })
    // Prompts with a common anchor meet on a node: all but a replica's first few find theirs.
    #expect(abs((figures.result.prefixHitRatio ?? 0) - 4.0 / 11) < 0.02)
  }

  @Test func `random routes miss prefixes that affine ones find`() throws {
    var configuration = try inference(handMade(), nodes: 16)
    var affine = slowWorld(configuration)
    configuration.routing = .random
    var random = slowWorld(configuration)
    let end = 100 * 272 * millisecond
    #expect(affine.run(until: end).prefixBlocks > 2 * random.run(until: end).prefixBlocks)
  }

  @Test func `prompts of a lost node start over on another, none is told twice`() throws {
    var configuration = try inference(handMade(), nodes: 2)
    configuration.routing = .random
    var world = slowWorld(configuration)
    // A is being computed on one of the two; whichever it is loses it.
    world.lose(40, at: 10 * millisecond)
    world.lose(41, at: 11 * millisecond)
    world.restore(40, at: 12 * millisecond)
    let figures = world.run(until: 199 * millisecond)
    let counts = Dictionary(uniqueKeysWithValues: figures.counters.map { ($0.name, $0.value) })
    #expect(counts["inference_dropped_prompts"] == 1)
    #expect(figures.completed == 1)
    #expect(figures.prefixBlocks == 0)
    #expect(figures.lostGPUNanoseconds == Double(8 * (2 + 188) * millisecond))
  }

  @Test func `a prompt is restarted on the node that is left`() throws {
    var configuration = try inference(handMade(), nodes: 2)
    configuration.routing = .random
    for lost in [40, 41] as [UInt32] {
      var world = slowWorld(configuration)
      world.lose(lost, at: 10 * millisecond)
      let figures = world.run(until: 90 * millisecond)
      #expect(figures.completed == 1)
      #expect(world.puts.allSatisfy { $0.node != lost })
      let first = try #require(figures.timeToFirstToken).quantile(1) / millisecond
      // Either untouched, or 25 ms of prefill after a look-up at 11.
      #expect(first == 26 || first == 36)
    }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func `random answers and losses leave no prompt behind`(seed: UInt64) throws {
    var random = TestRandom(state: seed)
    var world = slowWorld(try inference(handMade(), nodes: 6, copies: 2))
    for node in 40..<46 as Range<UInt32> {
      let time = UInt64.random(in: 0...1_500_000_000, using: &random)
      world.lose(node, at: time)
      world.restore(node, at: time + .random(in: 1...400_000_000, using: &random))
    }
    var answers = random
    world.answer = { _, _, _ in
      .init(
        delay: .random(in: 1...20_000_000, using: &answers), source: .peer,
        failure: UInt8.random(in: 0..<5, using: &answers) == 0 ? .absent : .none)
    }
    let figures = world.run(until: 10 * 272 * millisecond)
    let dropped = figures.counters[6].value
    // 40 a replica, less the dropped ones and those that are under way at the end.
    #expect(Double(figures.completed) + dropped >= 74, "seed \(seed)")
    #expect(Double(figures.completed) + dropped <= 81, "seed \(seed)")
  }

  @Test func `a trace that does not fit together is refused with the reason`() {
    #expect(throws: WorkloadError.self) {
      try KVTraceData(times: [], inputTokens: [], outputTokens: [], chainStart: [0], ids: [])
    }
    #expect(
      throws: WorkloadError(
        "prompt 1 of the KV trace arrives before the one before it; sort it by time")
    ) {
      try KVTraceData(
        times: [2, 1], inputTokens: [1, 1], outputTokens: [1, 1], chainStart: [0, 0, 0], ids: [])
    }
    #expect(throws: WorkloadError.self) {
      try KVTraceData(
        times: [2], inputTokens: [1], outputTokens: [1], chainStart: [0, 2], ids: [1])
    }
  }
}
