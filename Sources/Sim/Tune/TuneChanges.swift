/// What would change a recommendation, in sentences made of a report's figures.
struct TuneChanges {
  private let report: TuneReport

  init(_ report: TuneReport) { self.report = report }

  var sentences: [String] {
    [runnerUp, alike].compactMap { $0 } + capacities + objectives + [bound].compactMap { $0 }
  }

  private var objective: TuneObjective { report.input.objective }

  private var runnerUp: String? {
    guard let index = report.runnerUp else { return nil }
    let (second, band) = (report.finalists[index], report.finalists[index].overWinner)
    let width =
      band.halfWidth.isFinite ? String(objective.difference(band.halfWidth).dropFirst()) : "unknown"
    let difference =
      "\(objective.difference(band.mean)) ± \(width) held out"
    let winner = report.finalists[report.winner].label
    if band.isNoise {
      return "Runner-up \(second.label) is as good within noise (\(difference) against \(winner))."
    }
    if band.mean < 0 {
      return "Runner-up \(second.label) was better on the held-out part (\(difference) against "
        + "\(winner)), which led on the tuned part."
    }
    return "Runner-up: \(second.label) (\(difference) against \(winner))."
  }

  /// Finalists that no one can tell from the winner by what was held out.
  private var alike: String? {
    let alike = report.finalists.enumerated().filter { index, finalist in
      index != report.winner && index != report.runnerUp && finalist.overWinner.isNoise
    }
    guard !alike.isEmpty else { return nil }
    return "As good as \(report.finalists[report.winner].label) within noise, held out: "
      + alike.map(\.element.label).joined(separator: "; ") + "."
  }

  /// Neighbouring capacities at which another candidate leads the curves, one sentence a leader.
  private var capacities: [String] {
    let curves = report.curves.filter { $0.label != "belady" }
    guard let points = curves.first?.points else { return [] }
    var spans: [(label: String, first: UInt64, last: UInt64, lead: Double)] = []
    for step in points.indices {
      let values = curves.map { $0.points[step].values[objective.rawValue] ?? .nan }
      let best = Halving.ranked(values)[0]
      let lead = values[0] - values[best]
      // A thousandth of the value is below what the curves can tell apart.
      guard best != 0, lead > values[0] * 0.001 else { continue }
      let capacity = points[step].capacity
      if let last = spans.last, last.label == curves[best].label,
        step > 0, points[step - 1].capacity == last.last
      {
        spans[spans.count - 1].last = capacity
        spans[spans.count - 1].lead = max(last.lead, lead)
      } else {
        spans.append((curves[best].label, capacity, capacity, lead))
      }
    }
    return spans.map { span in
      let place =
        span.first == span.last
        ? "At \(size(span.first))" : "From \(size(span.first)) to \(size(span.last))"
      return
        "\(place) \(span.label) leads, by up to \(objective.difference(span.lead).dropFirst())."
    }
  }

  /// Objectives by which another finalist is best.
  private var objectives: [String] {
    TuneObjective.allCases.filter { $0 != objective }.compactMap { other in
      let values = report.finalists.map { $0.others[other.rawValue] ?? .nan }
      let best = Halving.ranked(values)[0]
      let mine = values[report.recommended]
      guard values[best] < mine, mine - values[best] > mine * 0.001 else { return nil }
      return "By \(other.rawValue) \(report.finalists[best].label) is best "
        + "(\(other.text(values[best])), \(report.choice.label) \(other.text(mine)))."
    }
  }

  private var bound: String? {
    guard let belady = report.belady else { return nil }
    let gap = report.choice.heldOut - belady
    guard gap > 0 else { return nil }
    let figures =
      "\(objective.difference(gap).dropFirst()) here: belady comes to \(objective.text(belady))"
    // With sizes Belady's rule is a heuristic, not a bound.
    return report.input.unit == "bytes"
      ? "A policy that knew the future, and minded no sizes, would gain \(figures)."
      : "No policy can gain more than \(figures)."
  }

  func size(_ capacity: UInt64) -> String {
    report.input.unit == "bytes"
      ? Quantity.bytes.text(Double(capacity)) : "\(ReadableFigures.grouped(capacity)) objects"
  }
}
