import Foundation
import TarnCore

/// Results of replays for people and for programs.
public enum ReplayTable {
  private static let widths = [28, 22, 14, 13, 13, 9, 9, 12, 12, 9]

  /// The table's head.
  public static var header: String {
    line([
      "trace", "policy", "capacity", "requests", "misses", "miss", "byte miss", "evictions",
      "written", "M req/s",
    ])
  }

  /// One result as a line under `header`. Written bytes are objects where sizes are ignored.
  public static func row(_ result: ReplayResult, trace: String) -> String {
    let counters = result.counters
    return line([
      trace, result.cell.policy.label, String(result.cell.capacity), String(counters.requests),
      String(result.misses), ratio(result.missRatio),
      result.prefixHits == nil ? ratio(counters.byteMissRatio) : "-",
      String(counters.evictions), String(counters.bytesWritten),
      String(format: "%.1f", result.requestsPerSecond / 1e6),
    ])
  }

  private static func ratio(_ value: Double) -> String { String(format: "%.6f", value) }

  private static func line(_ fields: [String]) -> String {
    var text = ""
    for (index, field) in fields.enumerated() {
      let padding = String(repeating: " ", count: max(0, widths[index] - field.count))
      text += index < 2 ? field + padding : padding + field
      if index < fields.count - 1 { text += " " }
    }
    return text
  }
}

extension ReplayResult {
  /// Requests that missed; in prefix mode blocks outside cached prefixes.
  public var misses: UInt64 { prefixHits.map { counters.requests - $0 } ?? counters.misses }

  /// The result as one line of JSON, with the trace's name.
  public func jsonLine(trace: String) -> String {
    let line = Line(
      trace: trace, policy: cell.policy.name, parameters: cell.policy.label,
      capacity: cell.capacity, unit: cell.isSized ? "bytes" : "objects",
      requests: counters.requests, misses: misses, miss_ratio: missRatio,
      byte_miss_ratio: prefixHits == nil ? counters.byteMissRatio : missRatio,
      evictions: counters.evictions, bytes_written: counters.bytesWritten,
      cpu_seconds: cpuSeconds, requests_per_second: requestsPerSecond,
      index_bytes: residentBytes.table, policy_bytes: residentBytes.policy,
      objects_held: objectsHeld, adaptive: adaptive.map { Adaptive($0) })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(line) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }

  private struct Line: Encodable {
    let trace: String
    let policy: String
    let parameters: String
    let capacity: UInt64
    let unit: String
    let requests: UInt64
    let misses: UInt64
    let miss_ratio: Double
    let byte_miss_ratio: Double
    let evictions: UInt64
    let bytes_written: UInt64
    let cpu_seconds: Double
    let requests_per_second: Double
    let index_bytes: Int
    let policy_bytes: Int
    let objects_held: Int
    /// Left out where the policy is none.
    let adaptive: Adaptive?
  }

  private struct Adaptive: Encodable {
    let choice: String
    let switches: UInt64
    let sampled_requests: UInt64
    let sampled_one_in: UInt64
    let shadow_bytes: Int
    let shadow_bytes_limit: Int
    let shadows: [Shadow]

    struct Shadow: Encodable {
      let policy: String
      let hit_ratio: Double
    }

    init(_ report: AdaptiveReport) {
      choice = report.choice.name
      switches = report.switches
      sampled_requests = report.sampledRequests
      sampled_one_in = report.sampledOneIn
      shadow_bytes = report.shadowBytes
      shadow_bytes_limit = report.shadowBytesLimit
      shadows = report.shadows.map { Shadow(policy: $0.policy.name, hit_ratio: $0.hitRatio) }
    }
  }
}
