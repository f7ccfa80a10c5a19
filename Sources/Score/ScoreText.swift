import Foundation

/// A score as people read it.
public struct ScoreText: CustomStringConvertible {
  private let report: ScoreReport

  /// The text of a report.
  public init(_ report: ScoreReport) { self.report = report }

  public var description: String {
    let found = report.measured
    var lines = [
      report.source,
      "\(found.blocks) blocks of \(size(Double(found.blockBytes))) in all; "
        + "\(decimal(found.seconds)) s, \(decimal(found.requestsPerSecond)) requests/s",
      "",
      row("", "requests", "share", "bytes", "p50", "p99", "p99.9"),
      row("hits", found.hits, found.hitRatio, found.byteHitRatio, found.hitLatency),
      row("misses", found.misses, 1 - found.hitRatio, 1 - found.byteHitRatio, found.missLatency),
      "",
    ]
    if let origin = found.origin {
      lines.append(
        "origin: \(origin.requests) requests (\(decimal(origin.requestsPerSecond))/s), of which "
          + "\(origin.reads) read \(size(Double(origin.bytes))) "
          + "(\(size(origin.bytesPerSecond))/s); \(decimal(report.originLoadFactor)) reads a miss")
    } else {
      lines.append("origin: not watched; hits are those that the cache's own header tells")
    }
    for failure in found.failures { lines.append("failed: \(failure.count) x \(failure.what)") }
    if found.late > 0 {
      lines.append("late: \(found.late) requests waited for a client; use more --clients")
    }
    if let wrong = found.firstWrong {
      lines.append("WRONG BYTES in \(found.wrong) answers, first \(wrong)")
    }
    if !found.complete { lines.append("ended early: these are the figures so far") }
    return lines.joined(separator: "\n")
  }

  private func row(_ cells: String...) -> String {
    let first = cells[0].padding(toLength: 8, withPad: " ", startingAt: 0)
    return first
      + cells.dropFirst().map { String(repeating: " ", count: max(1, 12 - $0.count)) + $0 }.joined()
  }

  private func row(
    _ name: String, _ count: Int, _ share: Double, _ bytes: Double, _ latency: ScoreReport.Latency?
  ) -> String {
    row(
      name, "\(count)", "\(decimal(100 * share)) %", "\(decimal(100 * bytes)) %",
      time(latency?.p50), time(latency?.p99), time(latency?.p999))
  }

  private func time(_ microseconds: Double?) -> String {
    guard let microseconds else { return "-" }
    if microseconds < 1_000 { return "\(decimal(microseconds)) us" }
    return microseconds < 1e6
      ? "\(decimal(microseconds / 1e3)) ms" : "\(decimal(microseconds / 1e6)) s"
  }

  private func size(_ bytes: Double) -> String {
    let units = ["B", "KB", "MB", "GB", "TB", "PB"]
    var value = bytes
    var unit = 0
    while value >= 1_000, unit < units.count - 1 {
      value /= 1_000
      unit += 1
    }
    return "\(decimal(value)) \(units[unit])"
  }

  private func decimal(_ value: Double) -> String {
    value >= 100 ? String(format: "%.0f", value) : String(format: "%.2f", value)
  }
}
