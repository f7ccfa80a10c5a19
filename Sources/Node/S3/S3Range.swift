/// A Range header (RFC 9110, section 14.2) as S3 takes it: one range of bytes. What is malformed, or
/// asks for several ranges, is as if it were not there.
enum S3Range: Equatable {
  /// From the first to the last byte, which may lie beyond the object.
  case fromTo(UInt64, UInt64)
  /// So many last bytes.
  case last(UInt64)

  init?(_ text: String) {
    var bytes = Substring(text.trimmingBlanks).utf8
    guard bytes.prefix(6).elementsEqual("bytes=".utf8, by: { asciiLower($0) == $1 }) else {
      return nil
    }
    bytes = bytes.dropFirst(6)
    guard let dash = bytes.firstIndex(of: UInt8(ascii: "-")) else { return nil }
    let (first, last) = (bytes[..<dash], bytes[bytes.index(after: dash)...])
    switch (S3Range.number(first), S3Range.number(last)) {
    case (let first?, let last?) where first <= last: self = .fromTo(first, last)
    case (let first?, nil) where last.isEmpty: self = .fromTo(first, .max)
    case (nil, let count?) where first.isEmpty: self = .last(count)
    default: return nil
    }
  }

  /// The bytes of an object of `size` bytes; nil if there are none.
  func bytes(ofSize size: UInt64) -> Range<UInt64>? {
    switch self {
    case .fromTo(let first, let last):
      guard first < size else { return nil }
      return first..<(min(last, size - 1) + 1)
    case .last(let count):
      guard count > 0, size > 0 else { return nil }
      return (size - min(count, size))..<size
    }
  }

  /// Digits; what is too large counts as the largest number.
  private static func number(_ digits: Substring.UTF8View) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var number: UInt64 = 0
    for byte in digits {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
      number = overflow || carry ? .max : sum
    }
    return number
  }
}
