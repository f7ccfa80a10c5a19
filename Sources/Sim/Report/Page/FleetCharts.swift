/// The charts over the fleet rather than over time: latency, links, fan-out, load.
struct FleetCharts {
  private let series: SimulationSeries

  init(_ outcome: SimulationOutcome) { series = outcome.series }

  var latencyFigures: [ChartFigure] { [latency, latencyTail] }
  var spreadFigures: [ChartFigure] { [links, fanOut, imbalance] }

  // MARK: - Latency

  private var distributions: [SimulationSeries.Distribution] {
    series.latency.map { .init(name: $0.name, quantiles: $0.quantiles.drawable) }
      .filter { $0.quantiles.contains { $0.value > 0 } }
  }

  private var latency: ChartFigure {
    let title = "Read latency by source"
    let shares = Axis.linear("share of reads at or below", .share, upTo: 1, count: 5)
    return latencyFigure(
      title, shares, sentence: "How long a read takes depends on where its bytes are.")
  }

  private var latencyTail: ChartFigure {
    let title = "Read latency, the slowest reads"
    let shares = Axis.nines("share of reads at or below, by nines")
    return latencyFigure(title, shares, sentence: tailSentence)
  }

  private var tailSentence: String {
    let slowest = distributions.compactMap { distribution in
      distribution.quantiles.first { $0.share >= 0.999 }.map { (distribution.name, $0.value) }
    }.max { $0.1 < $1.1 }
    guard let slowest else { return "The same lines, with the slowest reads drawn apart." }
    return
      "The same lines, the slowest reads drawn apart: of \(slowest.0), one read in 1,000 takes "
      + "\(Quantity.microseconds.text(slowest.1)) or more."
  }

  private func latencyFigure(_ title: String, _ shares: Axis, sentence: String) -> ChartFigure {
    let distributions = distributions
    guard !distributions.isEmpty else {
      return ChartFigure(
        title: title, sentence: "The run recorded no latencies, so there is nothing to draw.")
    }
    let values = distributions.flatMap { $0.quantiles.map(\.value) }
    let frame = ChartFrame(
      x: .logarithmic("latency, logarithmic", .microseconds, covering: values), y: shares)
    let lines = distributions.map { distribution in
      let hue = Hue.ofSource(distribution.name)
      return LineChart.Line(
        name: distribution.name, hue: hue,
        points: distribution.quantiles.filter { $0.share <= shares.upper }.map {
          .init(
            x: $0.value, y: $0.share,
            telling: "\(distribution.name): \(Quantity.share.text($0.share)) within "
              + "\(Quantity.microseconds.text($0.value))")
        }, dashes: hue.dashes)
    }
    let chart = LineChart(frame: frame, lines: lines)
    return ChartFigure(
      title: title, sentence: sentence,
      drawing: chart.drawing(description: "\(title). \(sentence)"), legend: chart.legend)
  }

  // MARK: - Load

  private var links: ChartFigure {
    let title = "Busiest links"
    let links = series.busiestLinks.prefix(20).filter { $0.utilisation.isFinite }
    guard let busiest = links.first, links.contains(where: { $0.utilisation > 0 }) else {
      return ChartFigure(title: title, sentence: "No link carried anything.")
    }
    let bars = links.map { link in
      let share = Quantity.share.text(link.utilisation)
      return BarChart.Bar(
        name: link.name, share: link.utilisation, label: share,
        telling: "\(link.name): \(share) busy, \(Quantity.bytes.text(link.bytes)) carried")
    }
    let sentence =
      "Mean share of bandwidth in use over the run: \(busiest.name) leads with "
      + "\(Quantity.share.text(busiest.utilisation)). From 80 % on, a link is drawn as a warning."
    return ChartFigure(
      title: title, sentence: sentence,
      drawing: BarChart(bars: bars, hue: .flash, warning: 0.8, rowHeight: 32)
        .drawing(description: "\(title). \(sentence)"), span: .tall)
  }

  private var fanOut: ChartFigure {
    let title = "Block fan-out"
    let quantiles = series.blockFanOut.drawable
    guard let most = quantiles.map(\.value).max(), most > 0 else {
      return ChartFigure(title: title, sentence: "No block was given to another node.")
    }
    let name = "copies of a block given to other nodes"
    let axis: Axis =
      most > 40
      ? .logarithmic("\(name), logarithmic", .count, covering: quantiles.map(\.value))
      : .linear(name, .count, covering: [most])
    let sentence =
      "Half of the blocks that were given at all went to \(quantiles.value(at: 0.5, .count)) nodes "
      + "or fewer, the most wanted one to \(Quantity.count.text(most))."
    return distributionFigure(
      title, sentence, quantiles, axis, of: "blocks",
      style: {
        $0.stepped = true; $0.hue = .peer
      }
    ) { "\(Quantity.share.text($0.share)) of blocks: \(Quantity.count.text($0.value)) or fewer" }
  }

  private var imbalance: ChartFigure {
    let title = "Load imbalance between nodes"
    let quantiles = series.loadImbalance.drawable
    guard let most = quantiles.map(\.value).max(), most > 0 else {
      return ChartFigure(title: title, sentence: "No node gave bytes to another.")
    }
    let name = "bytes given by a node, over the mean of all nodes"
    let axis: Axis =
      most > 100
      ? .logarithmic("\(name), logarithmic", .multiple, covering: quantiles.map(\.value))
      : .linear(name, .multiple, covering: [most, 1.2])
    let sentence =
      "The busiest node gave \(Quantity.multiple.text(most)) the mean; 99 % of nodes gave "
      + "\(quantiles.value(at: 0.99, .multiple)) or less."
    return distributionFigure(
      title, sentence, quantiles, axis, of: "nodes", style: { $0.hue = .memory },
      limits: [.init(value: 1, label: "the mean", isVertical: true)]
    ) { "\(Quantity.share.text($0.share)) of nodes: \(Quantity.multiple.text($0.value)) or less" }
  }

  private func distributionFigure(
    _ title: String, _ sentence: String, _ quantiles: [SimulationSeries.Quantile], _ axis: Axis,
    of what: String, style: (inout LineChart.Line) -> Void, limits: [LineChart.Limit] = [],
    telling: (SimulationSeries.Quantile) -> String
  ) -> ChartFigure {
    var line = LineChart.Line(
      name: what, hue: .neutral,
      points: quantiles.map { .init(x: $0.value, y: $0.share, telling: telling($0)) }, shaded: true)
    style(&line)
    let frame = ChartFrame(
      x: axis, y: .linear("share of \(what) at or below", .share, upTo: 1, count: 5))
    return ChartFigure(
      title: title, sentence: sentence,
      drawing: LineChart(frame: frame, lines: [line], limits: limits)
        .drawing(description: "\(title). \(sentence)"))
  }
}

extension [SimulationSeries.Quantile] {
  /// The points that a chart can show: finite, shares within 0 to 1, ascending.
  fileprivate var drawable: [SimulationSeries.Quantile] {
    filter { $0.share.isFinite && $0.value.isFinite && (0...1).contains($0.share) }
      .sorted { ($0.share, $0.value) < ($1.share, $1.value) }
  }

  fileprivate func value(at share: Double, _ quantity: Quantity) -> String {
    (first { $0.share >= share } ?? last).map { quantity.text($0.value) } ?? "n/a"
  }
}
