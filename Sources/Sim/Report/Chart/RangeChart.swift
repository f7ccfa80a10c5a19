/// Horizontal ranges, one a row, around the value that each started from: a tornado.
struct RangeChart: Sendable {
  struct Range: Sendable {
    var name: String
    /// The values at the ends, and the one between that the range is seen from.
    var ends: [Double]
    var base: Double
    var label: String
    /// Drawn as a warning.
    var isWarning: Bool
    /// Shown when the pointer rests on the row.
    var telling: String
  }

  var ranges: [Range]
  var quantity: Quantity
  var title: String

  private let width = 1140.0
  private let nameWidth = 330.0
  private let labelWidth = 150.0
  private let rowHeight = 21.0
  private let top = 6.0

  func drawing(description: String) -> Markup {
    let height = top + Double(ranges.count) * rowHeight + 44
    let axis = Axis.linear(
      title, quantity, covering: ranges.flatMap { $0.ends + [$0.base] }.filter(\.isFinite))
    return """
      <svg class="plot" viewBox="0 0 \(width) \(height)" role="img" aria-label="\(description)">
      \(scale(axis, height))\(ranges.enumerated().map { row($1, at: $0, axis) }.joined())
      </svg>
      """
  }

  private func place(_ value: Double, _ axis: Axis) -> Double {
    nameWidth + axis.fraction(of: value) * (width - nameWidth - labelWidth)
  }

  private func scale(_ axis: Axis, _ height: Double) -> Markup {
    axis.ticks.map { tick -> Markup in
      let x = place(tick.value, axis)
      return """
        <line class="grid" x1="\(x)" y1="\(top)" x2="\(x)" y2="\(height - 38)"/>\
        <text class="tick" x="\(x)" y="\(height - 23)" text-anchor="middle">\(tick.label)</text>
        """
    }.joined() + """
      <text class="axis" x="\((width + nameWidth - labelWidth) / 2)" y="\(height - 5)" \
      text-anchor="middle">\(axis.title)</text>
      """
  }

  private func row(_ range: Range, at index: Int, _ axis: Axis) -> Markup {
    let level = top + Double(index) * rowHeight
    let values = (range.ends + [range.base]).filter(\.isFinite)
    let low = place(values.min() ?? 0, axis)
    let high = place(values.max() ?? 0, axis)
    let base = place(range.base, axis)
    let hue = range.isWarning ? Hue.failure : Hue.memory
    return """
      <g class="row"><title>\(range.telling)</title>\
      <rect class="stripe" x="0" y="\(level)" width="\(width)" height="\(rowHeight)"/>\
      <text class="name" x="\(nameWidth - 8)" y="\(level + rowHeight / 2 + 4.5)" text-anchor="end">\
      \(range.name)</text>\
      <rect class="fill \(hue.rawValue)" x="\(low)" y="\(level + rowHeight * 0.2)" \
      width="\(max(high - low, 1))" height="\(rowHeight * 0.6)" rx="1.5"/>\
      <line class="limit" x1="\(base)" y1="\(level + 2)" x2="\(base)" y2="\(level + rowHeight - 2)"/>\
      <text class="value" x="\(width - 2)" y="\(level + rowHeight / 2 + 4.5)" text-anchor="end">\
      \(range.label)</text></g>
      """
  }
}
