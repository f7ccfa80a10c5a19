import Glibc
public import TarnTraceFormat

/// Lines of a text file, plain, gzip or zstd by its first bytes, without an allocation per line.
public struct LineReader: ~Copyable {
  /// A longer line is refused: it is no text.
  static let longestLine = 64 << 20

  /// The file, as the caller named it.
  public let path: String
  /// Number of the line that `next` returned last, from 1; 0 before the first.
  public private(set) var lineNumber = 0

  private var bytes: ByteStream
  private var buffer: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  private var ended = false

  /// Opens `path`.
  public init(path: String) throws(TraceError) {
    self.init(stream: try ByteStream(path: path))
  }

  private init(stream: consuming ByteStream) {
    path = stream.path
    bytes = stream
    buffer = .allocate(byteCount: 1 << 20, alignment: 64)
  }

  deinit { buffer.deallocate() }

  /// The next line without its end (LF or CRLF), valid until the next call; nil after the last.
  /// The last line needs no end.
  public mutating func next() throws(TraceError) -> UnsafeRawBufferPointer? {
    var searched = start
    while true {
      if let newline = firstNewline(from: searched) {
        defer { start = newline + 1 }
        return line(upTo: newline)
      }
      searched = end
      if ended {
        guard start < end else { return nil }
        defer { start = end }
        return line(upTo: end)
      }
      let moved = start
      try readMore()
      searched -= moved
    }
  }

  private func firstNewline(from position: Int) -> Int? {
    guard position < end else { return nil }
    guard let base = buffer.baseAddress,
      let found = memchr(base + position, Int32(UInt8(ascii: "\n")), end - position)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  private mutating func line(upTo limit: Int) -> UnsafeRawBufferPointer {
    lineNumber += 1
    let carriageReturn = limit > start && buffer[limit - 1] == UInt8(ascii: "\r")
    return UnsafeRawBufferPointer(
      rebasing: buffer[start..<(carriageReturn ? limit - 1 : limit)])
  }

  /// Moves the unfinished line to the front and reads behind it.
  private mutating func readMore() throws(TraceError) {
    let kept = end - start
    if kept > Self.longestLine {
      throw TraceError(
        .malformed, path: path, at: .line(lineNumber + 1),
        "is longer than \(Self.longestLine) bytes; this is not a text trace")
    }
    if kept * 2 > buffer.count {
      let larger = UnsafeMutableRawBufferPointer.allocate(
        byteCount: buffer.count * 2, alignment: 64)
      larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
      buffer.deallocate()
      buffer = larger
    } else if kept > 0 {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
    }
    start = 0
    end = kept
    let room = UnsafeMutableRawBufferPointer(rebasing: buffer[kept...])
    let count = try bytes.read(into: room)
    ended = count < room.count
    end += count
  }
}
