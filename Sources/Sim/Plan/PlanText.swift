/// A plan as people read it.
public struct PlanText: CustomStringConvertible {
  private let report: PlanReport

  /// The text of a report.
  public init(_ report: PlanReport) { self.report = report }

  public var description: String {
    var lines = [heading, ""]
    if report.met {
      lines += answer
    } else {
      lines += ["No size that was allowed meets the objectives; the largest:"]
      lines += report.probes.prefix(1).map { "  \(PlanText.line($0))" }
    }
    lines += ["", report.met ? "objectives, at their worst seed:" : "what binds:"]
    let told = report.met ? report.objectives : report.objectives.filter { !$0.met }
    lines += told.map { "  \(PlanText.text($0))" }
    if !report.met, told.isEmpty { lines += report.probes.prefix(1).compactMap(\.verdict.refusal) }
    lines += doubts
    if report.met {
      lines += ["", "to simulate it: tarn simulate FILE"]
      lines += report.settings.map { "  --set \($0)" }
    }
    return lines.joined(separator: "\n")
  }

  private var heading: String {
    let fleet =
      report.simulatedNodes == report.nodes
      ? "\(report.nodes) nodes" : "\(report.nodes) nodes, simulated with \(report.simulatedNodes)"
    return
      "\(report.scenario): \(fleet), \(report.seeds) seed\(report.seeds == 1 ? "" : "s"), \(report.probes.count) sizes tried"
  }

  private var answer: [String] {
    var lines = ["The smallest that does, each as small as the others allow:"]
    for dimension in report.dimensions {
      guard let answer = dimension.answer else { continue }
      let place = dimension.name == PlanDimension.Kind.accounts.rawValue ? "" : " a node"
      lines.append(
        "  \(PlanText.padded(dimension.name, 16)) \(answer.text)\(place)"
          + " (the scenario: \(dimension.present.text)); \(why(dimension))")
      let pools = dimension.pools.filter { $0.value != answer.value }
      if let kind = PlanDimension.Kind(rawValue: dimension.name), !pools.isEmpty {
        let shares = pools.map { "\(kind.text($0.value)) in \($0.name)" }
        lines.append("  \(PlanText.padded("", 16)) and \(shares.joined(separator: ", "))")
      }
    }
    return lines
  }

  private func why(_ dimension: PlanReport.Dimension) -> String {
    guard let below = dimension.below else { return "the least that was allowed" }
    let size = below.sizes.first { $0.name == dimension.name }?.text ?? ""
    let broken = below.verdict.figures.filter { !$0.met }.map(PlanText.text)
    let reason = below.verdict.refusal.map { [$0] } ?? broken
    return "\(size) would break: \(reason.joined(separator: "; "))"
  }

  private var doubts: [String] {
    guard !report.contradictions.isEmpty else { return [] }
    var lines = [
      "", "More is not always better here; a smaller size than the answer may hold too:",
    ]
    var told: Set<Int> = []
    for pair in report.contradictions.prefix(5) {
      lines.append("  probe \(pair.holds) holds, and the larger probe \(pair.breaks) does not")
      told.formUnion([pair.holds, pair.breaks])
    }
    lines += told.sorted().map { "  \(PlanText.line(report.probes[$0 - 1]))" }
    return lines
  }

  /// One line about a probe.
  public static func line(_ probe: PlanReport.Probe) -> String {
    let sizes = probe.sizes.map { "\($0.name) \($0.text)" }.joined(separator: ", ")
    let broken = probe.verdict.figures.filter { !$0.met }.map(text).joined(separator: "; ")
    let seeds = "\(probe.verdict.seeds) seed\(probe.verdict.seeds == 1 ? "" : "s")"
    let verdict =
      probe.verdict.met
      ? "holds (\(seeds))" : "breaks \(probe.verdict.refusal ?? "\(broken) (\(seeds))")"
    return "probe \(probe.number): \(sizes): \(verdict)"
  }

  private static func text(_ figure: PlanVerdict.Figure) -> String {
    let objective = SimulationResult.Objective(
      name: figure.name, limit: figure.limit, value: figure.value ?? 0, pass: figure.met)
    let quantity = figure.name.contains("hit_ratio") ? Quantity.share : objective.quantity
    let value = figure.value.map(quantity.text) ?? "never reached"
    let bound = objective.isFloor ? "at least" : "at most"
    return "\(figure.name) \(value) (\(bound) \(quantity.text(figure.limit)))"
      .replacing(Figures.space, with: " ")
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
