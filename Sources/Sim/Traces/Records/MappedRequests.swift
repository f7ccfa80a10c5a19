import Glibc
public import TarnTraceFormat

/// An uncompressed oracleGeneral trace mapped into memory: a replay runs straight over it, and the
/// kernel brings pages in ahead and takes them back, so a trace may be larger than memory.
///
/// A record is 24 bytes, little-endian, see `RecordLayout`. The values are as recorded: nothing is
/// checked but that the file consists of whole records.
public struct MappedRequests: ~Copyable, @unchecked Sendable {
  /// Bytes from one record to the next.
  public static let stride = 24
  /// Where a record has its time: seconds, UInt32.
  public static let timeOffset = 0
  /// Where a record has its key: UInt64, not aligned.
  public static let idOffset = 4
  /// Where a record has its size: bytes, UInt32; 0 counts as 1.
  public static let sizeOffset = 12
  /// Where a record has the number of the next request for its key, counted from 1; -1: none.
  public static let nextAccessOffset = 16

  /// The first record's first byte; valid while this value lives, and never written to.
  public let base: UnsafeRawPointer
  /// Records.
  public let count: Int
  private let byteCount: Int

  /// Maps the file at `path`.
  ///
  /// Throws `.unreadable`, `.empty`, and `.malformed` if it is compressed or ends inside a record.
  public init(path: String) throws(TraceError) {
    let (base, bytes) = try Self.map(path)
    self.init(base: base, byteCount: bytes)
  }

  private init(base: UnsafeRawPointer, byteCount: Int) {
    self.base = base
    self.byteCount = byteCount
    count = byteCount / Self.stride
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: base), byteCount) }

  /// The key of record `index`.
  public func key(_ index: Int) -> UInt64 {
    UInt64(
      littleEndian: base.loadUnaligned(
        fromByteOffset: index &* Self.stride &+ Self.idOffset, as: UInt64.self))
  }

  /// The size of record `index`, as recorded.
  public func size(_ index: Int) -> UInt32 {
    UInt32(
      littleEndian: base.loadUnaligned(
        fromByteOffset: index &* Self.stride &+ Self.sizeOffset, as: UInt32.self))
  }

  /// The time of record `index`, seconds.
  public func seconds(_ index: Int) -> UInt32 {
    UInt32(
      littleEndian: base.loadUnaligned(
        fromByteOffset: index &* Self.stride &+ Self.timeOffset, as: UInt32.self))
  }

  private static func map(_ path: String) throws(TraceError) -> (UnsafeRawPointer, Int) {
    let stream = try ByteStream(path: path)
    guard stream.compression == .none else {
      throw TraceError(
        .malformed, path: path,
        "is packed with \(stream.compression.rawValue), and only plain records can be mapped")
    }
    let length = Int(clamping: try InputFile(path: path).length())
    guard length > 0 else { throw TraceError(.empty, path: path, "is an empty file") }
    guard length % stride == 0 else {
      throw TraceError(
        .malformed, path: path, at: .record(UInt64(length / stride)),
        "the trace ends after \(length % stride) of its \(stride) bytes; the file is truncated, or "
          + "in another format")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw TraceError(.unreadable, path: path, "cannot be opened: \(lastSystemError())")
    }
    defer { close(descriptor) }
    guard let address = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0),
      address != MAP_FAILED
    else { throw TraceError(.unreadable, path: path, "cannot be mapped: \(lastSystemError())") }
    madvise(address, length, MADV_SEQUENTIAL)
    return (UnsafeRawPointer(address), length)
  }
}
