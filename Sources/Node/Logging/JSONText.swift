/// Strings in JSON (RFC 8259).
enum JSONText {
  /// Appends `string` in quotes. Only quotes, backslashes and control characters are escaped.
  static func append(_ string: String, to text: inout String) {
    text += "\""
    if string.utf8.contains(where: isSpecial) {
      for scalar in string.unicodeScalars { append(scalar, to: &text) }
    } else {
      text += string
    }
    text += "\""
  }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F
  }

  private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
    switch scalar {
    case "\"": text += "\\\""
    case "\\": text += "\\\\"
    case "\n": text += "\\n"
    case "\r": text += "\\r"
    case "\t": text += "\\t"
    default:
      guard scalar.value < 0x20 || scalar.value == 0x7F else {
        return text.unicodeScalars.append(scalar)
      }
      let digits = String(scalar.value, radix: 16)
      text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
  }
}
