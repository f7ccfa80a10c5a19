import Testing

@testable import TarnSim

/// A reader of RFC 4180, written apart from the writer, to check it.
private func parsed(_ text: String) -> [[String]] {
  var rows: [[String]] = [[]]
  var field = ""
  var quoted = false
  var characters = Array(text.unicodeScalars)[...]
  while let character = characters.popFirst() {
    switch character {
    case "\"" where quoted && characters.first == "\"":
      field.unicodeScalars.append("\"")
      characters.removeFirst()
    case "\"": quoted.toggle()
    case "," where !quoted:
      rows[rows.count - 1].append(field)
      field = ""
    case "\n" where !quoted:
      rows[rows.count - 1].append(field)
      field = ""
      rows.append([])
    default: field.unicodeScalars.append(character)
    }
  }
  rows.removeLast()
  return rows
}

@Suite struct CSVTests {
  @Test func `intervals read back as they were`() throws {
    let outcome = SampleOutcome.fleet
    let rows = parsed(outcome.intervalsCSV)
    #expect(rows.count == 121)
    #expect(
      rows[0] == [
        "time_s", "gpu_stall_fraction", "memory_hits_blocks", "flash_hits_blocks",
        "peer_hits_blocks", "origin_reads_blocks", "failed_reads_blocks", "origin_requests_per_s",
        "origin_throttled_per_s", "origin_bytes_per_s", "origin_budget_requests_per_s",
        "origin_budget_bytes_per_s", "nodes_down_count",
      ])
    for (row, interval) in zip(rows.dropFirst(), outcome.series.intervals) {
      #expect(Double(row[0]) == interval.time)
      #expect(Double(row[1]) == interval.gpuStallFraction)
      #expect(UInt64(row[2]) == interval.memoryHits)
      #expect(Double(row[7]) == interval.originRequestsPerSecond)
      #expect(row[10] == "840000")
      #expect(Int(row[12]) == interval.nodesDown)
    }
  }

  @Test func `every table has as many fields in each row as in its header`() {
    for outcome in [SampleOutcome.fleet, HostileOutcome.huge, HostileOutcome.notANumber] {
      for text in [
        outcome.intervalsCSV, outcome.latencyCSV, outcome.linksCSV, outcome.fanOutCSV,
        outcome.imbalanceCSV, outcome.workloadsCSV, outcome.objectivesCSV,
      ] {
        let rows = parsed(text)
        #expect(rows.count > 1)
        #expect(rows.allSatisfy { $0.count == rows[0].count })
        #expect(!text.lowercased().contains("nan"))
      }
    }
  }

  @Test func `names with commas, quotes and line feeds survive`() {
    var outcome = SampleOutcome.fleet
    outcome.series.busiestLinks = [.init(name: "a,\"b\"\nc", utilisation: 0.5, bytes: 1.5)]
    #expect(
      parsed(outcome.linksCSV) == [
        ["link", "utilisation_fraction", "carried_bytes"], ["a,\"b\"\nc", "0.5", "1.5"],
      ])
  }

  @Test func `what is absent is an empty field`() throws {
    let rows = parsed(SampleOutcome.fleet.workloadsCSV)
    let column = try #require(rows[0].firstIndex(of: "slowest_node_s"))
    #expect(rows.dropFirst().map { $0[column] } == ["", "", "38.4", ""])
  }
}
