/// Parts of a whole over time: each layer lies on the one before it.
struct StackedAreaChart: Sendable {
  struct Layer: Sendable {
    var name: String
    var hue: Hue
    /// One height for each place of `places`.
    var heights: [Double]
  }

  var frame: ChartFrame
  /// Where the heights lie on the horizontal axis, ascending.
  var places: [Double]
  var layers: [Layer]
  var stripes: [LineChart.Stripe] = []

  /// From the top of the stack down, as the eye meets it.
  var legend: [LegendEntry] {
    layers.reversed().map { LegendEntry(name: $0.name, hue: $0.hue, filled: true) }
  }

  func drawing(description: String) -> Markup {
    var floor = [Double](repeating: 0, count: places.count)
    var areas: Markup = ""
    for layer in layers {
      precondition(layer.heights.count == places.count, "A layer has one height for each place.")
      let ceiling = zip(floor, layer.heights).map { $0 + ($1.isFinite ? max($1, 0) : 0) }
      if zip(floor, ceiling).contains(where: { $0 < $1 }) {
        areas += area(of: layer, from: floor, to: ceiling)
      }
      floor = ceiling
    }
    let told = stripes.map { frame.stripe(from: $0.start, to: $0.end, telling: $0.telling) }
    return frame.drawing(description: description, areas + told.joined())
  }

  private func area(of layer: Layer, from floor: [Double], to ceiling: [Double]) -> Markup {
    var path: Markup = ""
    for (index, place) in places.enumerated() {
      let command: Markup = index == 0 ? "M" : "L"
      path += "\(command)\(frame.horizontal(place)) \(frame.vertical(ceiling[index]))"
    }
    for (index, place) in places.enumerated().reversed() {
      path += "L\(frame.horizontal(place)) \(frame.vertical(floor[index]))"
    }
    return "<path class=\"fill \(layer.hue.rawValue)\" d=\"\(path)Z\"/>"
  }
}
