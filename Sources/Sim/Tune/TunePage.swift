/// The report of a tuning: one HTML file that needs nothing else.
struct TunePage {
  private let report: TuneReport
  private let detail: TuneDetail?

  init(_ report: TuneReport, _ detail: TuneDetail?) {
    self.report = report
    self.detail = detail
  }

  var html: String {
    let charts = TuneCharts(report, detail)
    return PageFrame(
      title: "\(report.input.name) · Tarn tuning", brand: "Tarn tuning",
      heading: report.input.name, facts: facts,
      content: """
        \(verdict)
        \(tiles)
        <section><h2>Finalists</h2>
        \(finalists)
        </section>
        \(section("Over capacities", charts.capacityFigures))
        \(section("Cost and benefit", charts.costFigures))
        \(section("Sensitivity", charts.sensitivityFigures))
        \(keys)
        \(section("Reuse and age", charts.reuseFigures))
        <section><h2>What would change this</h2>
        \(list(report.changes, empty: "Nothing that was looked at."))
        </section>
        <section><h2>The configuration</h2>
        <pre><code>\(report.yaml)</code></pre>
        \(list(report.notes, empty: ""))
        </section>
        <section><h2>The search</h2>
        \(rounds)
        </section>
        """, maker: "tarn tune"
    ).html
  }

  private var objective: TuneObjective { report.input.objective }

  private var facts: [String] {
    let input = report.input
    guard input.kind == "trace" else {
      return ["\(input.nodes) nodes", objective.title, "\(report.tried) configurations"]
    }
    return [
      "\(ReadableFigures.grouped(input.requests)) requests",
      "\(ReadableFigures.grouped(input.objects)) objects",
      "capacity \(TuneChanges(report).size(input.capacity))", objective.title,
      "\(ReadableFigures.grouped(report.tried)) configurations",
    ]
  }

  private var verdict: Markup {
    let choice = report.choice
    let isDefault = report.recommended == report.standard
    let headline =
      isDefault ? "Keep the default: \(choice.label)" : "Use \(choice.label)"
    var sentences: [String] = []
    if isDefault {
      let best = report.finalists[report.winner]
      sentences.append(
        report.winner == report.standard
          ? "The default led on the tuned part."
          : report.isNoise
            ? "\(best.label) led on the tuned part; held out its gain is within noise."
            : "\(best.label) led on the tuned part and lost on the rest.")
    } else {
      sentences.append("Against the default \(band(choice.overDefault)).")
    }
    if report.recommended != report.lru {
      sentences.append("Against LRU \(band(choice.overLRU)).")
    }
    return """
      <section class="verdict \(isDefault ? "open" : "pass")" aria-label="Verdict">
      <h2>\(headline)</h2><p>\(sentences.joined(separator: " "))</p></section>
      """
  }

  private func band(_ band: TuneBand) -> String {
    let width =
      band.halfWidth.isFinite ? String(objective.difference(band.halfWidth).dropFirst()) : "unknown"
    return "\(objective.difference(band.mean)) ± \(width)\(band.isNoise ? ", within noise" : "")"
  }

  private var tiles: Markup {
    func tile(_ name: String, _ value: String, _ note: String) -> Markup {
      """
      <div class="tile wide"><h3>\(name)</h3><p class="figure">\(value)</p>\
      <p class="note">\(note)</p></div>

      """
    }
    let choice = report.choice
    var tiles: [Markup] = [
      tile("Held out: \(objective.title)", objective.text(choice.heldOut), choice.label),
      tile(
        "The default's", objective.text(report.finalists[report.standard].heldOut),
        report.finalists[report.standard].label),
      tile(
        "Index and ghosts", Quantity.bytes.text(choice.indexBytes + choice.ghostBytes), "memory"),
    ]
    if let belady = report.belady {
      tiles.append(tile("Belady's bound", objective.text(belady), "knows the future"))
    }
    if let infinite = report.infinite {
      tiles.append(tile("Infinite cache", objective.text(infinite), "compulsory misses"))
    }
    if let knee = report.knee {
      tiles.append(
        tile(
          "Knee", TuneChanges(report).size(knee.capacity),
          "where more capacity stops paying: \(objective.text(knee.value))"))
    }
    return "<section class=\"tiles\" aria-label=\"Headline figures\">\(tiles.joined())</section>"
  }

  private var finalists: Markup {
    let rows = report.finalists.enumerated().map { index, finalist -> Markup in
      let mark: Markup = index == report.recommended ? "<span class=\"badge ok\">use</span>" : ""
      return """
        <tr><th scope="row">\(finalist.label) \(mark)</th>\
        <td class="number">\(objective.text(finalist.train))</td>\
        <td class="number"><b>\(objective.text(finalist.heldOut))</b></td>\
        <td class="number">\(index == report.standard ? "the default" : band(finalist.overDefault))</td>\
        <td class="number">\(Quantity.bytes.text(finalist.indexBytes + finalist.ghostBytes))</td></tr>

        """
    }
    return """
      <div class="scroll"><table class="dense"><thead><tr><th scope="col">Candidate</th>\
      <th scope="col" class="number">Tuned</th><th scope="col" class="number">Held out</th>\
      <th scope="col" class="number">Over the default, 95 %</th>\
      <th scope="col" class="number">Index and ghosts</th></tr></thead>
      <tbody>\(rows.joined())</tbody></table></div>
      """
  }

  private var rounds: Markup {
    let rows = report.rounds.map { round -> Markup in
      """
      <tr><th scope="row">\(round.level)</th><td class="number">\(round.candidates)</td>\
      <td class="number">\(objective.text(round.value))</td><td>\(round.best)</td></tr>

      """
    }
    return """
      <div class="scroll"><table><thead><tr><th scope="col">Round</th>\
      <th scope="col" class="number">Candidates</th><th scope="col" class="number">Best</th>\
      <th scope="col">Candidate</th></tr></thead><tbody>\(rows.joined())</tbody></table></div>
      """
  }

  private var keys: Markup {
    guard let detail, !(detail.kept.isEmpty && detail.dropped.isEmpty) else { return "" }
    func table(_ rows: [TuneDetail.KeyRow]) -> Markup {
      let body = rows.prefix(10).map { row -> Markup in
        """
        <tr><th scope="row"><code>\(row.key)</code></th><td class="number">\(row.requests)</td>\
        <td class="number">\(row.hits)</td><td class="number">\(row.otherHits)</td></tr>
        """
      }
      return """
        <div class="scroll"><table class="dense"><thead><tr><th scope="col">Key</th>\
        <th scope="col" class="number">Requests</th>\
        <th scope="col" class="number">Hits, \(detail.label)</th>\
        <th scope="col" class="number">Hits, \(detail.other)</th></tr></thead>\
        <tbody>\(body.joined())</tbody></table></div>
        """
    }
    return """
      <section><h2>Keys that \(detail.label) keeps and \(detail.other) drops</h2>
      \(table(detail.kept))
      <details><summary>The other way round</summary>\(table(detail.dropped))</details>
      </section>
      """
  }

  private func section(_ title: String, _ figures: [ChartFigure]) -> Markup {
    guard !figures.isEmpty else { return "" }
    return """
      <section><h2>\(title)</h2><div class="charts">
      \(figures.map(\.markup).joined())</div></section>
      """
  }

  private func list(_ sentences: [String], empty: Markup) -> Markup {
    guard !sentences.isEmpty else {
      return empty.text.isEmpty ? "" : "<p class=\"empty\">\(empty)</p>"
    }
    let items = sentences.map { "<li>\($0)</li>" as Markup }
    return "<ul class=\"notes\">\(items.joined())</ul>"
  }
}
