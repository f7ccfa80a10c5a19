/// The charts of a comparison.
struct ComparisonCharts {
  private let report: ComparisonReport

  init(_ report: ComparisonReport) { self.report = report }

  private static let hues: [Hue] = [.peer, .memory, .origin, .failure, .flash, .other, .neutral]

  /// A design looks the same in every chart.
  private func look(_ name: String) -> (hue: Hue, dashes: String) {
    let index = report.rows.firstIndex { $0.name == name } ?? 0
    if name == "tarn" { return (.peer, "") }
    let hues = Self.hues.filter { $0 != .peer }
    return (hues[index % hues.count], index < hues.count ? "" : "4 3")
  }

  var figures: [ChartFigure] {
    [
      bars(
        .dollarsPerDay, "GPU time lost, dollars a day", "Stall and loss of GPU time at its price."),
      bars(.slowestNode, "Restart to first step", "The slowest node; shorter is better."),
      bars(.originTotal, "Bytes asked of the origin", "In all."), answered, stall, origin,
    ].compactMap { $0 }
  }

  private func bars(
    _ metric: ComparisonMetric, _ title: String, _ sentence: String
  ) -> ChartFigure? {
    let values = report.rankedRows.compactMap { row in
      row.mean(metric).map { (row.name, row.title, $0) }
    }
    guard let most = values.map(\.2).filter(\.isFinite).max(), most > 0 else { return nil }
    let chart = BarChart(
      bars: values.map { name, title, value in
        BarChart.Bar(
          name: name, share: value / most, label: metric.text(value),
          telling: "\(title): \(metric.text(value))")
      }, hue: .memory, warning: 2)
    return ChartFigure(
      title: title, sentence: "\(sentence) 100 % is the worst design's.",
      drawing: chart.drawing(description: "\(title) of each design"))
  }

  private var stall: ChartFigure? {
    lines(
      "GPU stall over time", "Share of GPU time that waited for data, first seed.", .share,
      upper: 1
    ) { $0.stallOverTime }
  }

  private var origin: ChartFigure? {
    lines(
      "Origin bytes over time", "What each design got from the origin, first seed.",
      .bytesPerSecond, upper: nil
    ) { $0.originBytesOverTime }
  }

  private func lines(
    _ title: String, _ sentence: String, _ quantity: Quantity, upper: Double?,
    _ series: (ComparisonReport.Row) -> [Double]
  ) -> ChartFigure? {
    let lines = report.rankedRows.map { row in
      let look = look(row.name)
      return LineChart.Line(
        name: row.name, hue: look.hue,
        points: Self.thinned(series(row)).map { second, value in
          LineChart.Point(
            x: second, y: value,
            telling:
              "\(row.name), \(Figures.significant(second, digits: 4)) s: \(quantity.text(value))")
        }, dashes: look.dashes)
    }
    let points = lines.flatMap(\.points)
    guard let last = points.map(\.x).max(), last > 0, let most = points.map(\.y).max(), most > 0
    else { return nil }
    let vertical =
      upper.map { Axis.linear("Share", quantity, upTo: most < $0 / 5 ? most : $0) }
      ?? Axis.linear("Bytes a second", quantity, covering: points.map(\.y))
    let chart = LineChart(
      frame: ChartFrame(
        x: .linear("Seconds", .seconds, upTo: last), y: vertical, width: 1140, height: 320),
      lines: lines)
    return ChartFigure(
      title: title, sentence: sentence,
      drawing: chart.drawing(description: "\(title), a line a design"), legend: chart.legend,
      span: .wide)
  }

  /// At most 240 points, each the mean of equally many seconds, at their beginning.
  static func thinned(_ series: [Double]) -> [(second: Double, value: Double)] {
    let width = max(1, (series.count + 239) / 240)
    return stride(from: 0, to: series.count, by: width).map { start in
      let part = series[start..<min(start + width, series.count)]
      return (Double(start), part.reduce(0, +) / Double(part.count))
    }
  }

  /// Where reads are answered: one table row a design would hide the shape.
  private var answered: ChartFigure? {
    let bars = report.rankedRows.map { row in
      let missed = row.mean(.hitOrigin) ?? 0
      return BarChart.Bar(
        name: row.name, share: missed, label: Quantity.share.text(missed),
        telling: "\(row.title): \(Quantity.share.text(missed)) of reads went to the origin")
    }
    guard bars.contains(where: { $0.share > 0 }) else { return nil }
    let chart = BarChart(bars: bars, hue: .origin, warning: 2)
    return ChartFigure(
      title: "Reads that the origin answers", sentence: "The rest is answered by a cache.",
      drawing: chart.drawing(description: "Share of reads that the origin answers, by design"))
  }

  /// What assumptions do to dollars a day: a row an assumption and design, widest first.
  var tornado: ChartFigure? {
    let ranges = ComparisonTornado(report).ranges.prefix(24)
    guard !ranges.isEmpty else { return nil }
    let chart = RangeChart(
      ranges: ranges.map { range in
        RangeChart.Range(
          name: range.name, ends: range.dollars, base: range.base,
          label: ComparisonMetric.dollarsPerDay.text(range.least) + " to "
            + ComparisonMetric.dollarsPerDay.text(range.most).trimmingPrefix("$"),
          isWarning: range.changesRanking, telling: "\(range.name): \(range.ends)")
      }, quantity: .count, title: "GPU time lost, dollars a day")
    return ChartFigure(
      title: "What assumptions do",
      sentence: "Each varied alone over its range, first seed; the mark is the default. A warm bar "
        + "changes the order of designs somewhere in its range.",
      drawing: chart.drawing(description: "Dollars a day over each assumption's range"),
      span: .wide)
  }
}
