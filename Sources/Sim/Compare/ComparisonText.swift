/// A comparison as a terminal shows it.
public struct ComparisonText: CustomStringConvertible {
  private let report: ComparisonReport

  /// The text of a report.
  public init(_ report: ComparisonReport) { self.report = report }

  public var description: String {
    var lines = [head, ""]
    lines += report.verdict.flatMap { Self.wrapped($0) } + [""]
    for group in ComparisonTable.groups {
      let table = ComparisonTable(report, group.metrics)
      guard !table.metrics.isEmpty else { continue }
      lines += [group.title] + text(of: table) + [""]
    }
    lines += hardware
    lines += paths + tornado + sensitivity + breakEvens
    lines += remarks.flatMap { Self.wrapped($0) }
    lines += report.notes.flatMap { Self.wrapped("note: \($0)") }
    return lines.joined(separator: "\n")
  }

  private var head: String {
    "\(report.scenario): \(ReadableFigures.grouped(report.nodes)) nodes, "
      + "\(ReadableFigures.grouped(report.gpus)) GPUs at $\(ReadableFigures.rounded(report.gpuDollarsPerHour)) an hour, "
      + "\(ReadableFigures.threeDigits(report.simulatedSeconds, most: 1)) s simulated, "
      + (report.fleetGPUs.map { "for a fleet of \(ReadableFigures.grouped($0)), " } ?? "")
      + (report.timesPerDay.map { "\(Figures.significant($0, digits: 3)) times a day, " } ?? "")
      + "\(report.seeds) \(report.seeds == 1 ? "seed" : "seeds"), best design first"
  }

  /// What each design needs besides the nodes.
  private var hardware: [String] {
    let width = report.rows.map(\.name.count).max() ?? 0
    return ["extra hardware"]
      + report.rankedRows.map { row in
        "  \(row.name)\(String(repeating: " ", count: width - row.name.count))  \(row.extraHardware)"
      } + [""]
  }

  /// What designs cannot do, and what their runs alone say.
  private var remarks: [String] {
    report.rankedRows.flatMap { row in
      row.cannot.sorted { $0.key.rawValue < $1.key.rawValue }.map {
        "\(row.name) cannot \($0.value)"
      } + row.ownNotes(in: report).map { "\(row.name): \($0)" }
    }
  }

  /// The widest ranges of dollars that an assumption makes.
  private var tornado: [String] {
    let ranges = ComparisonTornado(report).ranges
    guard !ranges.isEmpty else { return [] }
    let shown = ranges.prefix(8)
    let width = shown.map(\.name.count).max() ?? 0
    return ["what assumptions do to dollars a day, each varied alone, first seed, widest first"]
      + shown.map { range in
        let name = range.name + String(repeating: " ", count: width - range.name.count)
        return
          "  \(name)  \(ComparisonMetric.dollarsPerDay.text(range.base)) with the default; \(range.ends)"
      } + (ranges.count > 8 ? ["  and \(ranges.count - 8) narrower ones"] : []) + [""]
  }

  private func text(of table: ComparisonTable) -> [String] {
    let headings = ["design"] + table.metrics.map(\.short)
    return aligned([headings] + table.rows.map { [$0.name] + $0.cells })
  }

  private func aligned(_ rows: [[String]]) -> [String] {
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      zip(row, widths).enumerated().map { column, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? "  " + cell.0 + space : space + cell.0
      }.joined(separator: "  ")
    }
  }

  /// What each design read by which path.
  private var paths: [String] {
    let rows = ComparisonPaths.rows(report)
    guard !rows.isEmpty else { return [] }
    return ["paths to the origin, of the first seed"] + aligned([ComparisonPaths.headings] + rows)
      + [""]
  }

  private var breakEvens: [String] {
    guard !report.breakEvens.isEmpty else { return [] }
    let percent = Figures.percent(ComparisonReport.BreakEven.threshold)
    return ["paths whose figures are not known: worth it where they save \(percent) of the loss"]
      + report.breakEvens.map { "  \($0.sentence)" } + [""]
  }

  private var sensitivity: [String] {
    guard !report.sensitivity.isEmpty else { return [] }
    let upsets = report.sensitivity.filter(\.changesRanking)
    guard !upsets.isEmpty else {
      return ["assumptions: none, varied over its range alone, changes the order of designs", ""]
    }
    var lines = ["assumptions that change the order of designs within their range:"]
    for upset in upsets {
      lines.append(
        "  \(upset.key) = \(Figures.significant(upset.value, digits: 3)): "
          + upset.ranking.joined(separator: " < "))
    }
    return lines + [""]
  }

  private static func wrapped(_ sentence: String, at width: Int = 100) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in sentence.split(separator: " ") {
      if !line.isEmpty, line.count + word.count + 1 > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [line]
  }
}

/// What designs read by which path to the origin, as texts.
enum ComparisonPaths {
  static let headings = [
    "design, path", "share", "requests", "bytes", "p50", "p99", "503s", "failed",
  ]

  static func rows(_ report: ComparisonReport) -> [[String]] {
    report.rankedRows.flatMap { row in
      row.paths.map { path in
        [
          "\(row.name), \(path.name)", Quantity.share.text(path.share),
          Quantity.count.text(Double(path.requests)), Quantity.bytes.text(Double(path.bytes)),
          Quantity.microseconds.text(path.latencyMicroseconds.p50),
          Quantity.microseconds.text(path.latencyMicroseconds.p99),
          Figures.grouped(Int(path.throttled)), Figures.grouped(Int(path.failed)),
        ]
      }
    }
  }
}

/// Some metrics of all designs, best design first, as texts.
struct ComparisonTable {
  struct Row {
    var name: String
    var title: String
    var cells: [String]
  }

  let metrics: [ComparisonMetric]
  let rows: [Row]

  static let groups: [(title: String, metrics: [ComparisonMetric])] = [
    (
      "GPU time; ± is half the 95 % band over seeds",
      [
        .dollarsPerDay, .fleetDollars, .stall, .goodput, .recomputed, .slowestNode, .firstToken,
        .prefixHits,
      ]
    ),
    ("the origin", [.originRequests, .originBytes, .originTotal, .originThrottled, .accounts]),
    (
      "reads: where they are answered, and how fast",
      [.hitMemory, .hitFlash, .hitPeer, .hitOrigin, .p50, .p99, .p999]
    ),
    (
      "losses and room: seconds to recover, and what the busiest device has left",
      [.recoverNode, .recoverRack, .recoverZone, .networkHeadroom, .flashHeadroom]
    ),
  ]

  init(_ report: ComparisonReport, _ wanted: [ComparisonMetric]) {
    let known = report.metrics
    let metrics = wanted.filter { known.contains($0) }
    self.metrics = metrics
    rows = report.rankedRows.map { row in
      Row(
        name: row.name, title: row.title,
        cells: metrics.map {
          row.cannot[$0] == nil ? ComparisonTable.cell($0, row.figures[$0], report) : "cannot"
        })
    }
  }

  /// A metric's mean, and how far it may be off where seeds differ.
  static func cell(
    _ metric: ComparisonMetric, _ band: ComparisonReport.Band?, _ report: ComparisonReport
  ) -> String {
    guard let band else { return "-" }
    guard band.mean.isFinite else {
      let counted = report.simulatedSeconds
      return metric == .slowestNode || metric.isRecovery
        ? ">\(Quantity.seconds.text(counted))" : "n/a"
    }
    let text = metric.text(band.mean)
    guard band.halfWidth.isFinite, band.halfWidth > 0.005 * abs(band.mean) else { return text }
    return "\(text) ±\(metric.text(band.halfWidth).trimmingPrefix("$"))"
  }
}

extension ComparisonReport.Row {
  /// Sentences of its run that not every design's run says.
  func ownNotes(in report: ComparisonReport) -> [String] {
    guard report.rows.count > 1 else { return notes }
    return notes.filter { note in !report.rows.allSatisfy { $0.notes.contains(note) } }
  }
}

extension ComparisonMetric {
  /// Whether it is a time to recover.
  var isRecovery: Bool { self == .recoverNode || self == .recoverRack || self == .recoverZone }
}
