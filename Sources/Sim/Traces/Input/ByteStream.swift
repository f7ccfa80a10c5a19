import TarnTraceFormat

/// How a file's bytes are packed, told by its first bytes.
public enum Compression: String, Sendable {
  case none
  /// RFC 1952.
  case gzip
  /// RFC 8878.
  case zstd
}

/// The bytes of a file from front to back, unpacked as they are read.
struct ByteStream: ~Copyable {
  let path: String
  let compression: Compression
  private let plain: InputFile?
  private var gzip: GzipReader?
  private var zstd: ZstdReader?

  init(path: String) throws(TraceError) {
    let file = try InputFile(path: path)
    switch try Self.compression(of: file) {
    case .none: self.init(path: path, compression: .none, plain: file, gzip: nil, zstd: nil)
    case .gzip:
      self.init(
        path: path, compression: .gzip, plain: nil, gzip: GzipReader(file: file), zstd: nil)
    case .zstd:
      self.init(
        path: path, compression: .zstd, plain: nil, gzip: nil, zstd: ZstdReader(file: file))
    }
  }

  private init(
    path: String, compression: Compression, plain: consuming InputFile?,
    gzip: consuming GzipReader?, zstd: consuming ZstdReader?
  ) {
    self.path = path
    self.compression = compression
    self.plain = plain
    self.gzip = gzip
    self.zstd = zstd
  }

  /// Fills `room`; fewer bytes than asked only at the end, 0 after it.
  mutating func read(into room: UnsafeMutableRawBufferPointer) throws(TraceError) -> Int {
    if let count = try gzip?.read(into: room) { return count }
    if let count = try zstd?.read(into: room) { return count }
    return try plain?.read(into: room) ?? 0
  }

  /// The first bytes of the content at `path`, `most` of them at most.
  static func prefix(of path: String, most: Int) throws(TraceError) -> [UInt8] {
    var stream = try ByteStream(path: path)
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: most, alignment: 64)
    defer { room.deallocate() }
    let count = try stream.read(into: room)
    return Array(room[..<count])
  }

  /// Reads at an offset, so the position stays.
  private static func compression(
    of file: borrowing InputFile
  ) throws(TraceError) -> Compression {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 8)
    defer { room.deallocate() }
    let count = try file.read(at: 0, into: room)
    if count >= 2, room[0] == 0x1f, room[1] == 0x8b { return .gzip }
    if count == 4, room.elementsEqual([0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
    return .none
  }
}
