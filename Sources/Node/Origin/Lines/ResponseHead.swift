/// A store's status line and fields (RFC 9112, sections 4 to 6), and how its body is delimited.
struct ResponseHead: Equatable, Sendable {
  enum Framing: Equatable, Sendable {
    case length(UInt64)
    case chunked
    /// The body ends with the connection.
    case toTheEnd
  }
  struct Field: Equatable, Sendable {
    var name: String
    var value: String
  }

  var status = 0
  /// In their order, names as sent.
  var fields: [Field] = []
  var framing = Framing.toTheEnd
  /// The connection may serve another request behind a body whose end is known.
  var keepsConnection = true

  /// Bytes that a head may have.
  static let longest = 64 << 10

  /// Whether responses of this status never have a body (RFC 9112, section 6.3).
  var isWithoutBody: Bool { status < 200 || status == 204 || status == 304 }

  // MARK: Parsing

  /// Bytes up to the end of the empty line behind a head; nil if that has not come.
  ///
  /// - Parameter scanned: how many bytes were looked at before, without success.
  static func length(in bytes: UnsafeRawBufferPointer, scanned: Int) throws(ResponseFault) -> Int? {
    var index = max(0, scanned - 3)
    while index + 4 <= bytes.count {
      // From the last of four bytes: most steps are four bytes wide.
      switch bytes[index + 3] {
      case HTTPSyntax.lineFeed:
        if isEnd(bytes, index) { return index + 4 }
        index += 2
      case HTTPSyntax.carriageReturn: index += 1
      default: index += 4
      }
    }
    guard bytes.count < longest else { throw .headTooLong }
    return nil
  }

  private static func isEnd(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Bool {
    bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self) == 0x0A0D_0A0D
  }

  /// The head that is all of `bytes`, its empty line included.
  init(parsing bytes: UnsafeRawBufferPointer) throws(ResponseFault) {
    guard bytes.count <= ResponseHead.longest else { throw .headTooLong }
    var start = 0
    var isFirst = true
    var body = BodyFields()
    while start < bytes.count - 2 {
      guard let end = bytes[start...].firstIndex(of: HTTPSyntax.lineFeed), end > start,
        bytes[end - 1] == HTTPSyntax.carriageReturn
      else { throw .malformedLine }
      let line = UnsafeRawBufferPointer(rebasing: bytes[start..<(end - 1)])
      guard HTTPSyntax.firstControlByte(in: line) == nil else { throw .controlByte }
      if isFirst { try readStatus(line) } else { try readField(line, &body) }
      isFirst = false
      start = end + 1
    }
    guard !isFirst, bytes.count >= 2, start == bytes.count - 2,
      bytes[start] == HTTPSyntax.carriageReturn, bytes[start + 1] == HTTPSyntax.lineFeed
    else { throw .malformedLine }
    if body.saysClose { keepsConnection = false }
    if body.saysKeepAlive, !body.saysClose { keepsConnection = true }
    framing = try body.framing()
  }

  /// `HTTP/1.1 200 OK`; the reason may be missing, and the blank before it.
  private mutating func readStatus(_ line: UnsafeRawBufferPointer) throws(ResponseFault) {
    guard line.count >= 12, HTTPSyntax.isEqual(line, 0..<7, "HTTP/1."),
      line[7] == UInt8(ascii: "0") || line[7] == UInt8(ascii: "1"), line[8] == HTTPSyntax.space,
      line.count == 12 || line[12] == HTTPSyntax.space
    else { throw .malformedStatus }
    for byte in line[9..<12] {
      let digit = byte &- UInt8(ascii: "0")
      guard digit < 10 else { throw .malformedStatus }
      status = status * 10 + Int(digit)
    }
    guard status >= 100 else { throw .malformedStatus }
    // HTTP/1.0 closes unless it says otherwise.
    keepsConnection = line[7] == UInt8(ascii: "1")
  }

  private mutating func readField(
    _ line: UnsafeRawBufferPointer, _ body: inout BodyFields
  ) throws(ResponseFault) {
    var colon = 0
    while colon < line.count, HTTPSyntax.isToken(line[colon]) { colon += 1 }
    // A blank before the colon, or at the start of a folded line, makes it ambiguous whose value it is.
    guard colon > 0, colon < line.count, line[colon] == HTTPSyntax.colon else {
      throw .malformedLine
    }
    let value = UnsafeRawBufferPointer(
      rebasing: line[HTTPSyntax.trimmed(line, (colon + 1)..<line.count)])
    try body.note(UnsafeRawBufferPointer(rebasing: line[..<colon]), value)
    fields.append(
      Field(
        name: String(decoding: line[..<colon], as: UTF8.self),
        value: String(decoding: value, as: UTF8.self)))
  }
}

/// A store's answer is not HTTP/1.1 that can be read in one way only.
enum ResponseFault: Error, Equatable {
  case malformedStatus, malformedLine, controlByte, headTooLong
  case contentLength, transferEncoding
}

/// What the fields say about the message itself.
private struct BodyFields {
  var saysClose = false
  var saysKeepAlive = false
  private var length: UInt64?
  private var isChunked = false

  mutating func note(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
  ) throws(ResponseFault) {
    switch name.count {
    case 10 where HTTPSyntax.isSame(name, "connection"):
      for option in value.split(separator: UInt8(ascii: ",")) {
        let range = HTTPSyntax.trimmed(value, option.startIndex..<option.endIndex)
        let word = UnsafeRawBufferPointer(rebasing: value[range])
        if HTTPSyntax.isSame(word, "close") { saysClose = true }
        if HTTPSyntax.isSame(word, "keep-alive") { saysKeepAlive = true }
      }
    case 14 where HTTPSyntax.isSame(name, "content-length"): try noteLength(value)
    case 17 where HTTPSyntax.isSame(name, "transfer-encoding"):
      guard !isChunked, HTTPSyntax.isSame(value, "chunked") else { throw .transferEncoding }
      isChunked = true
    default: break
    }
  }

  private mutating func noteLength(_ value: UnsafeRawBufferPointer) throws(ResponseFault) {
    guard length == nil, !value.isEmpty, value.count <= 18 else { throw .contentLength }
    var sum: UInt64 = 0
    for byte in value {
      let digit = byte &- UInt8(ascii: "0")
      guard digit < 10 else { throw .contentLength }
      sum = sum * 10 + UInt64(digit)
    }
    length = sum
  }

  func framing() throws(ResponseFault) -> ResponseHead.Framing {
    guard isChunked else { return length.map { .length($0) } ?? .toTheEnd }
    guard length == nil else { throw .transferEncoding }
    return .chunked
  }
}
