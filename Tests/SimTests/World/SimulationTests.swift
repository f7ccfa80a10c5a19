import TarnCore
import TarnDecisions
import Testing

@testable import TarnSim

/// A fleet of a dozen nodes that meets everything the flagship does within two seconds.
private func smallScenario(seed: UInt64, _ changes: [String] = []) throws -> Scenario {
  let text = """
    name: small
    seed: \(seed)
    duration: 2s
    topology:
      regions: [{name: east, zones: 1}]
      pools:
        - {name: train, cells: 2, nodes_per_cell: 6, nodes_per_rack: 2, class: gb200}
        - name: serve
          cells: 1
          nodes_per_cell: 4
          nodes_per_rack: 2
          class: h100
          cache: {memory: {capacity: 4GiB}}
    cache:
      memory: {capacity: 256MiB, eviction: sieve}
      flash: {capacity: 4GiB, segment: 64MiB}
    origin: {accounts: 1, first_byte: {p50: 5ms, p99: 30ms}}
    workloads:
      - name: vision
        kind: training
        pools: [train]
        jobs: [{gpus: 16, count: 1}, {gpus: 8, count: 2}]
        model: resnet50-h100
        dataset: 12GB
        reader_depth: 8
        warm: 60%
      - name: restart
        kind: cold-start
        pools: [train]
        jobs: [{gpus: 16, count: 1}]
        weights: 2GB
        reader_depth: 8
        at: 300ms
      - name: chat
        kind: inference
        pools: [serve]
        tenant: chat
        trace: traces/kv-sample.tarn
        gpus_per_trace: 32
        rate_scale: 20
    faults:
      rack_loss: [{at: 700ms, racks: 1, return_after: 600ms}]
      detection: 200ms
    """
  return try Scenario(yaml: text, file: "small.yaml", overrides: changes)
}

private func run(_ scenario: Scenario) throws -> SimulationResult {
  let options = SimulationOptions(checkInvariants: true)
  return try Simulation(scenario: scenario, options: options).run().result
}

@Suite struct SimulationTests {
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `the invariants hold through a rack's loss and return`(seed: UInt64) throws {
    let result = try run(smallScenario(seed: seed))
    #expect(result.complete)
    #expect(result.requests > 500)
    #expect(result.counters.first { $0.name == "nodes_lost" }?.value == 2)
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `the invariants hold where keys are sampled and readers idle between steps`(
    seed: UInt64
  ) throws {
    let result = try run(smallScenario(seed: seed, ["sampling.rate=1/8"]))
    #expect(result.sampling.rate == 0.125)
    #expect(result.requests > 100)
  }

  @Test(arguments: EvictionKind.allCases)
  func `the invariants hold under every eviction policy`(kind: EvictionKind) throws {
    let scenario = try smallScenario(
      seed: 7,
      [
        "cache.memory.eviction=\(kind.name)", "cache.flash.eviction=\(kind.name)",
        "cache.flash.fill=all-on-fill", "duration=1s",
      ])
    #expect(try run(scenario).requests > 200)
  }

  @Test func `the same seed gives the same decisions, another seed others`() throws {
    let first = try run(smallScenario(seed: 3))
    let second = try run(smallScenario(seed: 3))
    let other = try run(smallScenario(seed: 4))
    #expect(first.decisionHash == second.decisionHash)
    #expect(first.events == second.events)
    #expect(first.decisionHash != other.decisionHash)
  }

  @Test func `an origin below the cells' budget answers 503, and every read still ends`() throws {
    // The cells believe in four times what the account allows.
    let scenario = try smallScenario(
      seed: 5,
      [
        "origin.bytes=2Gb/s", "cache.budget.bytes=1GB/s", "cache.budget.requests=1k/s",
        "workloads.vision.warm=0%", "faults.rack_loss=[]",
      ])
    let result = try run(scenario)
    #expect(result.origin.throttled > 0)
    #expect(result.hitRatio.peer > 0)
  }

  @Test func `a cold start reads each block from the origin once a cell`() throws {
    let text = """
      name: restart
      duration: 20s
      topology:
        regions: [{name: east, zones: 1}]
        pools: [{name: train, cells: 2, nodes_per_cell: 8, nodes_per_rack: 4, class: gb200}]
      cache: {memory: {capacity: 8GiB}, flash: {capacity: 1TB}}
      origin: {accounts: 1}
      workloads:
        - {name: restart, kind: cold-start, jobs: [{gpus: 64, count: 1}], weights: 419430400B}
      """
    let scenario = try Scenario(yaml: text, file: "restart.yaml", overrides: [])
    let result = try run(scenario)
    // 400 MiB are 100 blocks of 4 MiB, and there are two cells.
    #expect(result.origin.requests == 200)
    #expect(result.workloads[0].completed == 16)
    #expect(result.workloads[0].slowestNodeSeconds != nil)
  }

  /// Two cells share an account of 1 GB/s; a job in one of them loads 10 GB.
  private func restart(budget: String) throws -> SimulationResult {
    let text = """
      name: restart
      duration: 30s
      topology:
        regions: [{name: east, zones: 1}]
        pools: [{name: train, cells: 2, nodes_per_cell: 8, nodes_per_rack: 4, class: gb200}]
      cache: {memory: {capacity: 8GiB}, flash: {capacity: 1TB}, budget: \(budget)}
      origin: {accounts: 1, bytes: 8Gb/s}
      workloads:
        - name: restart
          kind: cold-start
          jobs: [{gpus: 32, count: 1}]
          weights: 10GB
          shard: 1/8
          reader_depth: 16
      """
    return try run(Scenario(yaml: text, file: "restart.yaml", overrides: []))
  }

  @Test func `a cell that loads alone has the whole account, unless its budget is fixed`() throws {
    let fixed = try restart(budget: "{requests: 10k/s, bytes: 500MB/s}")
    #expect((19...22).contains(try #require(fixed.workloads[0].slowestNodeSeconds)))
    let borrowing = try restart(budget: "auto")
    #expect((10...12.5).contains(try #require(borrowing.workloads[0].slowestNodeSeconds)))
    #expect(borrowing.origin.throttled == 0)
    #expect(borrowing.origin.requests == fixed.origin.requests)
  }

  @Test func `the warm-up is simulated and not counted`() throws {
    let whole = try run(smallScenario(seed: 2))
    let counted = try run(smallScenario(seed: 2, ["warmup=1s"]))
    #expect(counted.decisionHash == whole.decisionHash)
    #expect(counted.warmupSeconds == 1)
    #expect(counted.workloads[0].requests < whole.workloads[0].requests)
    #expect(counted.workloads[0].requests > 0)
  }

  @Test func `prompts arrive as many times as fast as the scenario says`() throws {
    let slow = try run(smallScenario(seed: 2, ["workloads.chat.rate_scale=10"]))
    let fast = try run(smallScenario(seed: 2, ["workloads.chat.rate_scale=100"]))
    let prompts = { (result: SimulationResult) in
      result.counters.first { $0.name == "prefix_look_ups" }?.value ?? 0
    }
    #expect(prompts(slow) > 10)
    #expect(prompts(fast) > 5 * prompts(slow))
  }

  @Test func `a run that is no longer wanted says how far it came`() throws {
    let scenario = try smallScenario(seed: 1)
    let outcome = try Simulation(scenario: scenario).run { _ in false }
    #expect(outcome.result.complete == false || outcome.result.events < 65_536)
  }

  @Test func `a trace that does not exist is named with the cure`() throws {
    let scenario = try smallScenario(seed: 1, ["workloads.chat.trace=traces/absent.tarn"])
    #expect(throws: SimulationError.self) { try Simulation(scenario: scenario).run() }
  }

  /// Node 0 is of the rack that is lost and comes back, all others hear of it.
  @Test(arguments: [0, 1, 7, 13])
  func `a recorded node, replayed into a fresh core, decides the same`(node: Int) throws {
    let scenario = try smallScenario(seed: 9)
    var planner = Planner(scenario)
    var plan = try planner.plan()
    plan.recordedNode = UInt32(node)
    let warm = plan.warm
    var world = World(plan)
    world.start(countingFrom: .zero)
    world.warmUp(warm)
    world.startWorkloads()
    world.run(until: Instant(nanoseconds: scenario.durationNanoseconds)) { _ in true }

    let bytes = world.recorder?.finish() ?? []
    let file = try TemporaryFile(bytes, suffix: ".tarnlog")
    let report = try DecisionReplay.run(path: file.path)
    #expect(report.difference == nil, "\(report.text)")
    #expect(report.end == .finished)
    #expect(report.steps > 5)
    #expect(report.checkpoints > 0)
    #expect(report.hash == world.nodes[node].decisionHash)
    #expect(report.restarts == UInt64(world.status[node].life))
  }
}
