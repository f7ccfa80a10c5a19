import CLZ4
import TarnTraceFormat

/// The fixed fields in front of a chunk. See traces/DECISIONS.md, "Chunks".
///
/// They have a checksum of their own: only a length that can be believed tells a recording that was
/// cut off from one that is damaged.
struct DecisionFrame: Equatable {
  static let magic: UInt32 = 0x4B48_4344  // "DCHK"
  static let byteCount = 32
  static let checksumByteCount = 8
  /// A larger chunk is refused before anything is allocated for it.
  static let mostRawBytes = 1 << 28
  static let lz4Flag: UInt32 = 1

  var storedBytes: UInt32
  var rawBytes: UInt32
  var flags: UInt32
  var firstStep: UInt64

  /// Bytes from the magic to the end of the payload's checksum.
  var wholeByteCount: Int { Self.byteCount + Int(storedBytes) + Self.checksumByteCount }

  init(storedBytes: UInt32, rawBytes: UInt32, flags: UInt32, firstStep: UInt64) {
    self.storedBytes = storedBytes
    self.rawBytes = rawBytes
    self.flags = flags
    self.firstStep = firstStep
  }

  /// Nil if `bytes` are no frame, or one outside the format's bounds.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.byteCount else { return nil }
    var cursor = ByteCursor(bytes)
    guard cursor.next(UInt32.self) == Self.magic, let storedBytes = cursor.next(UInt32.self),
      let rawBytes = cursor.next(UInt32.self), let flags = cursor.next(UInt32.self),
      let firstStep = cursor.next(UInt64.self), let check = cursor.next(UInt64.self),
      check == XXHash64.hash(UnsafeRawBufferPointer(rebasing: bytes[..<(Self.byteCount - 8)]))
    else { return nil }
    self.init(
      storedBytes: storedBytes, rawBytes: rawBytes, flags: flags, firstStep: firstStep)
    let isCompressed = flags & Self.lz4Flag != 0
    guard flags & ~Self.lz4Flag == 0, rawBytes <= Self.mostRawBytes,
      isCompressed ? storedBytes < rawBytes : storedBytes == rawBytes
    else { return nil }
  }

  func append(to bytes: inout [UInt8]) {
    let start = bytes.count
    bytes.append(littleEndian: Self.magic)
    bytes.append(littleEndian: storedBytes)
    bytes.append(littleEndian: rawBytes)
    bytes.append(littleEndian: flags)
    bytes.append(littleEndian: firstStep)
    let check = bytes.withUnsafeBytes {
      XXHash64.hash(UnsafeRawBufferPointer(rebasing: $0[start...]))
    }
    bytes.append(littleEndian: check)
  }
}

/// Compresses chunks and frames them.
public struct DecisionFramer: Sendable {
  private var compressed: [UInt8] = []

  /// A framer; it keeps the memory that the largest chunk took.
  public init() {}

  /// Appends `chunk` to `bytes` as the file holds it.
  public mutating func append(_ chunk: DecisionChunk, to bytes: inout [UInt8]) {
    let raw = chunk.entries
    precondition(raw.count <= DecisionFrame.mostRawBytes, "a chunk stays within its bound")
    let length = compress(raw)
    let isCompressed = length > 0 && length < raw.count
    let stored = isCompressed ? length : raw.count
    let frame = DecisionFrame(
      storedBytes: UInt32(stored), rawBytes: UInt32(raw.count),
      flags: isCompressed ? DecisionFrame.lz4Flag : 0, firstStep: chunk.firstStep)
    bytes.reserveCapacity(bytes.count + frame.wholeByteCount)
    frame.append(to: &bytes)
    let start = bytes.count
    bytes += isCompressed ? compressed[..<length] : raw[...]
    let check = bytes.withUnsafeBytes {
      XXHash64.hash(UnsafeRawBufferPointer(rebasing: $0[start...]))
    }
    bytes.append(littleEndian: check)
  }

  /// Compresses into `compressed`; the compressed length, 0 if it does not get smaller.
  private mutating func compress(_ raw: [UInt8]) -> Int {
    if compressed.count < raw.count {
      compressed += repeatElement(0, count: raw.count - compressed.count)
    }
    return raw.withUnsafeBytes { source in
      compressed.withUnsafeMutableBytes { target in
        Int(
          LZ4_compress_default(
            source.baseAddress, target.baseAddress, Int32(source.count), Int32(source.count)))
      }
    }
  }
}
