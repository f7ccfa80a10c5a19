/// The contract as text: what is promised of each operation, and beside it what was measured.
public struct ContractText: CustomStringConvertible {
  private let lines: [ContractLine]

  /// The contract of a result.
  public init(_ result: SimulationResult) { lines = result.contract }

  /// Nothing if nobody was promised anything.
  public var description: String {
    lines.map(Self.text).joined(separator: "\n")
  }

  private static func text(_ line: ContractLine) -> String {
    var rows = [
      pad("\(line.operation), \(line.consistency)", 18) + promise(of: line)
        + (line.holds ? "  holds" : "  BROKEN"),
      pad("", 18) + "cut off: \(line.whenCutOff)",
    ]
    rows += line.regions.map { row($0, of: line) }
    let broken = line.violations
    if broken.total > 0 {
      rows.append(
        "  BROKEN: \(broken.stale) too old, \(broken.mixed) of mixed versions, \(broken.late) after "
          + "the deadline, \(broken.cutOff) in spite of a cut")
    }
    return rows.joined(separator: "\n")
  }

  /// "p99 <= 80 ms, ends in 1 s, at most 10 s old".
  static func promise(of line: ContractLine) -> String {
    var parts = line.bounds.map { bound in
      name(of: bound) + " <= " + ReadableFigures.time(microseconds: bound.limitMicroseconds)
    }
    if parts.isEmpty { parts = ["no latency stated"] }
    parts.append("ends in " + ReadableFigures.time(microseconds: line.deadlineMicroseconds))
    if line.operation == "read" {
      parts.append("one version a handle")
    } else if let bound = line.stalenessBoundSeconds {
      parts.append(
        bound == 0
          ? "never old" : "at most \(ReadableFigures.time(microseconds: bound * 1e6)) old")
    } else {
      parts.append("never changes")
    }
    return parts.joined(separator: ", ")
  }

  static func name(of bound: ContractLine.Bound) -> String {
    bound.percentile == "p999" ? "p99.9" : bound.percentile
  }

  private static func row(_ region: ContractLine.Region, of line: ContractLine) -> String {
    let latency = region.latencyMicroseconds
    var parts = [
      "p50 \(ReadableFigures.time(microseconds: latency.p50))",
      "p99 \(ReadableFigures.time(microseconds: latency.p99))",
      "p99.9 \(ReadableFigures.time(microseconds: latency.p999))",
      "\(ReadableFigures.scaled(Double(region.served))) served",
    ]
    if region.failed > 0 { parts.append("\(region.failed) failed") }
    if region.changed > 0 { parts.append("\(region.changed) replaced") }
    if line.operation == "open", line.stalenessBoundSeconds != nil {
      parts.append("oldest \(ReadableFigures.time(microseconds: region.stalestSeconds * 1e6))")
    }
    if region.cutServed + region.cutFailed > 0 {
      parts.append("cut off: \(region.cutServed) served, \(region.cutFailed) failed")
    }
    return "  " + pad(region.name + (region.isHome ? " (home)" : ""), 16)
      + parts.joined(separator: " · ")
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
