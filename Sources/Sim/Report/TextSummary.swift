/// A result on one screen: at most 24 lines of 80 columns, whatever the scenario holds.
///
/// What does not fit is counted, never dropped in silence; `--json` has all of it.
public struct TextSummary: CustomStringConvertible {
  private static let rows = 24
  private static let columns = 80

  private let result: SimulationResult

  public init(_ result: SimulationResult) { self.result = result }

  /// The screen, without a newline at the end.
  public var description: String { lines.joined(separator: "\n") }

  /// The screen's lines.
  public var lines: [String] {
    let head = [title, String(repeating: "─", count: Self.columns)] + facts
    let noteRows = result.notes.isEmpty ? 0 : 2
    var free = Self.rows - head.count - noteRows
    let objectives = objectiveLines(atMost: max(3, min(result.slo.count + 2, free - 4)))
    let workloads = workloadLines(atMost: free - objectives.count)
    free -= objectives.count + workloads.count
    let hasGap = noteRows > 0 && free > 0
    let notes = noteLines(atMost: noteRows + free - (hasGap ? 1 : 0))
    return (head + workloads + objectives + (hasGap ? [""] : []) + notes).map(Self.clip)
  }

  private static func clip(_ line: String) -> String {
    line.count <= columns ? line : line.prefix(columns - 1) + "…"
  }

  private var title: String {
    let reached = Self.seconds(result.simulatedSeconds)
    let extent = result.complete ? "\(reached) simulated" : "stopped after \(reached)"
    return "\(result.scenario): \(ReadableFigures.grouped(result.nodes)) nodes, "
      + "\(ReadableFigures.grouped(result.gpus)) GPUs, \(extent), seed \(result.seed)"
  }

  private static func seconds(_ value: Double) -> String {
    value < 99.95
      ? ReadableFigures.threeDigits(value, most: 1) + " s" : ReadableFigures.clock(seconds: value)
  }

  // MARK: The fleet's figures

  private var facts: [String] {
    let ratio = result.hitRatio
    return [
      Self.fact(
        "GPU time",
        [
          "goodput \(ReadableFigures.percent(result.goodputFraction))",
          "stalled on data \(ReadableFigures.percent(result.gpuStallFraction))",
        ]),
      Self.fact(
        "Found in",
        [
          "memory \(ReadableFigures.percent(ratio.memory))",
          "flash \(ReadableFigures.percent(ratio.flash))",
          "peer \(ReadableFigures.percent(ratio.peer))",
          "origin \(ReadableFigures.percent(ratio.origin))",
        ]),
      Self.fact("", [Self.bar(ratio)]),
      Self.fact("Latency", Self.latency(result.latencyMicroseconds)),
      originFact,
    ] + pathFacts + [samplingFact, runFact]
  }

  private static func fact(_ name: String, _ parts: [String]) -> String {
    pad(name, 11) + parts.joined(separator: "   ")
  }

  /// Where reads were answered, as a strip: memory, flash, peer, origin.
  private static func bar(_ ratio: SimulationResult.HitRatio) -> String {
    let width = 64.0
    let shades: [(Character, Double)] = [
      ("█", ratio.memory), ("▓", ratio.flash), ("▒", ratio.peer), ("░", ratio.origin),
    ]
    var text = ""
    var sum = 0.0
    for (shade, share) in shades {
      sum += share
      let end = Int((min(max(sum, 0), 1) * width).rounded())
      text += String(repeating: shade, count: max(0, end - text.count))
    }
    return text
  }

  private static func latency(_ latency: SimulationResult.Latency) -> [String] {
    [
      "p50 \(ReadableFigures.time(microseconds: latency.p50))",
      "p99 \(ReadableFigures.time(microseconds: latency.p99))",
      "p99.9 \(ReadableFigures.time(microseconds: latency.p999))",
    ]
  }

  private var originFact: String {
    let origin = result.origin
    let seconds = result.countedSeconds
    var parts = [
      ReadableFigures.scaled(Double(origin.requests)) + " requests",
      ReadableFigures.scaled(Double(origin.bytes), "B"),
      ReadableFigures.grouped(origin.throttled) + " times 503",
    ]
    if seconds > 0 {
      parts[0] += " (\(ReadableFigures.scaled(Double(origin.requests) / seconds, "/s")))"
      parts[1] += " (\(ReadableFigures.scaled(Double(origin.bytes) / seconds, "B/s")))"
    }
    return Self.fact("Origin", parts)
  }

  /// A line for each path to the origin, where there are several kinds.
  private var pathFacts: [String] {
    (result.originPaths ?? []).map { path in
      var parts = [
        "\(path.name) \(ReadableFigures.percent(path.share))",
        ReadableFigures.scaled(Double(path.bytes), "B"),
        "p50 \(ReadableFigures.time(microseconds: path.latencyMicroseconds.p50))",
        "p99 \(ReadableFigures.time(microseconds: path.latencyMicroseconds.p99))",
      ]
      if path.throttled + path.failed > 0 {
        parts.append(ReadableFigures.grouped(path.throttled + path.failed) + " refused")
      }
      return Self.fact("  by path", parts)
    }
  }

  private var samplingFact: String {
    let reads = ReadableFigures.scaled(Double(result.requests)) + " reads of "
    let sampling = result.sampling
    guard sampling.rate < 1 else { return Self.fact("Sampling", [reads + "all keys"]) }
    let keys = ReadableFigures.threeDigits(1 / sampling.rate, most: 1)
    let share = reads + "1 key in \(keys.hasSuffix(".0") ? String(keys.dropLast(2)) : keys)"
    guard let error = sampling.hitRatioError else {
      return Self.fact("Sampling", [share + "; error not measured"])
    }
    let points = String(ReadableFigures.percent(error).dropLast(2))
    let fleet = ReadableFigures.grouped(sampling.referenceNodes)
    return Self.fact("Sampling", [share + "; hit ratios ±\(points) points (\(fleet) nodes)"])
  }

  private var runFact: String {
    let rate = result.wallSeconds > 0 ? Double(result.events) / result.wallSeconds : 0
    let parts = [
      "\(Self.seconds(result.wallSeconds)) (\(Self.seconds(result.cpuSeconds)) CPU)",
      ReadableFigures.scaled(rate) + " events/s",
      ReadableFigures.scaled(Double(result.peakResidentBytes), "B"), result.decisionHash,
    ]
    return Self.fact("Run", [parts.joined(separator: " · ")])
  }

  // MARK: Tables

  private func workloadLines(atMost limit: Int) -> [String] {
    guard limit >= 3, !result.workloads.isEmpty else { return [] }
    let header = Self.row("Workload", "", "nodes", "GPUs", "reads", "stalled", "origin", "p99")
    var shown = result.workloads.prefix(limit - 2)
    var lines = ["", header]
    let isCut = shown.count < result.workloads.count
    if isCut { shown = shown.dropLast() }
    for workload in shown {
      lines.append(
        Self.row(
          workload.name, workload.kind, ReadableFigures.grouped(workload.nodes),
          ReadableFigures.grouped(workload.gpus), ReadableFigures.scaled(Double(workload.requests)),
          ReadableFigures.percent(workload.gpuStallFraction),
          ReadableFigures.percent(workload.hitRatio.origin),
          ReadableFigures.time(microseconds: workload.latencyMicroseconds.p99)))
    }
    if isCut { lines.append("  and \(result.workloads.count - shown.count) more") }
    return lines
  }

  private static func row(
    _ name: String, _ kind: String, _ nodes: String, _ gpus: String, _ reads: String,
    _ stalled: String, _ origin: String, _ p99: String
  ) -> String {
    pad(String(name.prefix(12)), 13) + pad(kind, 10) + padLeft(nodes, 8) + padLeft(gpus, 9)
      + padLeft(reads, 9) + padLeft(stalled, 10) + padLeft(origin, 10) + padLeft(p99, 10)
  }

  /// Broken objectives come first, so that none of them is cut off.
  private func objectiveLines(atMost limit: Int) -> [String] {
    guard !result.slo.isEmpty else { return [] }
    let broken = result.slo.filter { !$0.pass }
    let all = broken + result.slo.filter(\.pass)
    let verdict = broken.isEmpty ? "all hold" : "\(broken.count) of \(all.count) broken"
    var lines = [
      "",
      Self.pad("Objectives: \(verdict)", 45) + Self.padLeft("limit", 12)
        + Self.padLeft("value", 12),
    ]
    var shown = all.prefix(limit - 2)
    let isCut = shown.count < all.count
    if isCut { shown = shown.dropLast() }
    for objective in shown {
      lines.append(
        Self.pad("  \(objective.name)", 45) + Self.padLeft(Self.value(objective.limit), 12)
          + Self.padLeft(Self.value(objective.value), 12)
          + (objective.pass ? "  holds" : "  BROKEN"))
    }
    if isCut { lines.append("  and \(all.count - shown.count) more") }
    return lines
  }

  private static func value(_ value: Double) -> String {
    if value == .greatestFiniteMagnitude { return "not reached" }
    if abs(value) >= 1_000 { return ReadableFigures.scaled(value) }
    return abs(value) < 1
      ? ReadableFigures.rounded(value) : ReadableFigures.threeDigits(value, most: 2)
  }

  // MARK: Foot

  /// What a reader must know: the first note, wrapped.
  private func noteLines(atMost limit: Int) -> [String] {
    guard let first = result.notes.first else { return [] }
    let more = result.notes.count - 1
    let words = ("Note: " + first + (more > 0 ? " (\(more) more: --json)" : "")).split(
      separator: " ")
    var lines = [""]
    for word in words {
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if last.count + 1 + word.count <= Self.columns || lines.count == limit {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func padLeft(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
