/// Horizontal bars, one a row, each with its name before it and its value behind it.
struct BarChart: Sendable {
  struct Bar: Sendable {
    var name: String
    /// 0 to 1, the whole width.
    var share: Double
    var label: String
    /// Shown when the pointer rests on the row.
    var telling: String
  }

  var bars: [Bar]
  var hue: Hue
  /// Share from which a bar is drawn as a warning.
  var warning: Double

  /// Height of one row, pixels.
  var rowHeight = 21.0

  private let width = 560.0
  private let nameWidth = 206.0
  private let labelWidth = 62.0
  private let top = 6.0
  private let longestName = 27

  func drawing(description: String) -> Markup {
    let height = top + Double(bars.count) * rowHeight + 26
    return """
      <svg class="plot" viewBox="0 0 \(width) \(height)" role="img" aria-label="\(description)">
      \(scale(height: height))\(bars.enumerated().map { row($1, at: $0) }.joined())
      </svg>
      """
  }

  private var plotWidth: Double { width - nameWidth - labelWidth }

  private func scale(height: Double) -> Markup {
    [0.0, 0.25, 0.5, 0.75, 1].map { share -> Markup in
      let place = nameWidth + share * plotWidth
      return """
        <line class="grid" x1="\(place)" y1="\(top)" x2="\(place)" y2="\(height - 20)"/>\
        <text class="tick" x="\(place)" y="\(height - 5)" text-anchor="middle">\
        \(Quantity.share.tick(share))</text>
        """
    }.joined()
  }

  private func row(_ bar: Bar, at index: Int) -> Markup {
    let level = top + Double(index) * rowHeight
    let share = bar.share.isFinite ? min(max(bar.share, 0), 1) : 0
    let hue = share >= warning ? Hue.failure : hue
    return """
      <g class="row"><title>\(bar.telling)</title>\
      <rect class="stripe" x="0" y="\(level)" width="\(width)" height="\(rowHeight)"/>\
      <text class="name" x="\(nameWidth - 8)" y="\(level + rowHeight / 2 + 4.5)" text-anchor="end">\
      \(shortened(bar.name))</text>\
      <rect class="fill \(hue.rawValue)" x="\(nameWidth)" y="\(level + rowHeight * 0.2)" \
      width="\(max(share * plotWidth, 1))" height="\(rowHeight * 0.6)" rx="1.5"/>\
      <text class="value" x="\(width - 2)" y="\(level + rowHeight / 2 + 4.5)" text-anchor="end">\(bar.label)</text>\
      </g>
      """
  }

  /// Both ends of a link's name tell more than its beginning alone.
  private func shortened(_ name: String) -> String {
    guard name.count > longestName else { return name }
    return name.prefix(longestName / 2 - 1) + "…" + name.suffix(longestName / 2)
  }
}
