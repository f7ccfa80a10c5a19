@testable internal import TarnNode

extension FuzzTarget {
  /// Percent-coding: decoding undoes encoding for all bytes, agrees with a naive decoder, and
  /// queries stay the same when they are written anew.
  static let percentCoding = FuzzTarget("percent-coding", longestInput: 256) { input in
    let bytes = input.rest()
    for keepingSlash in [false, true] {
      var encoded: [UInt8] = []
      PercentCoding.encode(bytes: bytes, keepingSlash: keepingSlash, into: &encoded)
      demand(encoded.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "an escaped text is not plain")
      demand(PercentCoding.decodeBytes(encoded) == bytes, "decoding does not undo encoding")
    }
    for plusIsSpace in [false, true] {
      demand(
        PercentCoding.decodeBytes(bytes, plusIsSpace: plusIsSpace)
          == naivelyDecoded(bytes, plusIsSpace: plusIsSpace),
        "a text is decoded in another way than is simple")
    }
    let text = String(decoding: bytes, as: UTF8.self)
    demand(PercentCoding.decode(PercentCoding.encode(text)) == text, "a text changes")
    guard let parameters = PercentCoding.parameters(ofQuery: text) else { return }
    let query = parameters.map {
      "\(PercentCoding.encode($0.name))=\(PercentCoding.encode($0.value))"
    }.joined(separator: "&")
    let again = PercentCoding.parameters(ofQuery: query) ?? []
    demand(
      again.elementsEqual(parameters) { areEqualBytes($0.name, $1.name) && $0.value == $1.value },
      "a query changes when it is written anew")
  }

  private static func naivelyDecoded(_ bytes: [UInt8], plusIsSpace: Bool) -> [UInt8]? {
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%") {
        let digits = bytes.dropFirst(index + 1).prefix(2)
        guard digits.count == 2, digits.allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
          let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
        else { return nil }
        decoded.append(byte)
        index += 3
      } else {
        decoded.append(plusIsSpace && bytes[index] == UInt8(ascii: "+") ? 0x20 : bytes[index])
        index += 1
      }
    }
    return decoded
  }
}

/// Whether two texts have the same bytes; `==` takes composed and decomposed letters for the same.
func areEqualBytes(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
