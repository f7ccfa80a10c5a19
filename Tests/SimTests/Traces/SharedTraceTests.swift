import Foundation
import TarnSim
import Testing

/// Every public trace opens as it is and has exactly the figures that were counted elsewhere.
@Suite struct SharedTraceTests {
  private struct Row {
    var name: String
    var file: String
    var requests: Int
    var objects: Int
    var footprint: UInt64?
    var requested: UInt64?
  }

  /// The lines of trace-stats.csv.
  private func rows() throws -> [Row] {
    let path = try #require(SharedTraces.statistics)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return try text.split(whereSeparator: \.isNewline).dropFirst().map { line in
      // The third column may hold commas between quotes; the rest are numbers.
      var line = line
      if let open = line.firstIndex(of: "\""), let close = line.lastIndex(of: "\"") {
        line.replaceSubrange(open...close, with: "quoted")
      }
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return Row(
        name: fields[0], file: String(fields[1].dropFirst("traces/".count)),
        requests: try #require(Int(fields[3])), objects: try #require(Int(fields[4])),
        footprint: UInt64(fields[5]), requested: UInt64(fields[6]))
    }
  }

  @Test(.enabled(if: SharedTraces.statistics != nil))
  func `requests, objects and footprints are exactly as counted elsewhere`() throws {
    let rows = try rows()
    #expect(rows.count >= 19)
    for row in rows {
      guard let path = SharedTraces.path(row.file) else { continue }
      let trace = try RequestTrace.load(path: path)
      #expect(trace.count == row.requests, "\(row.name)")
      #expect(trace.distinctObjects == row.objects, "\(row.name)")
      #expect(trace.sizes.isEmpty == (row.footprint == nil), "\(row.name)")
      if let footprint = row.footprint {
        #expect(trace.footprint().bytes == footprint, "\(row.name)")
        #expect(trace.sizes.reduce(0) { $0 + UInt64($1) } == row.requested, "\(row.name)")
      }
    }
  }
}
