/// Lines of a text file, plain or gzip by its first two bytes, without an allocation per line.
public struct LineReader: ~Copyable {
  /// A longer line is refused: it is no text.
  static let longestLine = 64 << 20

  /// The file, as the caller named it.
  public let path: String
  /// Number of the line that `next` returned last, from 1; 0 before the first.
  public private(set) var lineNumber = 0

  private let plain: InputFile?
  private var gzip: GzipReader?
  private var buffer: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  private var ended = false

  /// Opens `path`.
  public init(path: String) throws(TraceError) {
    let file = try InputFile(path: path)
    if try isGzip(file) {
      self.init(path: path, plain: nil, gzip: GzipReader(file: file))
    } else {
      self.init(path: path, plain: file, gzip: nil)
    }
  }

  private init(path: String, plain: consuming InputFile?, gzip: consuming GzipReader?) {
    self.path = path
    self.plain = plain
    self.gzip = gzip
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
    return UnsafeRawBufferPointer(rebasing: buffer[position..<end])
      .firstIndex(of: UInt8(ascii: "\n")).map { $0 + position }
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
    let count = try readBytes(into: room)
    ended = count < room.count
    end += count
  }

  private mutating func readBytes(
    into room: UnsafeMutableRawBufferPointer
  ) throws(TraceError) -> Int {
    if let count = try gzip?.read(into: room) { return count }
    return try plain?.read(into: room) ?? 0
  }
}

/// Whether the file starts with gzip's two magic bytes. Reads at an offset, so the position stays.
func isGzip(_ file: borrowing InputFile) throws(TraceError) -> Bool {
  var magic = [UInt8](repeating: 0, count: 2)
  var failure: TraceError?
  let count = magic.withUnsafeMutableBytes { bytes -> Int in
    do throws(TraceError) { return try file.read(at: 0, into: bytes) } catch { failure = error }
    return 0
  }
  if let failure { throw failure }
  return count == 2 && magic == [0x1f, 0x8b]
}
