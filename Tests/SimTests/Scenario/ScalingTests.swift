import TarnCore
import TarnSim
import Testing
@testable import TarnSettings

private func scenario() throws -> Scenario {
  try Scenario(
    yaml: """
      name: fleet
      duration: 10s
      topology:
        regions:
          - {name: east}
        pools:
          - {name: train, cells: 4, nodes_per_cell: 1000, class: gb200}
      cache:
        budget: {requests: 8k/s, bytes: 10GB/s}
      origin: {accounts: 10, requests: 40k/s, bytes: 200Gb/s}
      workloads:
        - name: big
          kind: training
          jobs: [{gpus: 4000, count: 1}, {gpus: 400, count: 20}]
          model: resnet50-h100
          dataset: 210TB
      faults:
        rack_loss: [{at: 1s, racks: 40}]
      """, file: "fleet.yaml")
}

private func training(_ scenario: Scenario) -> Scenario.Training? {
  if case .training(let training) = scenario.workloads[0].kind { training } else { nil }
}

@Suite struct `Scaling a scenario` {
  @Test func `a tenth of the fleet is one smaller cell with a tenth of everything`() throws {
    let scaled = try scenario().scaled(toNodes: 400)
    #expect(scaled.topology.pools[0].cells == 1)
    #expect(scaled.topology.pools[0].nodesPerCell == 400)
    #expect(scaled.origin.accounts == 1)
    #expect(scaled.origin.totalRequestsPerSecond == 40_000)
    #expect(scaled.faults.rackLosses[0].racks == 4)
    #expect(
      training(scaled)?.jobs == [
        Scenario.JobSize(gpus: 400, count: 1), Scenario.JobSize(gpus: 400, count: 2),
      ])
  }

  @Test func `a data set follows the mean size of a job`() throws {
    // 12,000 GPUs in 21 jobs are 571 a job; 1,200 in 3 are 400, and 210 TB * 400 / 571.4 = 147 TB.
    let scaled = try scenario().scaled(toNodes: 400)
    #expect(training(scaled)?.datasetBytes == 147_000_000_000_000)
  }

  @Test func `a cell's fixed budget follows its nodes`() throws {
    let scaled = try scenario().scaled(toNodes: 400)
    let budget = scaled.originBudget(of: scaled.topology.pools[0])
    #expect(budget == (3_200, 4_000_000_000))
  }

  @Test func `a cell may borrow the others' shares, or as much as its fixed budget says`() throws {
    func ceiling(_ scenario: Scenario) -> UInt32 {
      scenario.coreConfiguration(of: scenario.topology.pools[0]).originCeilingPermille
    }
    var fleet = try scenario()
    #expect(ceiling(fleet) == 1000)
    fleet.cache.budget = .fixed(
      requestsPerSecond: 8_000, bytesPerSecond: 10_000_000_000, ceiling: 1.5)
    let fixedPart = try fleet.scaled(toNodes: 400)
    #expect(ceiling(fleet) == 1500)
    #expect(ceiling(fixedPart) == 1500)
    fleet.cache.budget = .automatic
    let part = try fleet.scaled(toNodes: 400)
    #expect(ceiling(fleet) == 4000)
    #expect(ceiling(part) == 1000)
  }

  @Test func `a larger fleet has more cells of the same size`() throws {
    let scaled = try scenario().scaled(toNodes: 8_000)
    #expect(scaled.topology.pools[0].cells == 8)
    #expect(scaled.topology.pools[0].nodesPerCell == 1_000)
  }

  @Test func `the same size changes nothing`() throws {
    #expect(try scenario().scaled(toNodes: 4_000) == scenario())
  }

  @Test func `too few nodes are refused`() throws {
    let scenario = try scenario()
    #expect(throws: SettingsError.self) { try scenario.scaled(toNodes: 0) }
  }
}

@Suite struct `Objectives` {
  private func judged(_ text: String, _ change: (inout SimulationResult) -> Void) throws
    -> SimulationResult.Objective?
  {
    var scenario = try scenario()
    scenario.objectives = try Scenario(
      yaml: """
        name: o
        duration: 1s
        topology: {regions: [{name: e}], pools: [{name: p, nodes_per_cell: 9, class: gb200}]}
        workloads: [{name: w, kind: cold-start, jobs: [{gpus: 4}], weights: 1GB}]
        slo: [\(text)]
        """, file: "o.yaml"
    ).objectives
    var result = SimulationResult()
    change(&result)
    return scenario.judge(result).first
  }

  @Test func `a figure at its limit holds`() throws {
    let objective = try judged("{name: gpu_stall_fraction, max: 5%}") { $0.gpuStallFraction = 0.05 }
    #expect(objective?.pass == true)
    #expect(objective?.limit == 0.05)
  }

  @Test func `a figure below its least is broken`() throws {
    let objective = try judged("{name: hit_ratio_cache, min: 0.99}") { $0.hitRatio.origin = 0.02 }
    #expect(objective?.pass == false)
    #expect(objective?.value == 0.98)
  }

  @Test func `a cold start that did not end is broken`() throws {
    let objective = try judged("{name: slowest_node_s, workload: w, max: 60}") { _ in }
    #expect(objective?.pass == false)
    #expect(objective?.name == "w.slowest_node_s")
  }
}
