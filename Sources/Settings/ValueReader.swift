/// How the text of one YAML scalar becomes a value, and what to say when it does not.
package struct ValueReader<Value> {
  /// What is wanted, with an example: "a size such as 4MiB".
  package let wanted: String
  /// Stands in where the value is missing or wrong, so that reading goes on to the next mistake.
  package let placeholder: Value
  package let read: (String) throws(ValueProblem) -> Value

  /// A reader whose values `read` makes of a text, or refuses.
  package init(
    wanted: String, placeholder: Value, read: @escaping (String) throws(ValueProblem) -> Value
  ) {
    self.wanted = wanted
    self.placeholder = placeholder
    self.read = read
  }

  /// The same values, as something else.
  package func map<Other>(_ convert: @escaping (Value) -> Other) -> ValueReader<Other> {
    ValueReader<Other>(wanted: wanted, placeholder: convert(placeholder)) {
      text throws(ValueProblem) in convert(try read(text))
    }
  }
}

/// A bound on a value: what it is, as a file would write it, and why.
struct Bounds: Sendable {
  var least: UInt64
  var most: UInt64
  /// The bounds as a message names them.
  var leastText: String
  var mostText: String
  /// Why there is no more: "the 5000 nodes of an AKS cluster".
  var mostReason: String?

  func check(_ value: UInt64, _ text: String) throws(ValueProblem) {
    if value < least {
      throw ValueProblem("\(text) is less than \(leastText); use \(leastText) or more")
    }
    if value > most {
      let comparative = mostReason == nil ? "less" : "fewer"
      throw ValueProblem(
        "\(text) is more than \(mostReason ?? mostText); use \(mostText) or \(comparative)")
    }
  }
}

extension ValueReader where Value == UInt64 {
  private static func quantity(
    _ table: UnitTable, _ least: String?, _ most: String?
  ) -> ValueReader {
    let leastValue = least.map { bound($0, table) } ?? 0
    let bounds = Bounds(
      least: leastValue, most: most.map { bound($0, table) } ?? .max, leastText: least ?? "0",
      mostText: most ?? "")
    return ValueReader(
      wanted: "a \(table.quantity) such as \(table.example)", placeholder: max(1, leastValue)
    ) { text throws(ValueProblem) in
      let value = try table.read(text)
      try bounds.check(value, text)
      return value
    }
  }

  /// A bound written in this file, for which there is no excuse.
  private static func bound(_ text: String, _ table: UnitTable) -> UInt64 {
    do { return try table.read(text) } catch {
      preconditionFailure("the bound \(text) of the schema is no \(table.quantity)")
    }
  }

  /// Bytes, within bounds written like the value.
  package static func size(atLeast least: String? = nil, atMost most: String? = nil) -> ValueReader
  {
    quantity(.size, least, most)
  }

  /// Bytes a second, at least 1.
  package static var rate: ValueReader { quantity(.rate, "1B/s", nil) }

  /// Nanoseconds, within bounds written like the value.
  package static func duration(atLeast least: String? = nil, atMost most: String? = nil)
    -> ValueReader
  {
    quantity(.duration, least, most)
  }

  /// Operations a second, at least 1.
  package static var frequency: ValueReader { quantity(.frequency, "1/s", nil) }

  /// Any 64-bit number, decimal or hexadecimal.
  package static var seed: ValueReader {
    ValueReader(wanted: "a number such as 42", placeholder: 1) { text throws(ValueProblem) in
      let digits = text.filter { $0 != "_" }
      let hexadecimal = digits.hasPrefix("0x") ? UInt64(digits.dropFirst(2), radix: 16) : nil
      guard let seed = hexadecimal ?? UInt64(digits) else {
        throw ValueProblem("\(quoted(text)) is not a number from 0 to \(UInt64.max)")
      }
      return seed
    }
  }
}

extension ValueReader where Value == Int {
  /// A whole number, within bounds.
  package static func count(_ range: ClosedRange<Int>, most reason: String? = nil) -> ValueReader {
    let bounds = Bounds(
      least: UInt64(range.lowerBound), most: UInt64(range.upperBound),
      leastText: "\(range.lowerBound)", mostText: "\(range.upperBound)", mostReason: reason)
    return ValueReader(wanted: "a count such as 40_000", placeholder: range.lowerBound) {
      text throws(ValueProblem) in
      let value = try UnitTable.count.read(text)
      try bounds.check(value, text)
      return Int(value)
    }
  }

  /// A whole number, 1 or more.
  package static var count: ValueReader { count(1...1_000_000_000) }
}

extension ValueReader where Value: FixedWidthInteger {
  /// A whole number within bounds, of whatever type holds it.
  package static func whole(_ range: ClosedRange<Int>) -> ValueReader {
    ValueReader<Int>.count(range).map { Value($0) }
  }
}

extension ValueReader where Value == Double {
  /// 0 to 1.
  package static var share: ValueReader {
    ValueReader(wanted: "a share such as 0.25 or 25%", placeholder: 0) {
      text throws(ValueProblem) in try readShare(text)
    }
  }

  /// Above 0, at most 1.
  package static var positiveShare: ValueReader {
    ValueReader(wanted: "a share such as 1/64 or 0.25", placeholder: 1) {
      text throws(ValueProblem) in
      let share = try readShare(text)
      guard share > 0 else { throw ValueProblem("\(text) is not above 0; give at most 1") }
      return share
    }
  }

  /// A number, `least` or more.
  package static func figure(atLeast least: Double = 0) -> ValueReader {
    ValueReader(wanted: "a number such as 250 or 40k", placeholder: max(1, least)) {
      text throws(ValueProblem) in
      let value = try readFigure(text)
      guard value >= least else {
        let bound = least == least.rounded() ? "\(Int(least))" : "\(least)"
        throw ValueProblem("\(text) is less than \(bound); use \(bound) or more")
      }
      return value
    }
  }
}

extension ValueReader where Value == Bool {
  /// `true` or `false`.
  package static var flag: ValueReader {
    ValueReader(wanted: "true or false", placeholder: false) { text throws(ValueProblem) in
      guard text == "true" || text == "false" else {
        throw ValueProblem("\(quoted(text)) is neither true nor false; write one of them")
      }
      return text == "true"
    }
  }
}

extension ValueReader where Value == String {
  /// Any text.
  package static var text: ValueReader {
    ValueReader(wanted: "a text", placeholder: "") { text throws(ValueProblem) in text }
  }

  /// A name that paths and options can carry: letters, digits, `-` and `_`.
  package static var name: ValueReader {
    ValueReader(wanted: "a name", placeholder: "") { text throws(ValueProblem) in
      let fits = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
      guard fits else {
        throw ValueProblem("\(quoted(text)) is not a name; use letters, digits, - and _ only")
      }
      return text
    }
  }
}

extension ValueReader {
  /// One of a few names; `first` stands in for a wrong one.
  package static func choice(_ first: Value, of all: [Value], name: @escaping (Value) -> String)
    -> ValueReader
  {
    let names = all.map(name)
    return ValueReader(wanted: "one of \(names.joined(separator: ", "))", placeholder: first) {
      text throws(ValueProblem) in
      guard let found = all.first(where: { name($0) == text }) else {
        throw ValueProblem("\(quoted(text)) is unknown; \(suggestion(for: text, among: names))")
      }
      return found
    }
  }
}

extension ValueReader where Value == String {
  /// One of a few names.
  package static func choice(_ first: String, of all: [String]) -> ValueReader {
    choice(first, of: all) { $0 }
  }
}

extension ValueReader where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
  /// One of the type's raw values.
  package static func choice(_ first: Value) -> ValueReader {
    choice(first, of: Array(Value.allCases)) { $0.rawValue }
  }
}
