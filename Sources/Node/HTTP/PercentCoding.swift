/// Percent-coding of URLs (RFC 3986, section 2.1).
///
/// Encoding keeps the unreserved characters (letters, digits, `-`, `.`, `_`, `~`) and nothing else
/// but, if asked, the slash; escapes are upper case. That is what AWS calls UriEncode.
public enum PercentCoding {
  /// The text with everything escaped that is not unreserved; `keepingSlash` for paths and keys.
  public static func encode(_ text: some StringProtocol, keepingSlash: Bool = false) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count + 16)
    encode(bytes: text.utf8, keepingSlash: keepingSlash, into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends bytes, escaped as by `encode`.
  static func encode(
    bytes: some Sequence<UInt8>, keepingSlash: Bool, into target: inout [UInt8]
  ) {
    for byte in bytes {
      if isUnreserved(byte) || (keepingSlash && byte == UInt8(ascii: "/")) {
        target.append(byte)
      } else {
        target.append(UInt8(ascii: "%"))
        target.append(upperHexDigit(byte &>> 4))
        target.append(upperHexDigit(byte & 15))
      }
    }
  }

  /// The text that was escaped; nil if an escape is broken or the bytes are not UTF-8.
  ///
  /// - Parameter plusIsSpace: As in queries of HTML forms, which S3 clients send.
  public static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
    decodeBytes(text.utf8, plusIsSpace: plusIsSpace).flatMap {
      String(validating: $0, as: UTF8.self)
    }
  }

  /// The bytes that were escaped; nil if an escape is broken.
  static func decodeBytes(
    _ text: some Collection<UInt8>, plusIsSpace: Bool = false
  ) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var iterator = text.makeIterator()
    while let byte = iterator.next() {
      if byte == UInt8(ascii: "%") {
        guard let high = iterator.next().flatMap(hexValue),
          let low = iterator.next().flatMap(hexValue)
        else { return nil }
        bytes.append(high &<< 4 | low)
      } else {
        bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return bytes
  }

  /// Names and values of a query in its order, both decoded, `+` being a space; a parameter without
  /// `=` has an empty value. Nil if an escape is broken or the bytes are not UTF-8.
  public static func parameters(
    ofQuery query: some StringProtocol
  ) -> [(name: String, value: String)]? {
    var parameters: [(name: String, value: String)] = []
    for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
      let equals = pair.firstIndex(of: UInt8(ascii: "="))
      let value = equals.map { pair[pair.index(after: $0)...] } ?? pair[pair.endIndex...]
      guard
        let nameBytes = decodeBytes(pair[..<(equals ?? pair.endIndex)], plusIsSpace: true),
        let valueBytes = decodeBytes(value, plusIsSpace: true),
        let name = String(validating: nameBytes, as: UTF8.self),
        let text = String(validating: valueBytes, as: UTF8.self)
      else { return nil }
      parameters.append((name, text))
    }
    return parameters
  }

  @inline(__always)
  static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  @inline(__always)
  private static func upperHexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }

  /// What a hexadecimal digit of either case stands for; nil for other bytes.
  @inline(__always)
  static func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
