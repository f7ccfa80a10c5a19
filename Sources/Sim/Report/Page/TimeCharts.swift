/// The charts whose horizontal axis is simulated time.
struct TimeCharts {
  private let series: SimulationSeries
  private let objectives: [SimulationResult.Objective]
  private let intervals: [SimulationSeries.Interval]
  /// Length of one interval as drawn, seconds.
  private let length: Double
  private let unit: TimeUnit
  private let merged: Int

  /// A chart is 480 pixels wide; more points than half of that can't be told apart.
  private static let mostIntervals = 240

  init(_ outcome: SimulationOutcome) {
    series = outcome.series
    objectives = outcome.result.slo
    let given = outcome.series.intervals.filter(\.time.isFinite)
    merged = (given.count + Self.mostIntervals - 1) / Self.mostIntervals
    intervals = merged > 1 ? given.merged(by: merged) : given
    let seconds = outcome.series.intervalSeconds
    length = (seconds.isFinite && seconds > 0 ? seconds : 1) * Double(max(merged, 1))
    unit = TimeUnit(for: (intervals.last?.time ?? 0) + length)
  }

  var figures: [ChartFigure] {
    var figures = [stall, sources, originRequests, originBytes]
    if intervals.contains(where: { $0.nodesDown > 0 }) { figures.append(nodesDown) }
    return figures
  }

  // MARK: - What the charts share

  private var axis: Axis {
    let end = ((intervals.last?.time ?? 0) + length) / unit.seconds
    return .linear("simulated time, \(unit.name)", .seconds, upTo: end)
  }

  private func empty(_ title: String) -> ChartFigure {
    ChartFigure(
      title: title, sentence: "The run recorded no interval, so there is nothing to draw.")
  }

  private var resolution: String {
    merged > 1 ? " Each point is the mean of \(merged) intervals." : ""
  }

  /// A value for each interval, at its middle, led out to both ends of the axis.
  private func points(_ value: (SimulationSeries.Interval) -> Double) -> [LineChart.Point] {
    guard let first = intervals.first, let last = intervals.last else { return [] }
    let middle = intervals.map {
      LineChart.Point(x: ($0.time + length / 2) / unit.seconds, y: value($0))
    }
    return [.init(x: first.time / unit.seconds, y: value(first))] + middle
      + [.init(x: (last.time + length) / unit.seconds, y: value(last))]
  }

  private func stripes(_ text: (SimulationSeries.Interval) -> String) -> [LineChart.Stripe] {
    intervals.map { interval in
      let end = interval.time + length
      let when =
        "\(Figures.significant(interval.time / unit.seconds, digits: 5)) to "
        + "\(Figures.significant(end / unit.seconds, digits: 5)) \(unit.name)"
      return LineChart.Stripe(
        start: interval.time / unit.seconds, end: end / unit.seconds,
        telling: "\(when): \(text(interval))")
    }
  }

  private func peak(_ value: (SimulationSeries.Interval) -> Double) -> (value: Double, at: String) {
    let best = intervals.filter { value($0).isFinite }.max { value($0) < value($1) }
    return (
      best.map(value) ?? 0,
      "\(Figures.significant((best?.time ?? 0) / unit.seconds, digits: 4)) \(unit.name)"
    )
  }

  private func mean(_ value: (SimulationSeries.Interval) -> Double) -> Double {
    let values = intervals.map(value).filter(\.isFinite)
    return values.isEmpty ? 0 : values.reduce(0) { $0 + $1 / Double(values.count) }
  }

  // MARK: - The charts

  private var stall: ChartFigure {
    let title = "GPU stall over time"
    guard !intervals.isEmpty else { return empty(title) }
    let top = peak(\.gpuStallFraction)
    let limit = objectives.first { $0.name.contains("stall") && !$0.isFloor && $0.limit.isFinite }
    let shown = limit.flatMap { $0.limit <= max(top.value * 20, 0.001) ? $0 : nil }
    let frame = ChartFrame(
      x: axis,
      y: .linear(
        "share of GPU time that waits for data", .share,
        covering: intervals.map(\.gpuStallFraction) + [(shown?.limit ?? 0) * 1.1]))
    let line = LineChart.Line(
      name: "GPU stall", hue: .failure, points: points(\.gpuStallFraction), shaded: true)
    let chart = LineChart(
      frame: frame, lines: [line],
      limits: shown.map { [.init(value: $0.limit, label: "objective: \($0.limitText)")] } ?? [],
      stripes: stripes { Quantity.share.text($0.gpuStallFraction) + " stalled" })
    let sentence =
      top.value > 0
      ? "Mean of the intervals \(Quantity.share.text(mean(\.gpuStallFraction))), worst "
        + "\(Quantity.share.text(top.value)) at \(top.at)." : "No GPU waited for data."
    return ChartFigure(
      title: title, sentence: sentence + resolution,
      drawing: chart.drawing(description: "\(title). \(sentence)"))
  }

  private var sources: ChartFigure {
    let title = "Hit ratio by tier over time"
    let answered = intervals.map(\.answered).reduce(0, +)
    guard answered > 0 else {
      return ChartFigure(title: title, sentence: "No read was answered, so there is no hit ratio.")
    }
    let kinds: [(String, Hue, (SimulationSeries.Interval) -> Double)] = [
      ("memory", .memory, { Double($0.memoryHits) }), ("flash", .flash, { Double($0.flashHits) }),
      ("peers", .peer, { Double($0.peerHits) }), ("origin", .origin, { Double($0.originReads) }),
      ("failed", .failure, { Double($0.failures) }),
    ]
    let layers = kinds.map { name, hue, count in
      StackedAreaChart.Layer(
        name: name, hue: hue,
        heights: points { $0.answered > 0 ? count($0) / $0.answered : 0 }.map(\.y))
    }.filter { $0.heights.contains { $0 > 0 } }
    let chart = StackedAreaChart(
      frame: ChartFrame(x: axis, y: .linear("share of reads", .share, upTo: 1, count: 5)),
      places: points { _ in 0 }.map(\.x), layers: layers,
      stripes: stripes { interval in
        kinds.map { "\($0.0) \(Quantity.share.text($0.2(interval) / max(interval.answered, 1)))" }
          .joined(separator: ", ")
      })
    let cached = intervals.map(\.cached).reduce(0, +) / answered
    let sentence =
      "Over the run, caches answered \(Quantity.share.text(cached)) of "
      + "\(Quantity.count.text(answered)) simulated reads."
    return ChartFigure(
      title: title, sentence: sentence + resolution,
      drawing: chart.drawing(description: "\(title). \(sentence)"), legend: chart.legend)
  }

  private var originRequests: ChartFigure {
    let title = "Origin requests and 503s against budget"
    guard !intervals.isEmpty else { return empty(title) }
    let budget = series.originBudgetRequestsPerSecond
    let top = peak(\.originRequestsPerSecond)
    let throttled = peak(\.originThrottledPerSecond)
    let limit = BudgetLimit(budget, against: max(top.value, throttled.value), .perSecond)
    let chart = LineChart(
      frame: ChartFrame(
        x: axis,
        y: .linear(
          "requests a second", .perSecond,
          covering: intervals.flatMap { [$0.originRequestsPerSecond, $0.originThrottledPerSecond] }
            + limit.room)),
      lines: [
        .init(
          name: "requests", hue: .origin, points: points(\.originRequestsPerSecond), shaded: true),
        .init(
          name: "503s", hue: .failure, points: points(\.originThrottledPerSecond), dashes: "4 2"),
      ], limits: limit.lines,
      stripes: stripes {
        "\(Quantity.perSecond.text($0.originRequestsPerSecond)) requests, "
          + "\(Quantity.perSecond.text($0.originThrottledPerSecond)) answered 503"
      }, flags: timesWith503s)
    let most =
      throttled.value > 0
      ? "; 503s peaked at \(Quantity.perSecond.text(throttled.value)) at \(throttled.at) "
        + "(times with any are marked under the axis)."
      : "; no 503."
    let sentence =
      "Busiest interval \(Quantity.perSecond.text(top.value)) at \(top.at)\(limit.comparison)\(most)"
    return ChartFigure(
      title: title, sentence: sentence + limit.remark + resolution,
      drawing: chart.drawing(description: "\(title). \(sentence)"), legend: chart.legend)
  }

  /// The stretches of time in which the origin answered 503 at all.
  private var timesWith503s: [LineChart.Stripe] {
    var stretches: [LineChart.Stripe] = []
    for interval in intervals where interval.originThrottledPerSecond > 0 {
      let start = interval.time / unit.seconds
      let end = (interval.time + length) / unit.seconds
      if let last = stretches.last, last.end >= start - length / unit.seconds / 100 {
        stretches[stretches.count - 1].end = end
      } else {
        stretches.append(.init(start: start, end: end, telling: ""))
      }
    }
    return stretches.map { stretch in
      let (start, end) = (
        Figures.significant(stretch.start, digits: 5), Figures.significant(stretch.end, digits: 5)
      )
      return .init(
        start: stretch.start, end: stretch.end, telling: "503s from \(start) to \(end) \(unit.name)"
      )
    }
  }

  private var originBytes: ChartFigure {
    let title = "Origin bytes against budget"
    guard !intervals.isEmpty else { return empty(title) }
    let top = peak(\.originBytesPerSecond)
    let limit = BudgetLimit(series.originBudgetBytesPerSecond, against: top.value, .bytesPerSecond)
    let chart = LineChart(
      frame: ChartFrame(
        x: axis,
        y: .linear(
          "bytes a second", .bytesPerSecond,
          covering: intervals.map(\.originBytesPerSecond) + limit.room)),
      lines: [
        .init(name: "bytes", hue: .origin, points: points(\.originBytesPerSecond), shaded: true)
      ], limits: limit.lines,
      stripes: stripes { Quantity.bytesPerSecond.text($0.originBytesPerSecond) })
    let sentence =
      "Busiest interval \(Quantity.bytesPerSecond.text(top.value)) at \(top.at)\(limit.comparison)."
    return ChartFigure(
      title: title, sentence: sentence + limit.remark + resolution,
      drawing: chart.drawing(description: "\(title). \(sentence)"))
  }

  private var nodesDown: ChartFigure {
    let title = "Nodes down over time"
    let top = peak { Double($0.nodesDown) }
    // The count is that of an interval's end, and holds until the next one's.
    var counts = intervals.map {
      LineChart.Point(x: ($0.time + length) / unit.seconds, y: Double($0.nodesDown))
    }
    if let first = intervals.first {
      counts.insert(.init(x: first.time / unit.seconds, y: Double(first.nodesDown)), at: 0)
    }
    let chart = LineChart(
      frame: ChartFrame(
        x: axis, y: .linear("nodes", .count, covering: intervals.map { Double($0.nodesDown) }),
        width: 1140, height: 220),
      lines: [
        .init(
          name: "nodes down", hue: .other, points: counts, shaded: true,
          stepped: true)
      ], stripes: stripes { "\(Figures.grouped($0.nodesDown)) nodes down" })
    let sentence = "At most \(Quantity.count.text(top.value)) nodes were down, at \(top.at)."
    return ChartFigure(
      title: title, sentence: sentence + resolution,
      drawing: chart.drawing(description: "\(title). \(sentence)"), span: .wide)
  }
}
