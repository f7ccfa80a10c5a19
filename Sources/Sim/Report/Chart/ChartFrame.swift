/// The part that all charts with two axes share: margins, grid, ticks, labels.
struct ChartFrame: Sendable {
  var x: Axis
  var y: Axis
  var width = 560.0
  var height = 290.0
  let top = 30.0
  let bottom = 46.0
  let right = 20.0

  /// Room for the longest label of the vertical axis.
  var left: Double {
    let longest = y.ticks.map(\.label.count).max() ?? 0
    return max(40, 7 * Double(longest) + 14)
  }
  var plotWidth: Double { width - left - right }
  var plotHeight: Double { height - top - bottom }
  var baseline: Double { top + plotHeight }

  func horizontal(_ value: Double) -> Double { left + x.fraction(of: value) * plotWidth }
  func vertical(_ value: Double) -> Double { baseline - y.fraction(of: value) * plotHeight }

  /// The drawing with its axes; `description` is what a screen reader says.
  func drawing(description: String, _ content: Markup) -> Markup {
    """
    <svg class="plot" viewBox="0 0 \(width) \(height)" role="img" aria-label="\(description)">
    \(verticalAxis)\(horizontalAxis)
    \(content)
    <line class="base" x1="\(left)" y1="\(baseline)" x2="\(width - right)" y2="\(baseline)"/>
    </svg>
    """
  }

  private var verticalAxis: Markup {
    let lines: [Markup] = y.ticks.map { tick in
      let level = vertical(tick.value)
      return """
        <line class="grid" x1="\(left)" y1="\(level)" x2="\(width - right)" y2="\(level)"/>\
        <text class="tick" x="\(left - 8)" y="\(level + 4)" text-anchor="end">\(tick.label)</text>
        """
    }
    return "<text class=\"axis\" x=\"2\" y=\"13\">\(y.title)</text>" + lines.joined()
  }

  private var horizontalAxis: Markup {
    let lines: [Markup] = x.ticks.map { tick in
      let place = horizontal(tick.value)
      return """
        <line class="grid" x1="\(place)" y1="\(top)" x2="\(place)" y2="\(baseline + 4)"/>\
        <text class="tick" x="\(place)" y="\(baseline + 18)" text-anchor="middle">\
        \(tick.label)</text>
        """
    }
    return lines.joined() + """
      <text class="axis" x="\(left + plotWidth / 2)" y="\(height - 6)" text-anchor="middle">\
      \(x.title)</text>
      """
  }

  /// A stripe over an interval of the horizontal axis that lights up and tells its values.
  func stripe(from start: Double, to end: Double, telling text: String) -> Markup {
    let (first, last) = (horizontal(start), horizontal(end))
    return """
      <rect class="stripe" x="\(first)" y="\(top)" width="\(max(last - first, 0.5))" \
      height="\(plotHeight)"><title>\(text)</title></rect>
      """
  }
}
