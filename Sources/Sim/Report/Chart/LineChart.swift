/// Lines over two axes, with limits to compare them against.
struct LineChart: Sendable {
  struct Point: Sendable {
    var x: Double
    var y: Double
    /// Shown when the pointer rests on the point; none if empty.
    var telling = ""
  }
  struct Line: Sendable {
    var name: String
    var hue: Hue
    var points: [Point]
    var dashes = ""
    /// Fills the space under the line faintly.
    var shaded = false
    /// Keeps a value until the next one, as counts do.
    var stepped = false
  }
  /// A limit: a labelled line across the chart at a value of the vertical (or horizontal) axis.
  struct Limit: Sendable {
    var value: Double
    var label: String
    var isVertical = false
  }
  /// An interval of the horizontal axis and what to tell about it.
  struct Stripe: Sendable {
    var start: Double
    var end: Double
    var telling: String
  }

  var frame: ChartFrame
  var lines: [Line]
  var limits: [Limit] = []
  var stripes: [Stripe] = []
  /// Intervals to flag under the horizontal axis, for what matters but is too small to see above.
  var flags: [Stripe] = []

  var legend: [LegendEntry] {
    lines.map { LegendEntry(name: $0.name, hue: $0.hue, dashes: $0.dashes) }
  }

  func drawing(description: String) -> Markup {
    let content =
      stripes.map { frame.stripe(from: $0.start, to: $0.end, telling: $0.telling) }.joined()
      + lines.map(drawing(of:)).joined() + limits.map(drawing(of:)).joined()
      + lines.map(marks(of:)).joined()
      + flags.map(drawing(of:)).joined()
    return frame.drawing(description: description, content)
  }

  private func drawing(of line: Line) -> Markup {
    let runs = line.points.split { !$0.x.isFinite || !$0.y.isFinite }
    return runs.map { drawing(of: line, along: Array($0)) }.joined()
  }

  /// Draws one stretch without gaps.
  private func drawing(of line: Line, along points: [Point]) -> Markup {
    guard let first = points.first, let last = points.last else { return "" }
    var path: Markup = "M\(frame.horizontal(first.x)) \(frame.vertical(first.y))"
    for point in points.dropFirst() {
      let place = frame.horizontal(point.x)
      if line.stepped {
        path += "H\(place)V\(frame.vertical(point.y))"
      } else {
        path += "L\(place) \(frame.vertical(point.y))"
      }
    }
    let shade: Markup =
      line.shaded
      ? """
      <path class="shade \(line.hue.rawValue)" d="\(path)L\(frame.horizontal(last.x)) \
      \(frame.baseline)L\(frame.horizontal(first.x)) \(frame.baseline)Z"/>
      """ : ""
    return shade + """
      <path class="line \(line.hue.rawValue)" stroke-dasharray="\(line.dashes)" d="\(path)"/>
      """
  }

  private func marks(of line: Line) -> Markup {
    let told = line.points.filter { !$0.telling.isEmpty && $0.x.isFinite && $0.y.isFinite }
    // Sixty points a line are as many as a pointer can find.
    let step = max(1, told.count / 60)
    return stride(from: 0, to: told.count, by: step).map { index -> Markup in
      let point = told[index]
      return """
        <circle class="mark \(line.hue.rawValue)" cx="\(frame.horizontal(point.x))" \
        cy="\(frame.vertical(point.y))" r="5"><title>\(point.telling)</title></circle>
        """
    }.joined()
  }

  private func drawing(of flag: Stripe) -> Markup {
    let (start, end) = (frame.horizontal(flag.start), frame.horizontal(flag.end))
    return """
      <rect class="fill failure" x="\(start)" y="\(frame.baseline + 1)" \
      width="\(max(end - start, 1))" height="4"><title>\(flag.telling)</title></rect>
      """
  }

  private func drawing(of limit: Limit) -> Markup {
    guard limit.value.isFinite else { return "" }
    if limit.isVertical {
      let place = frame.horizontal(limit.value)
      let onLeft = place > frame.left + frame.plotWidth * 0.7
      return """
        <line class="limit" x1="\(place)" y1="\(frame.top)" x2="\(place)" y2="\(frame.baseline)"/>\
        <text class="note" x="\(onLeft ? place - 6 : place + 6)" y="\(frame.baseline - 8)" \
        text-anchor="\(onLeft ? "end" : "start")">\(limit.label)</text>
        """
    }
    let level = frame.vertical(limit.value)
    let labelLevel = level - frame.top < 18 ? level + 15 : level - 6
    return """
      <line class="limit" x1="\(frame.left)" y1="\(level)" x2="\(frame.width - frame.right)" \
      y2="\(level)"/><text class="note" x="\(frame.width - frame.right - 4)" y="\(labelLevel)" \
      text-anchor="end">\(limit.label)</text>
      """
  }
}
