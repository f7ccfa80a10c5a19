/// The colours of the charts, by meaning. The style sheet gives each a light and a dark value out
/// of the palette of Okabe and Ito (2008), which people with any colour vision can tell apart.
enum Hue: String, Sendable, CaseIterable {
  case memory, flash, peer, origin, failure, other, neutral

  /// The hue of a source of reads by its name, so that a source looks the same in every chart.
  static func ofSource(_ name: String) -> Hue {
    let lowercased = name.lowercased()
    for hue in [Hue.memory, .flash, .peer, .origin] where lowercased.contains(hue.rawValue) {
      return hue
    }
    if lowercased.contains("fail") { return .failure }
    return lowercased.hasPrefix("all") ? .neutral : .other
  }

  /// Dash pattern of a line in this hue: where lines cross, colour is not the only difference.
  var dashes: String {
    switch self {
    case .memory, .neutral: ""
    case .flash: "7 3"
    case .peer: "2 3"
    case .origin: "9 3 2 3"
    case .failure: "4 2"
    case .other: "1 2"
    }
  }
}

/// A name beside a colour.
struct LegendEntry: Sendable {
  var name: String
  var hue: Hue
  var dashes = ""
  var filled = false

  var markup: Markup {
    let swatch: Markup =
      filled
      ? "<rect class=\"fill \(hue.rawValue)\" x=\"0\" y=\"1\" width=\"22\" height=\"10\" rx=\"2\"/>"
      : """
      <line class="line \(hue.rawValue)" x1="0" y1="6" x2="22" y2="6" \
      stroke-dasharray="\(dashes)"/>
      """
    return """
      <li><svg class="swatch" viewBox="0 0 22 12" aria-hidden="true">\(swatch)</svg>\(name)</li>
      """
  }
}
