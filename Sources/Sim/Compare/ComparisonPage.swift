/// The report of a comparison: one HTML file that needs nothing else. It reads from the verdict down to
/// the sources.
struct ComparisonPage {
  private let report: ComparisonReport
  private let scenarioText: String

  init(_ report: ComparisonReport, scenarioText: String) {
    self.report = report
    self.scenarioText = scenarioText
  }

  var html: String {
    let charts = ComparisonCharts(report)
    return PageFrame(
      title: "\(report.scenario) · Tarn comparison", brand: "Tarn comparison",
      heading: report.scenario, facts: facts,
      content: """
        \(verdict)
        \(ComparisonTable.groups.map(table).joined())
        <section><h2>Extra hardware, and what a design cannot do</h2>\(needs)</section>
        <section><h2>Charts</h2><div class="charts">
        \(charts.figures.map(\.markup).joined())</div></section>
        \(paths)
        \(sensitivity(charts))
        \(breakEvens)
        <section><h2>The designs</h2>\(designs)</section>
        <section><h2>Assumptions and their sources</h2>\(assumptions)</section>
        <section><h2>What all designs share</h2>\(list(report.hardware + report.notes))</section>
        <section><h2>The scenario</h2><details><summary>As it was read</summary>\
        <pre><code>\(scenarioText)</code></pre></details></section>
        """, maker: "tarn compare"
    ).html
  }

  private var facts: [String] {
    [
      "\(Figures.grouped(report.nodes)) nodes", "\(Figures.grouped(report.gpus)) GPUs",
      "$\(Figures.significant(report.gpuDollarsPerHour, digits: 3)) a GPU hour",
      report.timesPerDay.map { "\(Figures.significant($0, digits: 3)) times a day" }
        ?? "span after span, all day",
      "\(report.rows.count) designs", "\(report.seeds) \(report.seeds == 1 ? "seed" : "seeds")",
    ]
  }

  private var verdict: Markup {
    let first = report.ranking.first ?? ""
    let heading = report.row(first).map { "\($0.title) first" } ?? "No design"
    let style: Markup = report.row("tarn") == nil ? "open" : first == "tarn" ? "pass" : "fail"
    return """
      <section class="verdict \(style)" aria-label="Verdict"><h2>\(heading)</h2>\
      \(report.verdict.map { "<p>\($0)</p>" as Markup }.joined())</section>
      """
  }

  private func table(_ group: (title: String, metrics: [ComparisonMetric])) -> Markup {
    let table = ComparisonTable(report, group.metrics)
    guard !table.metrics.isEmpty else { return "" }
    let heads = table.metrics.map {
      "<th scope=\"col\" class=\"number\">\($0.title)</th>" as Markup
    }
    let rows = table.rows.map { row -> Markup in
      """
      <tr><th scope="row">\(row.title)<small>\(row.name)</small></th>\
      \(row.cells.map(cell).joined())</tr>

      """
    }
    let title = group.title.prefix(1).uppercased() + group.title.dropFirst()
    return """
      <section><h2>\(title)</h2><div class="scroll"><table class="dense"><thead><tr>\
      <th scope="col">Design</th>\(heads.joined())</tr></thead>
      <tbody>\(rows.joined())</tbody></table></div></section>
      """
  }

  /// The band stands below its mean: so nine columns fit the page.
  private func cell(_ text: String) -> Markup {
    let parts = text.split(separator: " ±", maxSplits: 1)
    let band: Markup = parts.count == 2 ? "<small>±\(String(parts[1]))</small>" : ""
    return "<td class=\"number\">\(String(parts.first ?? ""))\(band)</td>"
  }

  private var needs: Markup {
    let rows = report.rankedRows.map { row -> Markup in
      let cannot = row.cannot.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value)
      let remarks = cannot.map { "Cannot \($0)." } + row.ownNotes(in: report)
      return """
        <tr><th scope="row">\(row.title)<small>\(row.name)</small></th>\
        <td>\(row.extraHardware)</td><td>\(remarks.joined(separator: " "))</td></tr>

        """
    }
    return """
      <div class="scroll"><table><thead><tr><th scope="col">Design</th>\
      <th scope="col">Extra hardware</th><th scope="col">Cannot, and remarks</th></tr></thead>
      <tbody>\(rows.joined())</tbody></table></div>
      """
  }

  private var paths: Markup {
    let rows = ComparisonPaths.rows(report)
    guard !rows.isEmpty else { return "" }
    let heads = ComparisonPaths.headings.enumerated().map { index, head -> Markup in
      index == 0
        ? "<th scope=\"col\">\(head)</th>" : "<th scope=\"col\" class=\"number\">\(head)</th>"
    }
    let lines = rows.map { row -> Markup in
      let cells = row.dropFirst().map { "<td class=\"number\">\($0)</td>" as Markup }
      return "<tr><th scope=\"row\">\(row[0])</th>\(cells.joined())</tr>"
    }
    return """
      <section><h2>Paths to the origin, of the first seed</h2><div class="scroll">\
      <table class="dense"><thead><tr>\(heads.joined())</tr></thead>
      <tbody>\(lines.joined())</tbody></table></div></section>
      """
  }

  private var breakEvens: Markup {
    guard !report.breakEvens.isEmpty else { return "" }
    return """
      <section><h2>Paths whose figures are not known</h2><p>Worth using where the path saves \
      \(Figures.percent(ComparisonReport.BreakEven.threshold)) of what is lost without it.</p>\
      \(list(report.breakEvens.map(\.sentence)))</section>
      """
  }

  private func sensitivity(_ charts: ComparisonCharts) -> Markup {
    guard !report.sensitivity.isEmpty else { return "" }
    let upsets = report.sensitivity.filter(\.changesRanking).map { upset in
      "\(upset.title) at \(Figures.significant(upset.value, digits: 3)) (\(upset.key)): "
        + upset.ranking.joined(separator: ", ") + "."
    }
    let order = report.ranking.joined(separator: ", ")
    return """
      <section><h2>Sensitivity</h2><div class="charts">
      \(charts.tornado?.markup ?? "")</div>
      <p>The order with the defaults, cheapest first: \(order).</p>
      \(upsets.isEmpty
        ? "<p class=\"empty\">No assumption, varied alone over its range, changes it.</p>"
        : list(upsets))</section>
      """
  }

  private var designs: Markup {
    let rows = report.rankedRows.map { row -> Markup in
      let sources = row.documents.map { document -> Markup in
        document.url.hasPrefix("https://")
          ? "<a href=\"\(document.url)\">\(document.title)</a>" : "\(document.title)"
      }
      let links = sources.enumerated().map { index, source -> Markup in
        index == 0 ? source : "; \(source)"
      }
      let notes: Markup =
        row.notes.isEmpty ? "" : "<details><summary>Notes</summary>\(list(row.notes))</details>"
      return """
        <tr><th scope="row">\(row.title)<small>\(row.name)</small></th><td>\(row.models)\
        <small>Leaves out: \(row.leavesOut)</small><small>Errs: \(row.errs)</small>\
        <small>Extra hardware: \(row.extraHardware).</small><small>From: \(links.joined())</small>\
        \(notes)</td></tr>

        """
    }
    return """
      <div class="scroll"><table><thead><tr><th scope="col">Design</th>\
      <th scope="col">What is modelled</th></tr></thead><tbody>\(rows.joined())</tbody></table></div>
      """
  }

  private var assumptions: Markup {
    let rows = report.assumptions.map { assumption -> Markup in
      let number = { (value: Double) in Figures.significant(value, digits: 4) }
      let source: Markup =
        assumption.url.isEmpty
        ? "\(assumption.source)" : "<a href=\"\(assumption.url)\">\(assumption.source)</a>"
      return """
        <tr><th scope="row"><code>\(assumption.key)</code><small>\(assumption.title)</small></th>\
        <td class="number">\(number(assumption.value))</td>\
        <td class="number">\(number(assumption.low)) to \(number(assumption.high))</td>\
        <td>\(assumption.status.rawValue)</td><td>\(source)</td></tr>

        """
    }
    return """
      <div class="scroll"><table class="dense"><thead><tr><th scope="col">Assumption</th>\
      <th scope="col" class="number">Value</th><th scope="col" class="number">Range</th>\
      <th scope="col">Status</th><th scope="col">Source</th></tr></thead>
      <tbody>\(rows.joined())</tbody></table></div>
      """
  }

  private func list(_ sentences: [String]) -> Markup {
    "<ul class=\"notes\">\(sentences.map { "<li>\($0)</li>" as Markup }.joined())</ul>"
  }
}
