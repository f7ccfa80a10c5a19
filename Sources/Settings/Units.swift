/// Why a value's text was refused, and what would be right.
package struct ValueProblem: Error, Equatable {
  package var message: String
  package init(_ message: String) { self.message = message }
}

/// A kind of quantity: its units and what each is worth.
package struct UnitTable: Sendable {
  /// "size", "rate", "duration", ...
  package let quantity: String
  /// A value as it should be written.
  package let example: String
  /// Units in ascending order of use; the factor turns a number into the base unit.
  package let units: [(name: String, factor: Double)]

  /// Bytes.
  package static let size = UnitTable(
    quantity: "size", example: "4MiB",
    units: [
      ("B", 1), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("PB", 1e15),
      ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
      ("PiB", 1_125_899_906_842_624),
    ])

  /// Bytes a second; a small b stands for bits.
  package static let rate = UnitTable(
    quantity: "rate", example: "160Gb/s",
    units: [
      ("b/s", 0.125), ("Kb/s", 125), ("Mb/s", 125e3), ("Gb/s", 125e6), ("Tb/s", 125e9),
      ("B/s", 1), ("KB/s", 1e3), ("MB/s", 1e6), ("GB/s", 1e9), ("TB/s", 1e12),
      ("KiB/s", 1024), ("MiB/s", 1_048_576), ("GiB/s", 1_073_741_824),
      ("TiB/s", 1_099_511_627_776),
    ])

  /// Nanoseconds.
  package static let duration = UnitTable(
    quantity: "duration", example: "60s",
    units: [
      ("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3_600e9), ("d", 86_400e9),
    ])

  /// Operations a second.
  package static let frequency = UnitTable(
    quantity: "number a second", example: "40k/s",
    units: [("/s", 1), ("k/s", 1e3), ("M/s", 1e6)])

  /// A whole number; the unit may be absent.
  package static let count = UnitTable(
    quantity: "count", example: "40_000", units: [("", 1), ("k", 1e3), ("M", 1e6), ("G", 1e9)])
}

extension UnitTable {
  /// The number that `text` stands for in the base unit, to the nearest whole one.
  package func read(_ text: String) throws(ValueProblem) -> UInt64 {
    let (number, unit) = try split(text)
    // Nothing is the same in every unit.
    if number == 0, unit.isEmpty { return 0 }
    guard let factor = units.first(where: { $0.name == unit })?.factor else {
      throw unknownUnit(unit, in: text)
    }
    let value = number * factor
    guard value >= 0 else { throw ValueProblem("\(text) is negative; give 0 or more") }
    guard value < 0x1p63 else { throw ValueProblem("\(text) is too large for a \(quantity)") }
    guard quantity != "count" || value == value.rounded() else {
      throw ValueProblem("\(text) is not a whole number")
    }
    return UInt64(value.rounded())
  }

  /// Number and unit; underscores may group digits, a space may stand before the unit.
  private func split(_ text: String) throws(ValueProblem) -> (Double, String) {
    let isOfNumber = { (c: Character) in
      c.isASCII && (c.isNumber || c == "." || c == "_" || c == "-" || c == "+")
    }
    let digits = text.prefix(while: isOfNumber)
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    guard let number = Double(digits.filter { $0 != "_" }), number.isFinite else {
      throw ValueProblem("\(quoted(text)) is not a \(quantity); write it like \(example)")
    }
    return (number, String(unit))
  }

  private func unknownUnit(_ unit: String, in text: String) -> ValueProblem {
    let names = units.map(\.name).filter { !$0.isEmpty }.joined(separator: ", ")
    guard !unit.isEmpty else {
      return ValueProblem(
        "\(text) has no unit; a \(quantity) takes one of \(names), as in \(example)")
    }
    let number = text.dropLast(unit.count)
    // The right letters in the wrong case, or bits a second as vendors write them.
    let lower = unit.lowercased().replacing("bps", with: "b/s").replacing("µ", with: "u")
    if let meant = units.first(where: { $0.name.lowercased() == lower }) {
      return ValueProblem(
        "\(text) has an unknown unit, \(unit); did you mean \(number)\(meant.name)?")
    }
    return ValueProblem("\(text) has an unknown unit, \(unit); a \(quantity) takes one of \(names)")
  }
}

/// `text` in quotes.
package func quoted(_ text: String) -> String { "'\(text)'" }

/// A share between 0 and 1: `0.25`, `25%` or `1/4`.
package func readShare(_ text: String) throws(ValueProblem) -> Double {
  let parts = text.split(separator: "/", omittingEmptySubsequences: false)
  var share: Double?
  if parts.count == 2, let above = Double(parts[0]), let below = Double(parts[1]), below != 0 {
    share = above / below
  } else if text.hasSuffix("%") {
    share = Double(text.dropLast()).map { $0 / 100 }
  } else {
    share = Double(text)
  }
  guard let share, share.isFinite else {
    throw ValueProblem("\(quoted(text)) is not a share; write it like 0.25, 25% or 1/4")
  }
  guard (0...1).contains(share) else {
    throw ValueProblem("\(text) is not a share; give one from 0 to 1, or from 0% to 100%")
  }
  return share
}

/// A plain figure: a decimal number, with `%`, `k`, `M` or `G` after it if need be.
package func readFigure(_ text: String) throws(ValueProblem) -> Double {
  let factors: [(Character, Double)] = [("%", 0.01), ("k", 1e3), ("M", 1e6), ("G", 1e9)]
  let suffix = factors.first { $0.0 == text.last }
  let digits = (suffix == nil ? text[...] : text.dropLast()).filter { $0 != "_" }
  guard let number = Double(digits), number.isFinite else {
    throw ValueProblem("\(quoted(text)) is not a number; write it like 250, 0.05, 5% or 40k")
  }
  return number * (suffix?.1 ?? 1)
}
