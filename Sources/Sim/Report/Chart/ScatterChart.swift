/// Dots over two axes: what something costs against what it brings.
struct ScatterChart: Sendable {
  struct Dot: Sendable {
    var x: Double
    var y: Double
    var hue: Hue
    /// Written beside the dot; none if empty.
    var label = ""
    /// Shown when the pointer rests on the dot.
    var telling: String
  }

  var frame: ChartFrame
  var dots: [Dot]
  /// Joined by a line, in this order: those that nothing beats in both.
  var front: [Dot] = []

  func drawing(description: String) -> Markup {
    frame.drawing(description: description, line + dots.map(drawing(of:)).joined())
  }

  private var line: Markup {
    guard front.count > 1, let first = front.first else { return "" }
    var path: Markup = "M\(frame.horizontal(first.x)) \(frame.vertical(first.y))"
    for dot in front.dropFirst() {
      path += "H\(frame.horizontal(dot.x))V\(frame.vertical(dot.y))"
    }
    return "<path class=\"line neutral\" stroke-dasharray=\"2 3\" d=\"\(path)\"/>"
  }

  private func drawing(of dot: Dot) -> Markup {
    guard dot.x.isFinite, dot.y.isFinite else { return "" }
    let (x, y) = (frame.horizontal(dot.x), frame.vertical(dot.y))
    let onLeft = x > frame.left + frame.plotWidth * 0.7
    let text: Markup =
      dot.label.isEmpty
      ? ""
      : """
      <text class="note" x="\(onLeft ? x - 8 : x + 8)" y="\(y + 4)" \
      text-anchor="\(onLeft ? "end" : "start")">\(dot.label)</text>
      """
    return """
      <circle class="fill \(dot.hue.rawValue)" cx="\(x)" cy="\(y)" r="4.5">\
      <title>\(dot.telling)</title></circle>\(text)
      """
  }
}
