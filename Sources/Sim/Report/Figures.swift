import Foundation

/// What a number measures, and so how a report prints it. Never prints NaN or infinity: a value
/// that is not a number reads "n/a".
enum Quantity: Sendable {
  /// A plain count or ratio, with SI prefixes from ten thousand on.
  case count
  /// A share, 0 to 1, printed in per cent.
  case share
  case microseconds
  case seconds
  case bytes
  case bytesPerSecond
  case perSecond
  /// A multiple of something, printed with a multiplication sign.
  case multiple

  /// The value with its unit, three significant digits, for sentences and tables.
  func text(_ value: Double) -> String {
    guard value.isFinite else { return "n/a" }
    switch self {
    case .count: return Figures.prefixed(value, unit: "", from: 10_000)
    case .share: return Figures.percent(value)
    case .microseconds: return Figures.duration(seconds: value / 1e6)
    case .seconds: return Figures.duration(seconds: value)
    case .bytes: return Figures.prefixed(value, unit: "B")
    case .bytesPerSecond: return Figures.prefixed(value, unit: "B/s")
    case .perSecond: return Figures.prefixed(value, unit: "/s", from: 10_000)
    case .multiple: return Figures.significant(value, digits: 3) + "×"
    }
  }

  /// The value as the label of an axis tick: as short as it can be.
  func tick(_ value: Double) -> String {
    guard value.isFinite, (value * 100).isFinite else { return "" }
    switch self {
    case .share: return Figures.significant(value * 100, digits: 6) + Figures.space + "%"
    case .perSecond: return Figures.prefixed(value, unit: "", from: 10_000)
    case .seconds: return Figures.significant(value, digits: 6)
    case .multiple: return Figures.significant(value, digits: 4) + "×"
    default: return text(value)
    }
  }
}

/// Numbers as people read them: SI prefixes, thousands separators, few digits.
enum Figures {
  /// Holds a number and its unit on one line.
  static let space = "\u{00A0}"

  private static let largePrefixes: [(scale: Double, sign: String)] = [
    (1e30, "Q"), (1e27, "R"), (1e24, "Y"), (1e21, "Z"), (1e18, "E"), (1e15, "P"), (1e12, "T"),
    (1e9, "G"), (1e6, "M"), (1e3, "k"),
  ]

  /// 1234567 as "1,234,567".
  static func grouped(_ value: some BinaryInteger) -> String {
    let digits = String(value.magnitude)
    var text = value < 0 ? "-" : ""
    for (offset, digit) in digits.enumerated() {
      if offset > 0, (digits.count - offset) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// 1234567 as "1.23 M" and the unit; below `threshold` without a prefix, with separators.
  static func prefixed(_ value: Double, unit: String, from threshold: Double = 1000) -> String {
    guard value.isFinite else { return "n/a" }
    let size = abs(value)
    if size >= 1e33 { return scientific(value) + (unit.isEmpty ? "" : space + unit) }
    if size >= threshold, let prefix = largePrefixes.first(where: { size >= $0.scale * 0.9995 }) {
      return significant(value / prefix.scale, digits: 3) + space + prefix.sign + unit
    }
    let number =
      size >= 1000 ? grouped(Int(value.rounded())) : significant(value, digits: 3)
    if unit.isEmpty { return number }
    return unit.hasPrefix("/") ? number + unit : number + space + unit
  }

  /// A share as per cent: more decimals near 0 % and near 100 %, where they matter.
  static func percent(_ share: Double) -> String {
    guard share.isFinite else { return "n/a" }
    let value = share * 100
    guard value.isFinite else { return "n/a" }
    guard abs(value) < 1e6 else { return scientific(value) + space + "%" }
    if value > 0, value < 0.005 { return "<0.01" + space + "%" }
    if value < 100, value > 99.995 { return ">99.99" + space + "%" }
    let decimals = abs(value) >= 10 && value <= 90 ? 1 : 2
    return trimmed(fixed(value, decimals: decimals)) + space + "%"
  }

  /// A duration with the unit that suits it: ns, µs, ms, s, min, h, d.
  static func duration(seconds: Double) -> String {
    guard seconds.isFinite else { return "n/a" }
    let units: [(scale: Double, name: String)] = [
      (86_400, "d"), (3600, "h"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"),
    ]
    if seconds == 0 { return "0" + space + "s" }
    let size = abs(seconds)
    if size > 8.64e11 { return scientific(seconds) + space + "s" }
    // Minutes and hours only where seconds would be hard to read.
    let unit =
      units.first { size >= $0.scale * ($0.scale > 1 ? 2 : 0.9995) } ?? (1e-9, "ns")
    return significant(seconds / unit.scale, digits: 3) + space + unit.name
  }

  /// At most `digits` significant digits, trailing zeros dropped, thousands separated.
  static func significant(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return "n/a" }
    if value == 0 { return "0" }
    let size = abs(value)
    if size >= 1e15 || size < 1e-9 { return scientific(value) }
    let magnitude = Int(floor(log10(size)))
    let decimals = max(0, digits - 1 - magnitude)
    return trimmed(fixed(value, decimals: min(decimals, 12)))
  }

  /// Exactly `decimals` decimals, thousands separated.
  static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return "n/a" }
    guard abs(value) < 1e15 else { return scientific(value) }
    let text = String(format: "%.\(decimals)f", value)
    let parts = text.split(separator: ".")
    guard let whole = Int(parts[0]) else { return text }
    let sign = text.hasPrefix("-") && whole == 0 && text.contains { ("1"..."9").contains($0) }
    let head = (sign ? "-" : "") + grouped(whole)
    return parts.count == 2 ? head + "." + parts[1] : head
  }

  private static func scientific(_ value: Double) -> String {
    String(format: "%.2e", value)
  }

  private static func trimmed(_ text: String) -> String {
    guard text.contains("."), !text.contains("e") else { return text }
    var kept = Substring(text)
    while kept.hasSuffix("0") { kept.removeLast() }
    if kept.hasSuffix(".") { kept.removeLast() }
    return kept == "-0" ? "0" : String(kept)
  }
}
