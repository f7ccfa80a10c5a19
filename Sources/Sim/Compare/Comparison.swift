public import TarnSettings
internal import Synchronization

/// Designs side by side on one scenario: `tarn compare` as a library.
///
/// Every design runs with the same seeds, the same nodes and the same origin; then once with as many
/// accounts as it takes, with each kind of loss, and once with every assumption at either end of
/// its range. Runs are independent and go on several threads; the report does not depend on how many.
public struct Comparison: Sendable {
  private let scenario: Scenario
  private let designs: [Design]
  private let seeds: Int
  private let variesAssumptions: Bool
  private let values: DesignValues

  /// - Parameters:
  ///   - seeds: Runs of each design, with the scenario's seed and those that follow it.
  ///   - variesAssumptions: Whether assumptions are varied too, which takes most of the time.
  /// - Throws: `SettingsError` where a design cannot be made of the scenario.
  public init(
    _ scenario: Scenario, designs: [Design], seeds: Int, variesAssumptions: Bool = true
  ) throws(SettingsError) {
    precondition(!designs.isEmpty && seeds > 0, "a comparison has designs and seeds")
    self.scenario = scenario
    self.designs = designs
    self.seeds = seeds
    self.variesAssumptions = variesAssumptions
    values = DesignValues(scenario.comparison)
    for design in designs { try check(design) }
  }

  /// A design's blocks and capacities must still fit the scenario's nodes.
  private func check(_ design: Design) throws(SettingsError) {
    let (changed, _) = design.plan(scenario, values)
    let diagnostics = Diagnostics(file: "")
    changed.check(diagnostics)
    guard let issue = diagnostics.issues.first else { return }
    throw SettingsError([
      SettingsError.Issue(
        file: nil, path: "design \(design.name)",
        message: "does not fit the scenario: \(issue.path) \(issue.message)")
    ])
  }

  /// Thrown when `progress` said that nobody waits any more.
  public struct Interrupted: Error {}

  /// Runs everything.
  ///
  /// - Parameters:
  ///   - threads: Runs at a time.
  ///   - progress: Told how many of how many runs are done, from any thread; false ends it.
  /// - Throws: `SimulationError` as a simulation does, or `Interrupted`.
  public func run(
    threads: Int, progress: @Sendable (Int, Int) -> Bool = { _, _ in true }
  ) throws -> ComparisonReport {
    let jobs = self.jobs
    let results = Mutex([ComparisonFigures?](repeating: nil, count: jobs.count))
    let done = Atomic<Int>(0)
    @Sendable func isWanted() -> Bool { progress(done.load(ordering: .relaxed), jobs.count) }
    try concurrently(jobs.count, threads: threads) { index in
      guard isWanted() else { throw Interrupted() }
      let figures = try run(jobs[index], isWanted: isWanted)
      results.withLock { $0[index] = figures }
      done.add(1, ordering: .relaxed)
    }
    let figures = results.withLock { $0.compactMap { $0 } }
    precondition(figures.count == jobs.count, "every run that was begun has ended")
    var report = ComparisonBuilder(
      scenario: scenario, designs: designs, seeds: seeds, values: values,
      results: Array(zip(jobs, figures))
    ).report
    if variesAssumptions {
      report.breakEvens = try breakEvens(report, threads: threads) {
        progress(jobs.count, jobs.count)
      }
    }
    return report
  }

  // MARK: Paths with unknown figures

  /// Of each unknown figure of each path, by the best design that has another path too.
  private func breakEvens(
    _ report: ComparisonReport, threads: Int, isWanted: @Sendable () -> Bool
  ) throws -> [ComparisonReport.BreakEven] {
    let studies = scenario.origin.routes.flatMap { route -> [(Design, Scenario.OriginRoute)] in
      guard !route.ranges.isEmpty, let design = bestDesign(report, using: route.name) else {
        return []
      }
      return [(design, route)]
    }
    var found: [ComparisonReport.BreakEven] = []
    let shared = self.shared
    for (design, route) in studies {
      let worth = PathWorth(scenario: shared, design: design, values: values)
      let base = try worth.base(path: route) { try dollars($0, $1, isWanted) }
      let results = Mutex([ComparisonReport.BreakEven?](repeating: nil, count: route.ranges.count))
      try concurrently(route.ranges.count, threads: threads) { index in
        let one = try worth.breakEven(of: route.ranges[index], path: route, base) {
          try dollars($0, $1, isWanted)
        }
        results.withLock { $0[index] = one }
      }
      found += results.withLock { $0.compactMap { $0 } }
    }
    return found
  }

  /// The scenario with what all designs share.
  private var shared: Scenario {
    var shared = scenario
    DesignAssumption.applyShared(to: &shared, values)
    return shared
  }

  private func bestDesign(_ report: ComparisonReport, using path: String) -> Design? {
    report.ranking.lazy.compactMap { name in designs.first { $0.name == name } }.first { design in
      let routes = design.plan(scenario, values).0.origin.routesInUse
      return routes.count > 1 && routes.contains { $0.name == path }
    }
  }

  private func dollars(
    _ planned: Scenario, _ traits: DesignTraits, _ isWanted: () -> Bool
  ) throws -> Double {
    let outcome = try Simulation(scenario: planned, traits: traits).run { _ in isWanted() }
    guard outcome.result.complete else { throw Interrupted() }
    return ComparisonFigures(outcome, scenario.comparison).values[.dollarsPerDay] ?? 0
  }

  private func run(
    _ job: ComparisonJob, isWanted: () -> Bool
  ) throws -> ComparisonFigures {
    let (planned, traits) = job.plan(scenario, designs[job.design], values)
    let outcome = try Simulation(scenario: planned, traits: traits).run { _ in isWanted() }
    guard outcome.result.complete else { throw Interrupted() }
    return ComparisonFigures(outcome, scenario.comparison)
  }

  // MARK: What is run

  /// Longest first would be faster; this order is the report's.
  private var jobs: [ComparisonJob] {
    designs.indices.flatMap { design -> [ComparisonJob] in
      var variants: [ComparisonJob.Variant] = (0..<seeds).map { .seed($0) }
      variants.append(.demand)
      for scope in Comparison.losses(of: scenario) {
        variants += (0..<seeds).map { .loss(scope, seed: $0) }
      }
      if variesAssumptions {
        for assumption in assumptions(of: designs[design]) {
          for end in [assumption.low, assumption.high] where end != value(of: assumption) {
            variants.append(.assumption(assumption.key, end))
          }
        }
      }
      return variants.map { ComparisonJob(design: design, variant: $0) }
    }
  }

  private func value(of assumption: DesignAssumption) -> Double {
    values.isChanged(assumption.key) ? values[assumption.key] : assumption.value
  }

  private func assumptions(of design: Design) -> [DesignAssumption] {
    let used = design.plan(scenario, values).0.origin.routesInUse.map(\.name)
    let unknown = scenario.pathAssumptions.filter { assumption in
      used.contains { assumption.key.hasPrefix("paths.\($0).") }
    }
    return design.assumptions + DesignAssumption.shared + unknown
  }

  /// What can be lost so that something is left.
  static func losses(of scenario: Scenario) -> [Scenario.Loss.Scope] {
    let pools = scenario.topology.pools
    let racks = pools.reduce(0) { $0 + $1.cells * $1.racksPerCell }
    let zones = Set(
      pools.flatMap { pool in pool.zones.prefix(pool.cells).map { "\(pool.region)/\($0)" } }
    ).count
    var scopes: [Scenario.Loss.Scope] = scenario.nodes > 1 ? [.node] : []
    if racks > 1 { scopes.append(.rack) }
    if zones > 1 { scopes.append(.zone) }
    return scopes
  }
}
