/// A tuning's answer as a terminal shows it.
public struct TuneText: CustomStringConvertible {
  private let report: TuneReport

  /// The text of a report.
  public init(_ report: TuneReport) { self.report = report }

  public var description: String {
    (head + rounds + table + bounds + recommendation + surroundings).joined(separator: "\n")
  }

  private var objective: TuneObjective { report.input.objective }

  private var head: [String] {
    let input = report.input
    guard input.kind == "trace" else {
      return ["\(input.name): \(objective.title), \(input.nodes) nodes", ""]
    }
    let share = Double(input.capacity) / Double(max(1, input.footprint))
    return [
      "\(input.name): \(ReadableFigures.grouped(input.requests)) requests of "
        + "\(ReadableFigures.grouped(input.objects)) objects; \(objective.title)"
        + "\(input.prefixes ? " of cached prefixes" : "") at "
        + "\(TuneChanges(report).size(input.capacity)) (\(ReadableFigures.percent(share)) of the "
        + "footprint)",
      "tuned on the first \(ReadableFigures.percent(input.train)), judged on the rest with a warm "
        + "cache", "",
    ]
  }

  private var rounds: [String] {
    report.rounds.map { round in
      "\(pad(round.level, 18))\(pad("\(ReadableFigures.grouped(round.candidates)) candidates", 20))"
        + "best \(objective.text(round.value))  \(round.best)"
    } + [""]
  }

  private var table: [String] {
    var lines = [
      pad("finalists", 50) + left("tuned", 11) + left("held out", 11) + "  over the default (95 %)"
    ]
    for (index, finalist) in report.finalists.enumerated() {
      let band = finalist.overDefault
      let difference =
        index == report.standard
        ? "the default"
        : "\(objective.difference(band.mean)) ± \(width(band))\(band.isNoise ? "  noise" : "")"
      let mark = index == report.recommended ? "* " : "  "
      lines.append(
        pad(mark + finalist.label, 50) + left(objective.text(finalist.train), 11)
          + left(objective.text(finalist.heldOut), 11) + "  " + difference)
    }
    return lines
  }

  private var bounds: [String] {
    var lines: [String] = []
    if let belady = report.belady {
      lines.append(pad("  belady (bound)", 61) + left(objective.text(belady), 11))
    }
    if let infinite = report.infinite {
      lines.append(pad("  infinite cache (bound)", 61) + left(objective.text(infinite), 11))
    }
    return lines + [""]
  }

  private func width(_ band: TuneBand) -> String {
    band.halfWidth.isFinite ? String(objective.difference(band.halfWidth).dropFirst()) : "unknown"
  }

  private var recommendation: [String] {
    let choice = report.choice
    var lines = ["recommended: \(choice.label)"]
    if report.recommended == report.standard {
      let best = report.finalists[report.winner]
      lines.append(
        report.winner == report.standard
          ? "  the default led on the tuned part: keep it"
          : report.isNoise
            ? "  \(best.label) led on the tuned part, but on the rest its gain is within noise: keep "
              + "the default"
            : "  \(best.label) led on the tuned part, but lost on the rest: keep the default")
    } else {
      lines.append("  against the default: \(gain(choice.overDefault, report.standard))")
    }
    if report.recommended != report.lru {
      lines.append("  against lru:         \(gain(choice.overLRU, report.lru))")
    }
    let standard = report.finalists[report.standard]
    let memory = Quantity.bytes.text
    lines.append(
      "  costs: \(memory(choice.indexBytes)) of index and \(memory(choice.ghostBytes)) of ghosts and "
        + "filters (default \(memory(standard.indexBytes)) and \(memory(standard.ghostBytes))); "
        + "\(written(choice.bytesWritten)) written (default \(written(standard.bytesWritten)))")
    return lines + ["", report.yaml]
  }

  private func written(_ amount: Double) -> String {
    report.input.unit == "objects"
      ? "\(ReadableFigures.scaled(amount)) objects" : Quantity.bytes.text(amount)
  }

  private func gain(_ band: TuneBand, _ other: Int) -> String {
    let base = report.finalists[other].heldOut
    let share = base > 0 ? ", \(ReadableFigures.percent(abs(band.mean) / base)) of it" : ""
    return "\(objective.difference(band.mean)) ± \(width(band))"
      + (band.isNoise ? " (within noise)" : share)
  }

  private var surroundings: [String] {
    var lines: [String] = []
    if let knee = report.knee {
      lines.append(
        "knee of its curve: \(TuneChanges(report).size(knee.capacity)), "
          + "\(objective.text(knee.value))")
    } else if !report.curves.isEmpty {
      lines.append("knee of its curve: none, every doubling pays about alike")
    }
    if !report.changes.isEmpty {
      lines.append("what would change this:")
      lines += report.changes.map { "  \($0)" }
    }
    lines += report.notes.map { "note: \($0)" }
    return lines
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text.count < width ? text + String(repeating: " ", count: width - text.count) : text + " "
  }

  private func left(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }
}
