/// Digests as hexadecimal text, and comparison that does not tell how far it came.
enum Hexadecimal {
  /// Two lower-case digits for each byte.
  static func lower(_ bytes: some Sequence<UInt8>) -> String {
    var digits: [UInt8] = []
    digits.reserveCapacity(64)
    append(bytes, to: &digits)
    return String(decoding: digits, as: UTF8.self)
  }

  /// Appends two lower-case digits for each byte.
  static func append(_ bytes: some Sequence<UInt8>, to digits: inout [UInt8]) {
    for byte in bytes {
      digits.append(lowerDigit(byte &>> 4))
      digits.append(lowerDigit(byte & 15))
    }
  }

  /// The bytes of an even number of digits of either case; nil for anything else.
  static func bytes(_ digits: some StringProtocol) -> [UInt8]? {
    guard digits.utf8.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in digits.utf8 {
      guard let value = PercentCoding.hexValue(digit) else { return nil }
      if let first = high {
        bytes.append(first &<< 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return bytes
  }

  @inline(__always)
  private static func lowerDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}

/// Whether two secrets are equal, in a time that depends on their lengths alone.
func areEqualInConstantTime(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
  guard left.utf8.count == right.utf8.count else { return false }
  var difference: UInt8 = 0
  for (first, second) in zip(left.utf8, right.utf8) { difference |= first ^ second }
  return difference == 0
}
