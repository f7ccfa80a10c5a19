internal import Glibc
internal import NIOCore

/// How a request's body is delimited.
enum HTTPFraming: Equatable, Sendable {
  case none
  case length(UInt64)
  case chunked
}

/// Reads a request's head (RFC 9112, sections 2 to 6) from bytes that may come in any pieces.
///
/// Every line is read once, when its end has come, so the outcome does not depend on the pieces.
struct HTTPHeadParser {
  enum Step: Equatable {
    /// The head goes on behind these bytes.
    case needMore
    /// So many bytes are the head.
    case complete(Int)
    case failed(HTTPFault)
  }

  private enum Place { case beforeLine, fields }

  private(set) var line = HTTPRequestHead.Line()
  private(set) var fields: [HTTPRequestHead.Field] = []
  private(set) var framing = HTTPFraming.none
  /// The client says `Connection: close`, or `keep-alive`.
  private(set) var saysClose = false
  private(set) var saysKeepAlive = false
  /// The client waits for "100 Continue".
  private(set) var expectsContinue = false
  private var marks: UInt64 = 0
  private var hosts = 0
  private var place = Place.beforeLine
  /// Where the next line starts, and up to where no line end was found in it.
  private var lineStart = 0
  private var scanned = 0
  private var fieldsStart = 0

  init() {}

  /// Makes ready for the next head; keeps the memory.
  mutating func reset() {
    line = HTTPRequestHead.Line()
    fields.removeAll(keepingCapacity: true)
    framing = .none
    (saysClose, saysKeepAlive, expectsContinue) = (false, false, false)
    (marks, hosts, place) = (0, 0, .beforeLine)
    (lineStart, scanned, fieldsStart) = (0, 0, 0)
  }

  /// The head, from the buffer whose bytes were read.
  func head(of bytes: ByteBuffer) -> HTTPRequestHead {
    HTTPRequestHead(bytes: bytes, line: line, fields: fields, marks: marks)
  }

  /// Reads on. `bytes` are those of the last call and what came behind them.
  mutating func parse(_ bytes: UnsafeRawBufferPointer, limits: HTTPLimits) -> Step {
    while true {
      guard let end = lineFeed(in: bytes) else {
        if let fault = faultOfOpenLine(bytes, end: bytes.count, limits) { return .failed(fault) }
        scanned = bytes.count
        return .needMore
      }
      guard end > lineStart, bytes[end &- 1] == HTTPSyntax.carriageReturn else {
        return .failed(faultOfOpenLine(bytes, end: end &+ 1, limits) ?? .bareLineFeed)
      }
      let range = lineStart..<(end &- 1)
      lineStart = end &+ 1
      scanned = lineStart
      switch place {
      case .beforeLine:
        // Empty lines before a request are skipped (section 2.2), but not for ever.
        if range.isEmpty {
          guard range.lowerBound < 8 else { return .failed(.malformedRequestLine) }
          continue
        }
        if let fault = readRequestLine(bytes, range, limits) { return .failed(fault) }
        place = .fields
        fieldsStart = lineStart
      case .fields:
        guard lineStart &- fieldsStart <= limits.fieldBytes else { return .failed(.fieldsTooLarge) }
        if range.isEmpty {
          if let fault = faultOfWhole() { return .failed(fault) }
          return .complete(lineStart)
        }
        if let fault = readField(bytes, range, limits) { return .failed(fault) }
      }
    }
  }

  @inline(__always)
  private func lineFeed(in bytes: UnsafeRawBufferPointer) -> Int? {
    guard scanned < bytes.count, let base = bytes.baseAddress,
      let found = memchr(base + scanned, CInt(HTTPSyntax.lineFeed), bytes.count &- scanned)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  /// A line without its right end can be too long all the same.
  private func faultOfOpenLine(
    _ bytes: UnsafeRawBufferPointer, end: Int, _ limits: HTTPLimits
  ) -> HTTPFault? {
    switch place {
    // One more byte may be the line end's first.
    case .beforeLine: end &- lineStart > limits.requestLineBytes &+ 1 ? .requestLineTooLong : nil
    case .fields: end &- fieldsStart > limits.fieldBytes ? .fieldsTooLarge : nil
    }
  }

  // MARK: The request line

  private mutating func readRequestLine(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ limits: HTTPLimits
  ) -> HTTPFault? {
    guard range.count <= limits.requestLineBytes else { return .requestLineTooLong }
    if let fault = faultOfBytes(bytes, range) { return fault }
    var end = range.lowerBound
    while end < range.upperBound, HTTPSyntax.isToken(bytes[end]) { end &+= 1 }
    line.methodRange = range.lowerBound..<end
    guard !line.methodRange.isEmpty, end < range.upperBound, bytes[end] == HTTPSyntax.space else {
      return .malformedRequestLine
    }
    line.method = HTTPHeadParser.method(UnsafeRawBufferPointer(rebasing: bytes[line.methodRange]))
    let target = end &+ 1
    end = target
    while end < range.upperBound, bytes[end] > HTTPSyntax.space { end &+= 1 }
    guard end > target, end < range.upperBound, bytes[end] == HTTPSyntax.space else {
      return .malformedRequestLine
    }
    if let fault = readVersion(
      UnsafeRawBufferPointer(rebasing: bytes[(end &+ 1)..<range.upperBound]))
    {
      return fault
    }
    return readTarget(bytes, target..<end)
  }

  private mutating func readVersion(_ bytes: UnsafeRawBufferPointer) -> HTTPFault? {
    func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
    guard bytes.count == 8, HTTPSyntax.isEqual(bytes, 0..<5, "HTTP/"), isDigit(bytes[5]),
      bytes[6] == UInt8(ascii: "."), isDigit(bytes[7])
    else { return .malformedRequestLine }
    guard bytes[5] == UInt8(ascii: "1") else { return .unsupportedVersion }
    line.isHTTP10 = bytes[7] == UInt8(ascii: "0")
    return nil
  }

  /// Origin form, absolute form, or the asterisk of OPTIONS (RFC 9112, section 3.2).
  private mutating func readTarget(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
  ) -> HTTPFault? {
    line.target = range
    if bytes[range.lowerBound] == UInt8(ascii: "/") { return nil }
    if range.count == 1, bytes[range.lowerBound] == UInt8(ascii: "*"), line.method == .options {
      return nil
    }
    for scheme: StaticString in ["http://", "https://"] {
      let start = range.lowerBound + scheme.utf8CodeUnitCount
      guard start < range.upperBound,
        HTTPSyntax.isSame(UnsafeRawBufferPointer(rebasing: bytes[range.lowerBound..<start]), scheme)
      else { continue }
      var end = start
      while end < range.upperBound, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?")
      {
        end += 1
      }
      // Without a path there is no slash to give to handlers, so such targets are refused.
      guard end > start, end < range.upperBound, bytes[end] == UInt8(ascii: "/") else { break }
      line.authority = start..<end
      line.target = end..<range.upperBound
      return nil
    }
    return .malformedRequestLine
  }

  private static func method(_ bytes: UnsafeRawBufferPointer) -> HTTPVerb {
    func isWord(_ word: StaticString) -> Bool {
      HTTPSyntax.isEqual(bytes, 0..<bytes.count, word)
    }
    if isWord("GET") { return .get }
    if isWord("HEAD") { return .head }
    if isWord("PUT") { return .put }
    if isWord("POST") { return .post }
    if isWord("DELETE") { return .delete }
    return isWord("OPTIONS") ? .options : .other
  }

  // MARK: Fields

  private mutating func readField(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ limits: HTTPLimits
  ) -> HTTPFault? {
    guard fields.count < limits.fieldCount else { return .tooManyFields }
    let first = bytes[range.lowerBound]
    guard first != HTTPSyntax.space, first != HTTPSyntax.tab else { return .foldedField }
    var colon = range.lowerBound
    while colon < range.upperBound, HTTPSyntax.isToken(bytes[colon]) { colon &+= 1 }
    guard colon > range.lowerBound, colon < range.upperBound, bytes[colon] == HTTPSyntax.colon
    else {
      return faultOfBytes(bytes, range) ?? .malformedFieldName
    }
    let value = HTTPSyntax.trimmed(bytes, (colon &+ 1)..<range.upperBound)
    if let fault = faultOfBytes(bytes, value) { return fault }
    fields.append(
      HTTPRequestHead.Field(
        nameStart: UInt16(range.lowerBound), nameEnd: UInt16(colon),
        valueStart: UInt16(value.lowerBound), valueEnd: UInt16(value.upperBound)))
    let name = UnsafeRawBufferPointer(rebasing: bytes[range.lowerBound..<colon])
    marks |= HTTPRequestHead.mark(name)
    return note(name, UnsafeRawBufferPointer(rebasing: bytes[value]))
  }

  private func faultOfBytes(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> HTTPFault? {
    let part = UnsafeRawBufferPointer(rebasing: bytes[range])
    guard let place = HTTPSyntax.firstControlByte(in: part) else { return nil }
    return part[place] == HTTPSyntax.carriageReturn ? .bareCarriageReturn : .controlByte
  }

  /// Takes in what a field says about the message itself.
  @inline(__always)
  private mutating func note(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
  ) -> HTTPFault? {
    switch name.count {
    case 4 where HTTPSyntax.isSame(name, "host"): hosts &+= 1
    case 6 where HTTPSyntax.isSame(name, "expect"):
      guard HTTPSyntax.isSame(value, "100-continue") else { return .unsupportedExpectation }
      expectsContinue = true
    case 10 where HTTPSyntax.isSame(name, "connection"): noteConnection(value)
    case 14 where HTTPSyntax.isSame(name, "content-length"): return noteLength(value)
    case 17 where HTTPSyntax.isSame(name, "transfer-encoding"):
      guard framing != .chunked else { return .unsupportedTransferEncoding }
      guard framing == .none else { return .lengthAndTransferEncoding }
      guard HTTPSyntax.isSame(value, "chunked") else { return .unsupportedTransferEncoding }
      framing = .chunked
    default: break
    }
    return nil
  }

  private mutating func noteLength(_ value: UnsafeRawBufferPointer) -> HTTPFault? {
    switch framing {
    case .chunked: return .lengthAndTransferEncoding
    case .length: return .severalContentLengths
    case .none: break
    }
    guard !value.isEmpty, value.count <= 18 else { return .malformedContentLength }
    var length: UInt64 = 0
    for byte in value {
      let digit = byte &- UInt8(ascii: "0")
      guard digit < 10 else { return .malformedContentLength }
      length = length &* 10 &+ UInt64(digit)
    }
    framing = .length(length)
    return nil
  }

  private mutating func noteConnection(_ value: UnsafeRawBufferPointer) {
    var start = 0
    while start <= value.count {
      var end = start
      while end < value.count, value[end] != UInt8(ascii: ",") { end &+= 1 }
      let option = UnsafeRawBufferPointer(rebasing: value[HTTPSyntax.trimmed(value, start..<end)])
      if HTTPSyntax.isSame(option, "close") { saysClose = true }
      if HTTPSyntax.isSame(option, "keep-alive") { saysKeepAlive = true }
      start = end &+ 1
    }
  }

  private func faultOfWhole() -> HTTPFault? {
    if hosts > 1 { return .severalHosts }
    if line.isHTTP10 { return framing == .chunked ? .transferEncodingInHTTP10 : nil }
    return hosts == 0 ? .missingHost : nil
  }
}
