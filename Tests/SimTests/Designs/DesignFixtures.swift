import TarnCore

@testable import TarnSim

/// Small scenarios that the tests of designs run.
enum DesignFixtures {
  /// `nodes` nodes that all read the same weights, at one second.
  static func coldStart(
    nodes: Int, weights: String, rate: String = "1", duration: String = "60s",
    _ changes: [String] = []
  ) throws -> Scenario {
    let text = """
      name: cold
      duration: \(duration)
      sampling: {rate: \(rate)}
      topology:
        regions: [{name: east, zones: 1}]
        pools: [{name: train, cells: 1, nodes_per_cell: \(nodes), nodes_per_rack: 4, class: gb200}]
      cache: {memory: {capacity: 8GiB}, flash: {capacity: 1TB, segment: 256MiB}}
      origin: {accounts: 4}
      workloads:
        - name: restart
          kind: cold-start
          jobs: [{gpus: \(4 * nodes), count: 1}]
          weights: \(weights)
          at: 1s
      """
    return try Scenario(yaml: text, file: "cold.yaml", overrides: changes)
  }

  /// Four nodes that train on a data set, each on its own quarter of it.
  static func training(_ changes: [String] = []) throws -> Scenario {
    let text = """
      name: training
      duration: 6s
      topology:
        regions: [{name: east, zones: 2}]
        pools: [{name: train, zone: [1, 2], cells: 2, nodes_per_cell: 4, nodes_per_rack: 2, class: gb200}]
      cache: {memory: {capacity: 1GiB}, flash: {capacity: 100GB, segment: 256MiB}}
      origin: {accounts: 1}
      workloads:
        - name: vision
          kind: training
          jobs: [{gpus: 16, count: 1}]
          model: {name: small, sample: 1MiB, batch: 8, step: 200ms}
          dataset: 1GiB
          order: static-shards
      """
    return try Scenario(yaml: text, file: "training.yaml", overrides: changes)
  }

  /// Runs a scenario under a design.
  static func run(
    _ scenario: Scenario, _ design: Design, _ changed: [String: Double] = [:]
  ) throws -> SimulationResult {
    var values = DesignValues(scenario.comparison)
    for (key, value) in changed { values[key] = value }
    let (planned, traits) = design.plan(scenario, values)
    return try Simulation(scenario: planned, traits: traits).run().result
  }

  static let gibibyte: UInt64 = 1 << 30
}
