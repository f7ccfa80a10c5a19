import TarnSettings
import Testing

@testable import TarnSim

private func scenario(_ changes: [String] = []) throws -> Scenario {
  let text = """
    name: scan
    duration: 20s
    topology:
      regions: [{name: east, zones: 2}]
      pools: [{name: train, zone: [1, 2], cells: 2, nodes_per_cell: 6, nodes_per_rack: 3, class: gb200}]
    cache: {memory: {capacity: 1GiB}, flash: {capacity: 100GB, segment: 256MiB}}
    origin: {accounts: 1}
    workloads:
      - name: table
        kind: scan
        nodes: 4
        table: 2GiB
        at: 1s
    """
  return try Scenario(yaml: text, file: "scan.yaml", overrides: changes)
}

@Suite struct ScanAndLossTests {
  @Test func `executors read every block of the table once between them`() throws {
    let result = try Simulation(scenario: scenario()).run().result
    let table = result.workloads[0]
    #expect(table.kind == "scan")
    #expect(table.nodes == 4 && table.gpus == 0)
    #expect(table.completed == 4)
    #expect(table.requests == 512)
    #expect(result.origin.bytes == 2 << 30)
    #expect(result.gpuStallFraction == 0)
  }

  @Test func `a scan that says so leaves nothing in memory`() throws {
    let said = try Simulation(scenario: scenario(["workloads.table.hint=true"])).run().result
    let silent = try Simulation(scenario: scenario()).run().result
    func blocks(_ result: SimulationResult) -> Double {
      result.counters.first { $0.name == "blocks_in_memory" }?.value ?? -1
    }
    #expect(blocks(said) < blocks(silent))
  }

  @Test(arguments: [("node", 1.0), ("rack", 3.0), ("zone", 6.0)])
  func `a planned loss takes down a node, a rack or a zone`(scope: String, nodes: Double) throws {
    let result = try Simulation(
      scenario: scenario(["faults.losses=[{scope: \(scope), at: 2s}]"])
    ).run().result
    #expect(result.counters.first { $0.name == "nodes_lost" }?.value == nodes)
  }

  @Test(arguments: [
    ("faults.losses=[{scope: zone, count: 3, at: 2s}]", "3 is more than the fleet's 2 zones"),
    ("faults.losses=[{scope: shelf, at: 2s}]", "'shelf' is unknown"),
    ("faults.losses=[{scope: node}]", "faults.losses[0].at: is missing"),
    ("workloads.table.nodes=13", "13 is more than the 12 nodes of train"),
    ("workloads.table.tabel=1GiB", "did you mean table?"),
    ("compare.assumptions.blobfuse.timout_s=3", "did you mean timeout_s?"),
    ("compare.gpu_dollars_per_hour=0", "is less than 0.01"),
  ])
  func `mistakes are answered with their place and a cure`(change: String, expected: String) {
    let error = #expect(throws: SettingsError.self) { try scenario([change]) }
    #expect("\(error!)".contains(expected), "\(error!)")
  }

  @Test func `a smaller fleet scans a smaller table on fewer nodes`() throws {
    let small = try scenario().scaled(toNodes: 6)
    guard case .scan(let scan) = small.workloads[0].kind else {
      Issue.record("the workload is a scan")
      return
    }
    #expect(scan.nodes == 2 && scan.tableBytes == 1 << 30)
  }
}
