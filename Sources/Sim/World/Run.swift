import TarnCore

/// One run of one scenario: plan, warm up the caches, run, close the books.
struct Run {
  private let scenario: Scenario
  private let options: SimulationOptions
  private let traits: DesignTraits
  private let meter: ResourceMeter

  init(
    _ scenario: Scenario, _ options: SimulationOptions, _ traits: DesignTraits,
    _ meter: ResourceMeter
  ) {
    self.scenario = scenario
    self.options = options
    self.traits = traits
    self.meter = meter
  }

  func outcome(
    _ watch: (SimulationProgress) -> Bool
  ) throws(SimulationError) -> SimulationOutcome {
    var planner = Planner(scenario, traits)
    var plan = try planner.plan()
    plan.checksInvariants = options.checkInvariants
    plan.recordedNode = try recordedNode(in: plan.fleet)
    let warm = plan.warm
    let notes = plan.notes
    var world = World(plan)
    world.start(countingFrom: Instant(nanoseconds: scenario.warmupNanoseconds))
    world.warmUp(warm)
    world.startWorkloads()
    let end = Instant(nanoseconds: scenario.durationNanoseconds)
    world.run(until: end) { world in watch(progress(of: world)) }
    return try close(&world, notes: notes)
  }

  private func recordedNode(in fleet: Fleet) throws(SimulationError) -> UInt32? {
    guard let node = options.recordDecisionsOf else { return nil }
    guard (0..<fleet.nodeCount).contains(node) else {
      throw SimulationError(
        "node \(node) cannot be recorded: the fleet has nodes 0 to \(fleet.nodeCount - 1)")
    }
    return UInt32(node)
  }

  private func progress(of world: borrowing World) -> SimulationProgress {
    SimulationProgress(
      simulatedSeconds: Double(world.now.nanoseconds) / 1e9,
      totalSeconds: Double(scenario.durationNanoseconds) / 1e9, events: world.figures.events,
      wallSeconds: meter.wallSeconds)
  }

  private func close(
    _ world: inout World, notes: [String]
  ) throws(SimulationError) -> SimulationOutcome {
    let figures = world.workloads.finish(at: world.now)
    if let checker = world.checker {
      checker.finish(at: world.now)
      if checker.violationCount > 0 {
        throw SimulationError(
          "\(checker.violationCount) broken invariants in \(scenario.name), seed \(scenario.seed):\n"
            + checker.violations.joined(separator: "\n"), isBadInput: false)
      }
    }
    let builder = OutcomeBuilder(scenario: scenario, figures: figures, end: world.now)
    var result = builder.result(of: world)
    result.notes = notes + result.notes
    var outcome = SimulationOutcome(result: result, series: builder.series(of: world))
    outcome.decisions = world.recorder?.finish() ?? []
    return outcome
  }
}
