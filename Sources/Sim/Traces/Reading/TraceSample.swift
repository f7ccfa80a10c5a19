import TarnTraceFormat

/// The beginning of a trace's content, unpacked: what detection looks at.
struct TraceSample {
  /// Bytes that are looked at, at most.
  static let most = 1 << 18

  let path: String
  let bytes: [UInt8]
  /// Whether the content goes on behind `bytes`.
  let isCut: Bool

  init(path: String) throws(TraceError) {
    self.path = path
    bytes = try ByteStream.prefix(of: path, most: Self.most)
    isCut = bytes.count == Self.most
  }

  /// Whether it holds bytes that no text has.
  var isBinary: Bool {
    bytes.contains { $0 < 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
  }

  /// The first `most` lines that are not blank, whole ones only.
  func lines(most: Int) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    while lines.count < most, start < bytes.count {
      let newline = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
      if newline == nil, isCut { break }
      var line = bytes[start..<(newline ?? bytes.count)]
      if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
      if line.contains(where: { $0 != 0x20 && $0 != 0x09 }) { lines.append(line) }
      start = (newline ?? bytes.count) + 1
    }
    return lines
  }

  /// As `lines`, as text.
  func texts(most: Int) -> [String] {
    lines(most: most).map { String(decoding: $0, as: UTF8.self) }
  }
}
