/// Walks over one line of JSON (RFC 8259) without building anything from it.
///
/// It knows just what trace readers need: flat objects of whole numbers and arrays of them, and how
/// to step over every other value.
struct JSONScanner {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Whether nothing but white space is left.
  mutating func isAtEnd() -> Bool {
    skipSpace()
    return position == bytes.count
  }

  /// Steps over `character`, after white space; false if something else is there.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// A string without its quotes, escapes left as they are; nil if none is there.
  mutating func string() -> UnsafeRawBufferPointer? {
    guard take("\"") else { return nil }
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        defer { position += 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
      case UInt8(ascii: "\\"): position += 2
      case 0..<0x20: return nil
      default: position += 1
      }
    }
    return nil
  }

  /// A whole number from 0 to 2^64 - 1; nil if none is there, or one with a fraction.
  mutating func wholeNumber() -> UInt64? {
    skipSpace()
    let start = position
    var value: UInt64 = 0
    while position < bytes.count {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      guard !overflow, !carry else { return nil }
      value = sum
      position += 1
    }
    guard position > start else { return nil }
    if position < bytes.count {
      let next = bytes[position]
      if next == UInt8(ascii: ".") || next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
        return nil
      }
    }
    return value
  }

  /// A number from 0, with a fraction or without, in `unit`ths, see `Fields.decimal`; nil if none
  /// is there, or one with an exponent.
  mutating func decimal(unit: UInt64) -> UInt64? {
    skipSpace()
    let start = position
    guard skipWord() else { return nil }
    return Fields.decimal(UnsafeRawBufferPointer(rebasing: bytes[start..<position]), unit: unit)
  }

  /// Steps over one value of any kind; false if none is there. `depth` bounds the nesting.
  mutating func skipValue(depth: Int = 0) -> Bool {
    skipSpace()
    guard position < bytes.count, depth < 32 else { return false }
    switch bytes[position] {
    case UInt8(ascii: "\""): return string() != nil
    case UInt8(ascii: "{"): return skipItems(until: "}", named: true, depth: depth)
    case UInt8(ascii: "["): return skipItems(until: "]", named: false, depth: depth)
    default: return skipWord()
    }
  }

  private mutating func skipItems(
    until end: Unicode.Scalar, named: Bool, depth: Int
  ) -> Bool {
    position += 1
    if take(end) { return true }
    repeat {
      if named { guard string() != nil, take(":") else { return false } }
      guard skipValue(depth: depth + 1) else { return false }
    } while take(",")
    return take(end)
  }

  /// A number, true, false or null.
  private mutating func skipWord() -> Bool {
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "E"):
        position += 1
      default: return position > start
      }
    }
    return position > start
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }
}
