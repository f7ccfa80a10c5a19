import Foundation
import TarnCore
import TarnSettings
import Testing

@testable import TarnSim

private func complaints(_ changes: [String]) -> [String] {
  do throws(SettingsError) {
    let text = """
      name: regions
      duration: 1s
      topology:
        regions: [{name: eastus2}, {name: westeurope}]
        region_rtt: azure
        pools:
          - {name: e, region: eastus2, nodes_per_cell: 2, class: gb200}
          - {name: w, region: westeurope, nodes_per_cell: 2, class: gb200}
      workloads:
        - {name: w, kind: objects, home: eastus2, consistency: validate}
      """
    _ = try Scenario(yaml: text, file: "scenarios/x.yaml", overrides: changes)
    return []
  } catch {
    return error.issues.map(\.description)
  }
}

private func contains(_ complaints: [String], _ text: String) -> Bool {
  complaints.contains { $0.contains(text) }
}

@Suite struct `Regions in scenarios` {
  @Test func `published round trips are read by the regions' names`() throws {
    let matrix = try RegionMatrix(named: "azure", in: ["."])
    let pairs = try matrix.pairs(of: ["eastus2", "westeurope", "southeastasia"])
    #expect(pairs.map(\.nanoseconds) == [94_000_000, 232_000_000, 181_000_000])
    #expect(
      matrix.source.contains("learn.microsoft.com/azure/networking/azure-network-latency")
        == false)
    #expect(matrix.source.contains("30 July 2026"))
    #expect(complaints([]).isEmpty)
  }

  @Test func `a pair that the file lacks is named with the file`() {
    let found = complaints([
      "topology.regions=[{name: eastus2}, {name: westeurope}, {name: mars}]"
    ])
    #expect(
      contains(
        found, "scenarios/data/azure-region-rtt.csv has no line for eastus2 and mars; add one"))
  }

  @Test func `a damaged file is refused with the line`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rtt-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func problem(_ text: String) -> String {
      let file = folder.appendingPathComponent("m.csv")
      try? Data(text.utf8).write(to: file)
      do throws(ValueProblem) {
        _ = try RegionMatrix(named: file.path, in: [])
        return ""
      } catch { return error.message }
    }
    #expect(problem("from,to,rtt_ms\na,b,1\n") == "")
    #expect(problem("# x\r\nfrom,to,rtt_ms\r\na,b,1\r\n") == "")
    #expect(problem("from,to\n").contains("m.csv:1: the heading must be from,to,rtt_ms"))
    #expect(problem("from,to,rtt_ms\na,b,-1\n").contains("m.csv:2: is not two regions"))
    #expect(problem("from,to,rtt_ms\na,b,1\nb,a,2\n").contains("m.csv:3: b and a stand there"))
    #expect(problem("").contains("has no heading"))
    #expect(complaints(["topology.region_rtt=none.csv"])[0].contains("'none.csv' is not in"))
  }

  @Test func `homes, cuts and contracts must fit the scenario`() {
    #expect(
      contains(
        complaints(["workloads.w.home=eastus"]), "'eastus' is no region; did you mean eastus2"))
    #expect(
      contains(
        complaints(["workloads.w.consistency=immutable", "workloads.w.overwrites=3"]),
        "overwrites objects that are immutable"))
    #expect(
      contains(
        complaints(["faults={cuts: [{region: north, at: 1s, duration: 1s}]}"]),
        "faults.cuts[0].region: 'north' is no region"))
    #expect(
      contains(
        complaints(["contract=[{operation: open, consistency: ttl, p99: 1s}]"]),
        "no workload of kind objects has the consistency ttl"))
    #expect(
      contains(
        complaints(["workloads=[{name: w, kind: objects, consistency: validate}]"]),
        "home: is missing"))
    #expect(contains(complaints(["sampling={rate: 0.5}"]), "objects are opened one by one"))
  }
}
