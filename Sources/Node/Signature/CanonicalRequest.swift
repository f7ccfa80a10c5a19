internal import Crypto

/// A request in the one form that both ends of a signature hash.
///
/// AWS General Reference, "Create a signed AWS API request", steps 1 and 2, by S3's rules: the path
/// is escaped once and never normalised. What came escaped in another way than AWS's (lower-case
/// digits, letters that need no escape) is decoded and escaped anew.
struct CanonicalRequest {
  private var bytes: [UInt8] = []

  /// The form of a request.
  ///
  /// - Parameters:
  ///   - path: Escaped, as on the wire.
  ///   - query: Escaped, as on the wire, without its question mark.
  ///   - headers: All of the request's, or more than are signed.
  ///   - signedHeaders: Lower-case names in the order in which they are signed.
  ///   - payload: What `x-amz-content-sha256` says, or would say.
  ///
  /// Throws if the path or query has a broken escape, or a signed header is not there.
  init(
    method: String, path: some StringProtocol, query: some StringProtocol,
    headers: [(name: String, value: String)], signedHeaders: [String], payload: String
  ) throws(SigV4Error) {
    bytes.reserveCapacity(512)
    bytes.append(contentsOf: method.utf8)
    bytes.append(CanonicalRequest.newline)
    try appendPath(path)
    bytes.append(CanonicalRequest.newline)
    try appendQuery(query)
    bytes.append(CanonicalRequest.newline)
    for name in signedHeaders { try appendHeader(name, of: headers) }
    bytes.append(CanonicalRequest.newline)
    for (index, name) in signedHeaders.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ";")) }
      bytes.append(contentsOf: name.utf8)
    }
    bytes.append(CanonicalRequest.newline)
    bytes.append(contentsOf: payload.utf8)
  }

  /// The form as text, for error messages and tests.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The string to sign: algorithm, time (`20130524T000000Z`), scope and the form's hash.
  func stringToSign(timestamp: String, scope: SigV4Scope) -> [UInt8] {
    var text = Array("AWS4-HMAC-SHA256\n\(timestamp)\n\(scope.text)\n".utf8)
    SHA256.hash(data: bytes).withUnsafeBytes { Hexadecimal.append($0, to: &text) }
    return text
  }

  private static let newline = UInt8(ascii: "\n")

  private mutating func appendPath(_ path: some StringProtocol) throws(SigV4Error) {
    guard !path.utf8.isEmpty else {
      bytes.append(UInt8(ascii: "/"))
      return
    }
    guard let decoded = PercentCoding.decodeBytes(path.utf8) else { throw .malformedTarget }
    PercentCoding.encode(bytes: decoded, keepingSlash: true, into: &bytes)
  }

  /// Parameters escaped and sorted; the signature itself is none of them.
  private mutating func appendQuery(_ query: some StringProtocol) throws(SigV4Error) {
    guard !query.utf8.isEmpty else { return }
    var parameters: [(name: [UInt8], value: [UInt8])] = []
    for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
      let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
      let name = try CanonicalRequest.escaped(pair[..<equals])
      guard !name.elementsEqual("X-Amz-Signature".utf8) else { continue }
      parameters.append((name, try CanonicalRequest.escaped(pair[equals...].dropFirst())))
    }
    parameters.sort { left, right in
      left.name == right.name
        ? left.value.lexicographicallyPrecedes(right.value)
        : left.name.lexicographicallyPrecedes(right.name)
    }
    for (index, parameter) in parameters.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: "&")) }
      bytes.append(contentsOf: parameter.name)
      bytes.append(UInt8(ascii: "="))
      bytes.append(contentsOf: parameter.value)
    }
  }

  private static func escaped(_ text: some Collection<UInt8>) throws(SigV4Error) -> [UInt8] {
    guard let decoded = PercentCoding.decodeBytes(text, plusIsSpace: true) else {
      throw .malformedTarget
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(decoded.count + 8)
    PercentCoding.encode(bytes: decoded, keepingSlash: false, into: &bytes)
    return bytes
  }

  /// `name:value,value` with blanks trimmed, and runs of them made one.
  private mutating func appendHeader(
    _ name: String, of headers: [(name: String, value: String)]
  ) throws(SigV4Error) {
    bytes.append(contentsOf: name.utf8)
    bytes.append(UInt8(ascii: ":"))
    var isFirst = true
    for header in headers where areSameHeader(header.name, name) {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      appendTrimmed(header.value)
    }
    guard !isFirst else { throw .malformedHeader("the signed header \(name) is missing") }
    bytes.append(CanonicalRequest.newline)
  }

  private mutating func appendTrimmed(_ value: String) {
    var isBlankPending = false
    var isStarted = false
    for byte in value.utf8 {
      if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
        isBlankPending = isStarted
      } else {
        if isBlankPending { bytes.append(UInt8(ascii: " ")) }
        isBlankPending = false
        isStarted = true
        bytes.append(byte)
      }
    }
  }
}

/// Whether two header names are the same but for case.
@inline(__always)
func areSameHeader(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
  left.utf8.count == right.utf8.count
    && left.utf8.elementsEqual(right.utf8) { asciiLower($0) == asciiLower($1) }
}

/// A byte with ASCII capitals made small.
@inline(__always)
func asciiLower(_ byte: UInt8) -> UInt8 {
  byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}
