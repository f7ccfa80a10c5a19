/// The report: one HTML file that needs nothing else, not even a network.
struct ReportPage {
  private let outcome: SimulationOutcome
  private let scenarioText: String

  init(_ outcome: SimulationOutcome, scenarioText: String) {
    self.outcome = outcome
    self.scenarioText = scenarioText
  }

  var html: String {
    PageFrame(
      title: "\(title) · Tarn simulation", brand: "Tarn simulation", heading: title, facts: facts,
      content: """
        \(verdict)
        \(Tiles(outcome).markup)
        \(tables)
        \(charts)
        \(background)
        """, maker: "tarn simulate"
    ).html
  }

  private var result: SimulationResult { outcome.result }

  private var title: String { result.scenario.isEmpty ? "Unnamed scenario" : result.scenario }

  private var facts: [String] {
    let rate = result.cpuSeconds > 0 ? Double(result.events) / result.cpuSeconds : 0
    return [
      "\(Figures.grouped(result.nodes)) nodes", "\(Figures.grouped(result.gpus)) GPUs",
      "\(Quantity.seconds.text(result.simulatedSeconds)) simulated in "
        + "\(Quantity.seconds.text(result.wallSeconds)) "
        + "(\(Quantity.seconds.text(result.cpuSeconds)) of CPU)",
      "\(Quantity.count.text(Double(result.events))) events, \(Quantity.perSecond.text(rate))",
      "\(Quantity.bytes.text(Double(result.peakResidentBytes))) peak",
    ]
  }

  private var verdict: Markup {
    let verdict = Verdict(on: outcome)
    return """
      <section class="verdict \(verdict.standing.rawValue)" aria-label="Verdict">
      <h2>\(verdict.headline)</h2>
      <p>\(verdict.sentences.joined(separator: " "))</p>
      </section>
      """
  }

  private var tables: Markup {
    """
    <section><h2>Objectives</h2>
    \(Tables.objectives(result.slo))
    </section>
    \(contract)
    <section><h2>Workloads</h2>
    \(Tables.workloads(result.workloads))
    </section>
    \(originPaths)
    """
  }

  private var contract: Markup {
    guard !result.contract.isEmpty else { return "" }
    return """
      <section><h2>Contract</h2>
      \(ContractTable.markup(result.contract))
      </section>
      """
  }

  private var originPaths: Markup {
    guard let paths = result.originPaths else { return "" }
    return "<section><h2>Paths to the origin</h2>\(Tables.originPaths(paths))</section>"
  }

  private var charts: Markup {
    let (time, fleet) = (TimeCharts(outcome), FleetCharts(outcome))
    return """
      <section><h2>Over time</h2><div class="charts">
      \(time.figures.map(\.markup).joined())</div></section>
      <section><h2>Latency</h2><div class="charts">
      \(fleet.latencyFigures.map(\.markup).joined())</div></section>
      <section><h2>Across the fleet</h2><div class="charts">
      \(fleet.spreadFigures.map(\.markup).joined())</div></section>
      """
  }

  private var background: Markup {
    let notes = result.notes.map { "<li>\($0)</li>" as Markup }
    let noted: Markup =
      notes.isEmpty
      ? "" : "<section><h2>Notes</h2><ul class=\"notes\">\(notes.joined())</ul></section>"
    let counters: Markup =
      result.counters.isEmpty
      ? "" : "<details><summary>All counters</summary>\(Tables.counters(result.counters))</details>"
    return """
      <section><h2>Sampling and accuracy</h2>
      \(SamplingSection(result).markup)
      </section>
      \(noted)
      <section><h2>Reproduce</h2>
      \(reproduction)
      \(counters)
      <details><summary>The scenario</summary><pre><code>\(scenarioText)</code></pre></details>
      </section>
      """
  }

  private var reproduction: Markup {
    let given = outcome.command
    let command =
      given.isEmpty
      ? [
        "tarn", "simulate", "scenario.yaml", "--seed", String(result.seed), "--export", "again",
      ] : given
    let origin: Markup =
      given.isEmpty
      ? "In the directory of this file:" : "This run was started with:"
    return """
      <p>\(origin)</p>
      <pre><code>\(command.map(Self.quoted).joined(separator: " "))</code></pre>
      <p>\(identity)\
      The scenario as it was read is below and beside this file as <code>scenario.yaml</code>; the \
      figures are in <code>result.json</code> and the CSV files, the charts' notebook is \
      <code>report.ipynb</code>, and <code>lz4 -d series.json.lz4</code> unpacks the whole series.\
      </p>
      """
  }

  private var identity: Markup {
    guard !result.decisionHash.isEmpty else { return "" }
    return """
      The same scenario and seed take the same decisions on any machine: the decision hash must \
      read <code>\(result.decisionHash)</code> again. \

      """
  }

  /// An argument as a POSIX shell reads it back.
  private static func quoted(_ argument: String) -> String {
    let plain = argument.unicodeScalars.allSatisfy {
      ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
        || "-_./=:,+%@".unicodeScalars.contains($0)
    }
    if plain, !argument.isEmpty { return argument }
    return "'"
      + argument.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
  }
}
