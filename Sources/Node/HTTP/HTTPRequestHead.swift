internal import NIOCore

/// What a request asks for, as far as handlers care.
public enum HTTPVerb: UInt8, Sendable {
  case get, head, put, post, delete, options, other
}

/// A request's line and headers as they came.
///
/// Holds the bytes once, as the socket gave them, and where each part lies in them; text is made of
/// them when it is asked for.
public struct HTTPRequestHead: Sendable {
  /// Where a field's name and value lie. A head is shorter than 64 KiB.
  struct Field: Sendable {
    var nameStart: UInt16
    var nameEnd: UInt16
    var valueStart: UInt16
    var valueEnd: UInt16

    @inline(__always) var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
    @inline(__always) var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
  }

  /// The request line's parts.
  struct Line: Sendable {
    var method = HTTPVerb.other
    var methodRange = 0..<0
    /// Path and query.
    var target = 0..<0
    /// The host of a target in absolute form; empty in other forms.
    var authority = 0..<0
    var isHTTP10 = false
  }

  let bytes: ByteBuffer
  let line: Line
  let fields: [Field]
  /// One bit for each name's `mark`: says quickly that a header is not there.
  let marks: UInt64

  init(bytes: ByteBuffer, line: Line, fields: [Field], marks: UInt64) {
    self.bytes = bytes
    self.line = line
    self.fields = fields
    self.marks = marks
  }

  /// A head of these parts, which must be such as could have come over a connection.
  public init(
    method: String, target: String, headers: [(name: String, value: String)] = [],
    isHTTP10: Bool = false
  ) {
    var text = "\(method) \(target) HTTP/1.\(isHTTP10 ? 0 : 1)\r\n"
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    let buffer = ByteBuffer(string: text + "\r\n")
    var parser = HTTPHeadParser()
    let step = buffer.withUnsafeReadableBytes { parser.parse($0, limits: HTTPLimits()) }
    switch step {
    case .complete: break
    // Whoever makes a head by hand may leave out the host.
    case .failed(.missingHost): break
    default: preconditionFailure("no head of a request: \(text)")
    }
    self = parser.head(of: buffer)
  }

  public var method: String { text(line.methodRange) }
  /// The method as far as it is a common one.
  public var verb: HTTPVerb { line.method }
  /// Path and query exactly as sent, percent-escapes included; without the scheme and host of an
  /// absolute form.
  public var target: String { text(line.target) }
  /// HTTP/1.0 has no keep-alive by default and no chunks.
  public var isHTTP10: Bool { line.isHTTP10 }

  /// The host that is asked: of the target if it has one (RFC 9112, section 3.2.2), else the Host
  /// header's; port included.
  public var host: String? {
    line.authority.isEmpty ? header("host") : text(line.authority)
  }

  /// Names as sent, in their order; look-ups ignore case.
  public var headers: [(name: String, value: String)] {
    fields.map { (text($0.name), text($0.value)) }
  }

  /// The target without its query.
  public var path: Substring {
    let target = target
    return target[..<(target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex)]
  }

  /// The query without its question mark; empty if there is none.
  public var query: Substring {
    let target = target
    guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return "" }
    return target[target.utf8.index(after: mark)...]
  }

  /// The value of the first header of this name, whatever its case.
  public func header(_ name: String) -> String? {
    value(name).map(text)
  }

  /// Whether there is a header of this name.
  public func hasHeader(_ name: String) -> Bool { value(name) != nil }

  /// Calls `body` with the bytes of path and query.
  func withTarget<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try bytes.withUnsafeReadableBytes {
      try body(UnsafeRawBufferPointer(rebasing: $0[line.target]))
    }
  }

  private func value(_ name: String) -> Range<Int>? {
    var name = name
    return name.withUTF8 { name -> Range<Int>? in
      let name = UnsafeRawBufferPointer(name)
      guard marks & HTTPRequestHead.mark(name) != 0 else { return nil }
      return bytes.withUnsafeReadableBytes { bytes in
        for field in fields
        where HTTPSyntax.isSame(UnsafeRawBufferPointer(rebasing: bytes[field.name]), name) {
          return field.value
        }
        return nil
      }
    }
  }

  private func text(_ range: Range<Int>) -> String {
    bytes.withUnsafeReadableBytes { String(decoding: $0[range], as: UTF8.self) }
  }

  /// The bit for a name: by its length and first letter.
  @inline(__always)
  static func mark(_ name: UnsafeRawBufferPointer) -> UInt64 {
    guard let first = name.first else { return 0 }
    return 1 &<< UInt64(truncatingIfNeeded: name.count &* 5 &+ Int(HTTPSyntax.lower(first)))
  }
}
