import TarnCore
import TarnSettings
import Testing

@testable import TarnSim

/// Three regions of six nodes; containers at home in the east; tests change a line or two.
func threeRegions(seed: UInt64 = 3, _ changes: [String] = []) throws -> Scenario {
  let text = """
    name: regions
    seed: \(seed)
    duration: 24s
    topology:
      regions: [{name: east}, {name: north}, {name: south}]
      region_rtt:
        - {between: [east, north], rtt: 80ms}
        - {between: [east, south], rtt: 200ms}
        - {between: [north, south], rtt: 150ms}
      pools:
        - {name: e, region: east, nodes_per_cell: 6, nodes_per_rack: 2, class: gb200}
        - {name: n, region: north, nodes_per_cell: 6, nodes_per_rack: 2, class: gb200}
        - {name: s, region: south, nodes_per_cell: 6, nodes_per_rack: 2, class: gb200}
    cache:
      memory: {capacity: 512MiB}
      flash: {capacity: 8GiB, segment: 64MiB}
    origin: {accounts: 2, first_byte: {p50: 10ms, p99: 40ms}}
    federation: {join: true}
    workloads:
      - name: weights
        kind: objects
        home: east
        consistency: immutable
        objects: 60
        size: 8MiB
        block: 1MiB
        opens: 2
      - name: catalogue
        kind: objects
        home: east
        consistency: validate
        objects: 50
        size: 64KiB
        block: 64KiB
        opens: 8
        overwrites: 10
      - name: index
        kind: objects
        home: east
        consistency: 4s
        objects: 50
        size: 128KiB
        block: 64KiB
        opens: 8
        overwrites: 20
    """
  return try Scenario(yaml: text, file: "regions.yaml", overrides: changes)
}

/// North is cut off from the seventh second to the seventeenth.
let northCut = "faults={cuts: [{region: north, at: 7s, duration: 10s}]}"

func checkedRun(_ scenario: Scenario) throws -> SimulationResult {
  let options = SimulationOptions(checkInvariants: true)
  return try Simulation(scenario: scenario, options: options).run().result
}

extension SimulationResult {
  func line(_ operation: String, _ consistency: String) throws -> ContractLine {
    try #require(
      contract.first { $0.operation == operation && $0.consistency == consistency })
  }

  func counter(_ name: String) throws -> Double {
    try #require(counters.first { $0.name == name }).value
  }
}

extension ContractLine {
  func region(_ name: String) throws -> Region {
    try #require(regions.first { $0.name == name })
  }
}
