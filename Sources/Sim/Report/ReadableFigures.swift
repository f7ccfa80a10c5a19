import Foundation

/// Figures as people read them: three digits that matter, and a unit.
enum ReadableFigures {
  /// `1234567` as "1,234,567".
  static func grouped(_ number: some BinaryInteger) -> String {
    var groups: [Substring] = []
    var digits = Substring(String(number.magnitude))
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits = digits.dropLast(3)
    }
    groups.insert(digits, at: 0)
    return (number < 0 ? "-" : "") + groups.joined(separator: ",")
  }

  /// `0.0345` as "3.45 %"; a small share keeps a digit that matters.
  static func percent(_ share: Double) -> String {
    let percent = share * 100
    if percent != 0, abs(percent) < 0.01 { return "<0.01 %" }
    return threeDigits(percent, most: 2) + " %"
  }

  /// `83_123_456` of "requests/s" as "83.1 M" + "requests/s".
  static func scaled(_ value: Double, _ unit: String = "") -> String {
    let steps: [(Double, String)] = [(1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
    let step = steps.first { abs(value) >= $0.0 * 0.9995 } ?? (1, "")
    let number =
      step.0 == 1 && value == value.rounded()
      ? String(Int(value)) : threeDigits(value / step.0, most: 2)
    let tail = step.1 + unit
    return tail.isEmpty || tail.hasPrefix("/") ? number + tail : "\(number) \(tail)"
  }

  /// `12_345` microseconds as "12.3 ms".
  static func time(microseconds: Double) -> String {
    switch abs(microseconds) {
    case 999.5e3...: threeDigits(microseconds / 1e6, most: 2) + " s"
    case 999.5...: threeDigits(microseconds / 1e3, most: 2) + " ms"
    default: threeDigits(microseconds, most: 1) + " us"
    }
  }

  /// `75` seconds as "1 m 15 s".
  static func clock(seconds: Double) -> String {
    let whole = Int(min(max(0, seconds.rounded()), 1e9))
    switch whole {
    case 3_600...: return "\(whole / 3_600) h \(whole % 3_600 / 60) m"
    case 60...: return "\(whole / 60) m \(whole % 60) s"
    default: return "\(whole) s"
    }
  }

  /// A small number with four digits after the point, trailing zeros cut: `0.1000` as "0.1".
  static func rounded(_ value: Double) -> String {
    var text = String(format: "%.4f", value)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  /// Three digits that matter, with at most `most` of them after the point.
  static func threeDigits(_ value: Double, most: Int) -> String {
    let size = abs(value)
    let decimals = min(most, size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)
    let text = String(format: "%.\(decimals)f", value)
    return value == 0 ? "0" : text
  }
}
