/// The charts of a tuning.
struct TuneCharts {
  private let report: TuneReport
  private let detail: TuneDetail?

  init(_ report: TuneReport, _ detail: TuneDetail?) {
    self.report = report
    self.detail = detail
  }

  private static let hues: [Hue] = [.peer, .memory, .origin, .failure, .flash, .other, .neutral]

  private var objective: TuneObjective { report.input.objective }

  private var quantity: Quantity {
    switch objective {
    case .miss, .byteMiss, .gpuStall: .share
    case .originCost: .count
    case .ttft: .microseconds
    }
  }

  private var capacityQuantity: Quantity { report.input.unit == "bytes" ? .bytes : .count }

  // MARK: Capacities

  var capacityFigures: [ChartFigure] {
    guard !report.curves.isEmpty else { return [] }
    let lines = report.curves.enumerated().map { index, curve in
      let isBound = curve.label == "belady"
      let hue = isBound ? Hue.neutral : Self.hues[index % Self.hues.count]
      return LineChart.Line(
        name: isBound ? "belady (bound)" : curve.label, hue: hue,
        points: curve.points.map { point in
          let value = point.values[objective.rawValue] ?? .nan
          return LineChart.Point(
            x: Double(point.capacity), y: value,
            telling: "\(curve.label), \(capacityQuantity.text(Double(point.capacity))): "
              + objective.text(value))
        }, dashes: isBound ? "2 3" : index == 0 ? "" : hue.dashes)
    }
    let points = lines.flatMap(\.points)
    let frame = ChartFrame(
      x: .logarithmic("Capacity", capacityQuantity, covering: points.map(\.x)),
      y: .linear(
        objective.title.prefix(1).uppercased() + objective.title.dropFirst(), quantity,
        covering: points.map(\.y)), width: 1140, height: 380)
    var chart = LineChart(frame: frame, lines: lines)
    chart.limits = [
      LineChart.Limit(value: Double(report.input.capacity), label: "asked", isVertical: true)
    ]
    if let knee = report.knee, knee.capacity != report.input.capacity {
      chart.limits.append(
        LineChart.Limit(value: Double(knee.capacity), label: "knee", isVertical: true))
    }
    if let infinite = report.infinite {
      chart.limits.append(LineChart.Limit(value: infinite, label: "infinite cache"))
    }
    return [
      ChartFigure(
        title: "\(objective.title) over capacity",
        sentence: "On the held-out part, behind a cache that the tuned part warmed.",
        drawing: chart.drawing(description: "\(objective.title) of each candidate over capacity"),
        legend: chart.legend, span: .wide)
    ]
  }

  // MARK: Cost and benefit

  var costFigures: [ChartFigure] {
    let unit: Quantity = report.input.unit == "objects" ? .count : .bytes
    return [
      pareto(
        "Memory against \(objective.title)", "Index, links, ghosts and filters, bytes", .bytes
      ) { $0.indexBytes + $0.ghostBytes },
      pareto("Writes against \(objective.title)", "Written, held-out part", unit) {
        $0.bytesWritten
      },
    ]
  }

  private func pareto(
    _ title: String, _ axis: String, _ unit: Quantity,
    cost: (TuneReport.Finalist) -> Double
  ) -> ChartFigure {
    let dots = report.finalists.enumerated().map { index, finalist in
      ScatterChart.Dot(
        x: cost(finalist), y: finalist.heldOut,
        hue: index == report.recommended
          ? .peer : index == report.standard ? .memory : index == report.lru ? .origin : .other,
        label: index == report.recommended
          ? "use" : index == report.standard ? "default" : index == report.lru ? "lru" : "",
        telling: "\(finalist.label): \(objective.text(finalist.heldOut)), "
          + unit.text(cost(finalist)))
    }
    var front: [ScatterChart.Dot] = []
    let ordered = dots.indices.sorted { left, right in
      let (a, b) = (dots[left], dots[right])
      return a.x == b.x ? (a.y == b.y ? left < right : a.y < b.y) : a.x < b.x
    }
    for index in ordered where dots[index].y < front.last?.y ?? .infinity {
      front.append(dots[index])
    }
    let chart = ScatterChart(
      frame: ChartFrame(
        x: .linear(axis, unit, covering: dots.map(\.x)),
        y: .linear("Held out", quantity, covering: dots.map(\.y))), dots: dots, front: front)
    return ChartFigure(
      title: title,
      sentence: "A dot a finalist; the dotted line joins those that none beats in both.",
      drawing: chart.drawing(description: title))
  }

  // MARK: Sensitivity

  var sensitivityFigures: [ChartFigure] {
    var names: [String] = []
    for row in report.sensitivity where !names.contains(row.what) { names.append(row.what) }
    return names.map { name in
      let rows = report.sensitivity.filter { $0.what == name }
      let points = rows.compactMap { row in
        row.setting.map { setting in
          LineChart.Point(
            x: setting, y: row.value,
            telling: "\(name) \(Figures.significant(setting, digits: 3)): "
              + objective.text(row.value))
        }
      }.sorted { $0.x < $1.x }
      let texts = rows.map { "\($0.label): \(objective.text($0.value))" }
      guard points.count > 1 else {
        return ChartFigure(title: name, sentence: texts.joined(separator: "; ") + ".")
      }
      let frame = ChartFrame(
        x: .linear(name, .count, covering: points.map(\.x)),
        y: .linear("Tuned part", quantity, covering: points.map(\.y)))
      var chart = LineChart(
        frame: frame,
        lines: [LineChart.Line(name: name, hue: .memory, points: points)])
      if let best = rows.first(where: \.isBest)?.setting {
        chart.limits = [LineChart.Limit(value: best, label: "best", isVertical: true)]
      }
      return ChartFigure(
        title: name, sentence: "The best candidate with this setting changed, on the tuned part.",
        drawing: chart.drawing(description: "\(objective.title) over \(name)"))
    }
  }

  // MARK: Reuse and age

  var reuseFigures: [ChartFigure] {
    guard let detail else { return [] }
    return [reuse(detail), ages(detail)]
  }

  private func reuse(_ detail: TuneDetail) -> ChartFigure {
    let points = detail.reuse.map {
      LineChart.Point(
        x: max($0.from, 0.5), y: $0.hits,
        telling: "from \(Quantity.count.text($0.from)): \(Quantity.count.text($0.hits)) requests")
    }
    let sentence =
      "Distinct objects between two requests for the same one; "
      + "\(Quantity.count.text(detail.firstRequests)) requests are first ones."
    guard points.count > 1 else { return ChartFigure(title: "Reuse distances", sentence: sentence) }
    let chart = LineChart(
      frame: ChartFrame(
        x: .logarithmic("Distance, objects", .count, covering: points.map(\.x)),
        y: .linear("Requests", .count, covering: points.map(\.y))),
      lines: [
        LineChart.Line(name: "requests", hue: .memory, points: points, shaded: true, stepped: true)
      ])
    return ChartFigure(
      title: "Reuse distances", sentence: sentence,
      drawing: chart.drawing(description: "Requests by reuse distance"))
  }

  private func ages(_ detail: TuneDetail) -> ChartFigure {
    func line(
      _ name: String, _ hue: Hue, _ count: (TuneDetail.Bucket) -> Double
    ) -> LineChart.Line {
      let total = detail.ages.reduce(0) { $0 + count($1) }
      return LineChart.Line(
        name: name, hue: hue,
        points: detail.ages.map {
          let share = total > 0 ? count($0) / total : 0
          return LineChart.Point(
            x: max($0.from, 0.5), y: share,
            telling: "\(name), from \(Quantity.count.text($0.from)): \(Quantity.share.text(share))")
        }, dashes: hue.dashes, stepped: true)
    }
    let lines = [line("hit", .peer) { $0.hits }, line("evicted", .failure) { $0.evictions }]
    let points = lines.flatMap(\.points)
    let sentence =
      "Requests since a block's last one when it is hit and when it is evicted, under "
      + "\(detail.label)."
    guard detail.ages.count > 1 else { return ChartFigure(title: "Age map", sentence: sentence) }
    let chart = LineChart(
      frame: ChartFrame(
        x: .logarithmic("Age, requests", .count, covering: points.map(\.x)),
        y: .linear("Share", .share, covering: points.map(\.y))), lines: lines)
    return ChartFigure(
      title: "Age map", sentence: sentence,
      drawing: chart.drawing(description: "Ages at hits and at evictions"), legend: chart.legend)
  }
}
