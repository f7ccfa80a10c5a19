/// Quantities as scenarios write them, to three digits (scenarios/SCHEMA.md, Units).
enum ScenarioQuantity {
  /// Bytes a second: `6.52GB/s`.
  static func rate(_ bytesPerSecond: Double) -> String {
    scaled(bytesPerSecond, ["B/s", "KB/s", "MB/s", "GB/s", "TB/s"])
  }

  /// Bytes a second in bits, as links are named: `160Gb/s`.
  static func bitRate(_ bytesPerSecond: Double) -> String {
    scaled(bytesPerSecond * 8, ["b/s", "Kb/s", "Mb/s", "Gb/s", "Tb/s"])
  }

  /// Bytes: `3.84TB`.
  static func size(_ bytes: Double) -> String {
    scaled(bytes, ["B", "KB", "MB", "GB", "TB", "PB"])
  }

  /// Nanoseconds: `81.5us`.
  static func duration(_ nanoseconds: Double) -> String {
    scaled(nanoseconds, ["ns", "us", "ms", "s"])
  }

  /// Operations a second: `912k/s`.
  static func frequency(_ perSecond: Double) -> String { scaled(perSecond, ["/s", "k/s", "M/s"]) }

  /// The number in the largest unit of which it is 1 or more.
  private static func scaled(_ value: Double, _ units: [String]) -> String {
    var number = max(value, 0)
    var unit = 0
    while number >= 999.5, unit < units.count - 1 {
      number /= 1_000
      unit += 1
    }
    // A whole number of the smallest unit, and never none of it.
    if unit == 0 { return "\(UInt64(max(1, number.rounded())))\(units[0])" }
    let decimals = number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2
    return digits(number, decimals) + units[unit]
  }

  private static func digits(_ number: Double, _ decimals: Int) -> String {
    let factor = [1.0, 10, 100][decimals]
    let whole = UInt64((number * factor).rounded())
    let (integer, fraction) = whole.quotientAndRemainder(dividingBy: UInt64(factor))
    guard fraction > 0 else { return String(integer) }
    var text = String(fraction)
    text = String(repeating: "0", count: decimals - text.utf8.count) + text
    while text.hasSuffix("0") { text.removeLast() }
    return "\(integer).\(text)"
  }
}
