/// A chart on the page: its title, one sentence that says what it shows, the drawing, its legend.
/// Without data the sentence stands alone.
struct ChartFigure {
  var title: String
  var sentence: String
  var drawing: Markup?
  var legend: [LegendEntry] = []
  var span = Span.one

  /// How many places of the page's grid a chart takes.
  enum Span: String, Sendable {
    case one
    /// Both columns.
    case wide
    /// Two rows.
    case tall
  }

  var markup: Markup {
    let entries = legend.map(\.markup).joined()
    let key: Markup = legend.count > 1 ? "<ul class=\"legend\">\(entries)</ul>" : ""
    return """
      <figure class="\(span.rawValue)"><figcaption><h3>\(title)</h3><p>\(sentence)</p></figcaption>
      \(drawing.map { "\(key)<div class=\"scroll\">\($0)</div>" as Markup } ?? "")
      </figure>

      """
  }
}
