import TarnSettings

/// One simulation of a comparison: which design, and what is different about it.
struct ComparisonJob: Sendable {
  enum Variant: Sendable, Equatable {
    /// The scenario with its seed plus this.
    case seed(Int)
    /// As many accounts as it takes: what the design would ask for if nobody refused.
    case demand
    /// The first seed, with a loss in the middle.
    case loss(Scenario.Loss.Scope)
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
    case .loss(let scope):
      scenario.faults.losses.append(
        Scenario.Loss(scope, atNanoseconds: ComparisonJob.lossTime(scenario)))
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

  /// When something is lost: a third into what is counted.
  static func lossTime(_ scenario: Scenario) -> UInt64 {
    scenario.warmupNanoseconds
      + (scenario.durationNanoseconds - scenario.warmupNanoseconds) / 3 / 1_000_000_000
      * 1_000_000_000
  }

  /// The same in seconds since figures count.
  static func lossSeconds(_ scenario: Scenario) -> Double {
    Double(lossTime(scenario) - scenario.warmupNanoseconds) / 1e9
  }
}
