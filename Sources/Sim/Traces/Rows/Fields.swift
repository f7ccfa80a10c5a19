/// Walks over the fields of one line of text.
struct Fields {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ line: UnsafeRawBufferPointer) { bytes = line }

  /// The next run of bytes that are neither blank nor tab; nil at the end.
  mutating func word() -> UnsafeRawBufferPointer? {
    while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
    guard position < bytes.count else { return nil }
    let start = position
    while position < bytes.count, !Self.isBlank(bytes[position]) { position += 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
  }

  /// The next word as a whole number; nil if there is none, or if it is something else.
  mutating func number() -> UInt64? {
    guard let word = word() else { return nil }
    return Self.number(word)
  }

  /// Whether only blanks are left.
  mutating func isAtEnd() -> Bool { word() == nil }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// A whole number from 0 to 2^64 - 1, all of `text`.
  static func number(_ text: UnsafeRawBufferPointer) -> UInt64? {
    guard !text.isEmpty else { return nil }
    // 19 digits always fit.
    if text.count <= 19 {
      var value: UInt64 = 0
      for byte in text {
        let digit = byte &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        value = value &* 10 &+ UInt64(digit)
      }
      return value
    }
    var value: UInt64 = 0
    for byte in text {
      let digit = byte &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      guard !overflow, !carry else { return nil }
      value = sum
    }
    return value
  }

  /// A whole number from -2^63 to 2^64 - 1 as 64 bits; negative ones in two's complement.
  static func signedNumber(_ text: UnsafeRawBufferPointer) -> UInt64? {
    guard text.first == UInt8(ascii: "-") else { return number(text) }
    guard let value = number(UnsafeRawBufferPointer(rebasing: text[1...])),
      value <= 1 << 63
    else { return nil }
    return 0 &- value
  }

  /// A decimal number from 0, with a fraction or without, in `unit`ths: 1.5 in thousandths is
  /// 1500. Digits beyond the unit are dropped; nil if it is no such number or does not fit.
  /// `unit` is a power of ten.
  static func decimal(_ text: UnsafeRawBufferPointer, unit: UInt64) -> UInt64? {
    guard let point = text.firstIndex(of: UInt8(ascii: ".")) else {
      guard let whole = number(text) else { return nil }
      let (value, overflow) = whole.multipliedReportingOverflow(by: unit)
      return overflow ? nil : value
    }
    guard point > 0, let whole = number(UnsafeRawBufferPointer(rebasing: text[..<point])) else {
      return nil
    }
    var (value, overflow) = whole.multipliedReportingOverflow(by: unit)
    var weight = unit
    for byte in text[(point + 1)...] {
      let digit = byte &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      weight /= 10
      let (sum, carry) = value.addingReportingOverflow(UInt64(digit) * weight)
      overflow = overflow || carry
      value = sum
    }
    return overflow ? nil : value
  }
}
