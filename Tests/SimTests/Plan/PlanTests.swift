import Synchronization
import TarnSettings
import Testing

@testable import TarnSim

/// Plans over small simulations, and what they may be asked.
struct PlanTests {
  /// Four nodes that read a data set of 1 GiB over and over from flash, which holds it many times.
  private func scenario(_ changes: [String] = []) throws -> Scenario {
    try DesignFixtures.training(["workloads.vision.order=epoch-shuffle"] + changes)
  }

  @Test(arguments: [
    ("gpu-stall<1%", "gpu_stall_fraction", 0.01), ("p99<50ms", "p99_us", 50_000),
    ("p99_us <= 50ms", "p99_us", 50_000), ("p50<800us", "p50_us", 800),
    ("hit-ratio>0.9", "hit_ratio_cache", 0.9), ("hit_ratio_peer>=1/4", "hit_ratio_peer", 0.25),
    ("origin-bytes<5GB/s", "origin_bytes_per_second", 5e9),
    ("origin-requests<2k/s", "origin_requests_per_second", 2_000),
    ("origin-throttled<10", "origin_throttled", 10),
    ("load.slowest-node<90s", "load.slowest_node_s", 90),
    ("chat.ttft-p99<2s", "chat.ttft_p99_us", 2_000_000),
  ])
  func `objectives are written as people say them`(text: String, name: String, limit: Double)
    throws
  {
    let objective = try Scenario.Objective(parsing: text)
    #expect(objective.name == name)
    #expect(objective.limit == limit)
    #expect(objective.bound == (text.contains(">") ? .min : .max))
  }

  @Test(arguments: [
    ("gpu-stall", "has no < or >"), ("gpu-stall<", "has no limit"),
    ("gpu-stal<1%", "did you mean gpu-stall?"), ("speed>3", "use one of gpu-stall"),
    ("p99<50", "has no unit"), ("gpu-stall<200%", "is not a share"),
    ("ttft-p99<2s", "as in NAME.ttft-p99<2s"), ("origin-bytes<5", "has no unit"),
  ])
  func `an objective that cannot be is refused with the cure`(text: String, message: String) {
    let error = #expect(throws: SettingsError.self) { try Scenario.Objective(parsing: text) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test(
    arguments: [
      ([], [], "give some"), (["p99<1s"], ["cache.memry"], "did you mean cache.memory?"),
      (["p99<1s"], ["cache.memory=1GiB"], "write a range"),
      (["p99<1s"], ["cache.memory=2GiB..1GiB"], "smaller end first"),
      (["p99<1s"], ["cache.memory=1MiB..2MiB"], "what the scenario can run with"),
      (["p99<1s"], ["cache.memory,cache.memory"], "named twice"),
      (["p99<1s"], [""], "names nothing"),
      (["nobody.p99<1s"], [], "is no workload"),
      (["vision.goodput>1%"], [], "is the fleet's alone"),
    ] as [([String], [String], String)])
  func `a question that cannot be answered is refused`(
    objectives: [String], vary: [String], message: String
  ) throws {
    let scenario = try scenario()
    let error = #expect(throws: SettingsError.self) {
      try PlanQuestion(scenario, objectives: objectives, vary: vary)
    }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test func `sizes go in steps of a fifth, and accounts one by one`() throws {
    #expect(
      PlanDimension.ladder(from: 100, to: 400, unit: 1, eachUpTo: 0)
        == [100, 118, 141, 168, 200, 237, 282, 336, 400])
    #expect(PlanDimension.ladder(from: 1, to: 5, unit: 1, eachUpTo: 64) == [1, 2, 3, 4, 5])
    #expect(PlanDimension.ladder(from: 62, to: 90, unit: 1, eachUpTo: 64) == [62, 63, 64, 75, 90])
    let question = try PlanQuestion(
      scenario(), objectives: ["p99<1s"], vary: ["origin.accounts=2..3", "cache.memory"])
    #expect(question.dimensions.map(\.kind) == [.accounts, .memory])
    #expect(question.dimensions[0].values == [2, 3])
    #expect(question.dimensions[1].values.first == 16 << 20)
    #expect(question.dimensions[1].values.last == 8 << 30)
  }

  @Test func `pools keep the ratio of their sizes`() throws {
    var scenario = try scenario()
    var own = scenario.cache
    own.memoryBytes = 4 << 30
    var pool = scenario.topology.pools[0]
    pool.name = "big"
    pool.cache = own
    scenario.topology.pools.append(pool)
    let sized = scenario.sized([(.memory, 256 << 20), (.accounts, 7)])
    #expect(sized.cacheSizes.map(\.memory) == [256 << 20, 1 << 30])
    #expect(sized.origin.accounts == 7)
    #expect(sized.cacheSizes.map(\.flash) == scenario.cacheSizes.map(\.flash))
  }

  @Test func `the least flash that keeps the data set is found, and less is shown to break`() throws
  {
    let told = Mutex<[String]>([])
    let question = try PlanQuestion(
      scenario(["workloads.vision.warm=1", "cache.flash.segment=16MiB"]),
      objectives: ["hit-ratio>99%"], vary: ["cache.flash=128MiB..1GiB"], seeds: 2)
    let report = try Plan(question).run(
      progress: { probe in told.withLock { $0.append(PlanText.line(probe)) } })
    #expect(report.met)
    let flash = try #require(report.dimensions.first)
    let answer = try #require(flash.answer?.value)
    // Four nodes own a quarter of the gibibyte each, give or take what rendezvous hashing deals, and a
    // log needs room to turn round.
    #expect((192 << 20...900 << 20).contains(answer), "\(answer)")
    if let below = flash.below {
      #expect(!below.verdict.met)
      #expect(below.verdict.figures.contains { $0.name == "hit_ratio_cache" && !$0.met })
    }
    #expect(!report.objectives.contains { !$0.met })
    #expect(told.withLock { $0.count } == report.probes.count)
    #expect(report.settings == ["cache.flash.capacity=\(answer)B"])
    #expect("\(PlanText(report))".contains("cache.flash"))
    #expect(report.table.split(separator: "\n").count == report.probes.count + 1)
    // What it says is what a simulation of it says.
    let again = try Simulation(scenario: question.scenario.sized([(.flash, answer)])).run().result
    #expect(!again.slo.contains { !$0.pass })
  }

  @Test func `objectives out of reach are told with what binds`() throws {
    let question = try PlanQuestion(
      scenario(), objectives: ["p50<1us", "gpu-stall<100%"], vary: ["cache.memory"], seeds: 1)
    let report = try Plan(question).run()
    #expect(!report.met)
    #expect(report.dimensions[0].answer == nil)
    let text = "\(PlanText(report))"
    #expect(text.contains("what binds:\n  p50_us"), "\(text)")
    #expect(!text.contains("gpu_stall_fraction"))
    #expect(report.settings.isEmpty)
  }

  @Test func `an interrupted plan says so`() throws {
    let question = try PlanQuestion(scenario(), objectives: ["p99<1s"])
    #expect(throws: Plan.Interrupted.self) { try Plan(question).run(isWanted: { false }) }
  }
}
