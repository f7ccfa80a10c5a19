import TarnSettings

/// One simulation of a comparison: which design, and what is different about it.
struct ComparisonJob: Sendable {
  enum Variant: Sendable, Equatable {
    /// The scenario with its seed plus this.
    case seed(Int)
    /// As many accounts as it takes: what the design would ask for if nobody refused.
    case demand
    /// A seed as above, with a loss in the middle.
    case loss(Scenario.Loss.Scope, seed: Int)
    /// The first seed, with an assumption at one end of its range.
    case assumption(String, Double)
  }

  var design: Int
  var variant: Variant

  /// What is run: the scenario as the design changes it.
  func plan(
    _ scenario: Scenario, _ design: Design, _ values: DesignValues
  ) -> (Scenario, DesignTraits) {
    var scenario = scenario
    var values = values
    switch variant {
    case .seed(let number): scenario.seed &+= UInt64(number)
    case .demand: scenario.origin.accounts = min(10_000, scenario.origin.accounts * 200)
    case .loss(let scope, let number):
      scenario.seed &+= UInt64(number)
      scenario.faults.losses.append(
        Scenario.Loss(
          scope, atNanoseconds: ComparisonJob.lossTime(scenario),
          returnAfterNanoseconds: ComparisonJob.spareDelay))
    case .assumption(let key, let value): values[key] = value
    }
    DesignAssumption.applyShared(to: &scenario, values)
    scenario.applyPathAssumptions(values)
    if case .demand = variant {
      // The cells' budgets are shares of the accounts: they grow with them.
      scenario.origin.requestsPerSecondPerBlob = 1_000_000_000
    }
    return design.plan(scenario, values)
  }

  /// Assumed: an empty spare takes a lost node's place after this long.
  static let spareDelay: UInt64 = 10_000_000_000

  /// When something is lost: five seconds into the first cold start, where that is the scenario's event;
  /// else a third into what is counted.
  static func lossTime(_ scenario: Scenario) -> UInt64 {
    let counted = scenario.durationNanoseconds - scenario.warmupNanoseconds
    let starts = scenario.workloads.compactMap { workload in
      if case .coldStart(let start) = workload.kind { start.atNanoseconds } else { nil }
    }
    if scenario.comparison.timesPerDay != nil, let start = starts.min() {
      let time = max(start, scenario.warmupNanoseconds) + 5_000_000_000
      if time < scenario.durationNanoseconds { return time }
    }
    return scenario.warmupNanoseconds + counted / 3 / 1_000_000_000 * 1_000_000_000
  }

  /// The same in seconds since figures count.
  static func lossSeconds(_ scenario: Scenario) -> Double {
    Double(lossTime(scenario) - scenario.warmupNanoseconds) / 1e9
  }
}
