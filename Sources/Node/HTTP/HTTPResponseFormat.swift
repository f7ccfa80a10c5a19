internal import Glibc
internal import NIOCore

/// How a response's body is delimited and what becomes of the connection.
struct HTTPResponseShape {
  enum Body {
    /// No header says a length: 204, 304 and 1xx.
    case none
    case length(UInt64)
    case chunked
    /// Up to the end of the connection: HTTP/1.0.
    case untilClose
  }
  var body: Body
  /// Sends `Connection: close`.
  var closes: Bool
  /// Sends `Connection: keep-alive`, for HTTP/1.0.
  var keepsAlive: Bool
}

/// Writes heads of responses.
enum HTTPResponseFormat {
  /// Appends status line and headers.
  static func append(
    _ head: HTTPResponseHead, _ shape: HTTPResponseShape, date: HTTPDateLine,
    to buffer: inout ByteBuffer
  ) {
    precondition((100...599).contains(head.status), "a status has three digits")
    var most = 384
    for (name, value) in head.headers { most += name.utf8.count + value.utf8.count + 4 }
    if let lines = head.lines { most += lines.bytes.count }
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { space in
      var cursor = HeadCursor(space)
      cursor.append("HTTP/1.1 ")
      cursor.append(decimal: UInt64(head.status))
      cursor.append(" ")
      cursor.append(reason(head.status))
      cursor.append("\r\nServer: tarn\r\n")
      cursor.append(bytes: date.bytes)
      cursor.append(headers: head.headers)
      if let lastModified = head.lastModified { cursor.append(lastModified: lastModified) }
      if let range = head.contentRange { cursor.append(range.bytes, of: range.size) }
      if let lines = head.lines { cursor.append(bytes: lines.bytes) }
      switch shape.body {
      case .none, .untilClose: break
      case .length(let length):
        cursor.append("Content-Length: ")
        cursor.append(decimal: length)
        cursor.append("\r\n")
      case .chunked: cursor.append("Transfer-Encoding: chunked\r\n")
      }
      if shape.closes { cursor.append("Connection: close\r\n") }
      if shape.keepsAlive { cursor.append("Connection: keep-alive\r\n") }
      cursor.append("\r\n")
      return cursor.count
    }
  }

  /// The phrase of a status (RFC 9110, section 15).
  static func reason(_ status: Int) -> StaticString {
    switch status {
    case 100: "Continue"
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 206: "Partial Content"
    case 304: "Not Modified"
    case 307: "Temporary Redirect"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 411: "Length Required"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 416: "Range Not Satisfiable"
    case 417: "Expectation Failed"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    default: "Status"
    }
  }
}

/// Header lines that were written once and are sent with many responses.
public final class HTTPFieldLines: Sendable {
  /// Lines with their ends.
  let bytes: [UInt8]

  /// Control bytes in names and values become spaces, as in every head.
  public init(_ headers: [(name: String, value: String)], lastModified: Int64? = nil) {
    var most = 64
    for (name, value) in headers { most += name.utf8.count + value.utf8.count + 4 }
    bytes = Array(unsafeUninitializedCapacity: most) { space, count in
      var cursor = HeadCursor(UnsafeMutableRawBufferPointer(space))
      cursor.append(headers: headers)
      if let lastModified { cursor.append(lastModified: lastModified) }
      count = cursor.count
    }
  }
}

/// Writes a head into memory that is known to be large enough.
private struct HeadCursor {
  private let space: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init(_ space: UnsafeMutableRawBufferPointer) { self.space = space }

  @inline(__always)
  private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count <= space.count &- count, "a head fits in its buffer")
    UnsafeMutableRawBufferPointer(rebasing: space[count...]).copyMemory(from: bytes)
    count &+= bytes.count
  }

  @inline(__always)
  mutating func append(_ literal: StaticString) {
    copy(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  mutating func append(bytes: [UInt8]) { bytes.withUnsafeBytes { copy($0) } }

  mutating func append(headers: [(name: String, value: String)]) {
    for (name, value) in headers {
      append(text: name)
      append(": ")
      append(text: value)
      append("\r\n")
    }
  }

  mutating func append(lastModified: Int64) {
    append("Last-Modified: ")
    append(date: lastModified)
    append("\r\n")
  }

  mutating func append(_ range: Range<UInt64>, of size: UInt64) {
    precondition(!range.isEmpty, "a part of an object has bytes")
    append("Content-Range: bytes ")
    append(decimal: range.lowerBound)
    append("-")
    append(decimal: range.upperBound - 1)
    append("/")
    append(decimal: size)
    append("\r\n")
  }

  mutating func append(decimal number: UInt64) {
    var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
    withUnsafeMutableBytes(of: &digits) { digits in
      var start = digits.count
      var number = number
      repeat {
        start &-= 1
        digits[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number % 10)
        number /= 10
      } while number > 0
      copy(UnsafeRawBufferPointer(rebasing: digits[start...]))
    }
  }

  /// Text of who knows whom: control bytes become spaces.
  mutating func append(text: String) {
    let start = count
    var text = text
    text.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    var end = start
    while end < count {
      let rest = UnsafeRawBufferPointer(rebasing: space[end..<count])
      guard let place = HTTPSyntax.firstControlByte(in: rest) else { return }
      space[end &+ place] = HTTPSyntax.space
      end &+= place &+ 1
    }
  }

  mutating func append(date seconds: Int64) {
    precondition(space.count &- count >= HTTPDateLine.length, "a head fits in its buffer")
    HTTPDateLine.write(seconds, to: UnsafeMutableRawBufferPointer(rebasing: space[count...]))
    count &+= HTTPDateLine.length
  }
}
