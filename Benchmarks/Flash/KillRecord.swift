import Glibc
import TarnCore

/// What the writer tells its parent through a pipe, 24 bytes each: what happened, where, to which
/// block.
struct KillRecord: BitwiseCopyable {
  enum Kind: UInt32 {
    /// The store is open.
    case ready = 1
    /// The segment is about to be discarded.
    case discard
    /// The block was reported as written.
    case written
    /// A write was reported as failed.
    case failed
  }

  var kind: UInt32
  var segment: UInt32
  var offset: UInt32
  var length: UInt32
  var number: UInt64

  init(_ kind: Kind, _ extent: FlashExtent, number: UInt64) {
    self.kind = kind.rawValue
    segment = extent.segment
    offset = extent.offset
    length = extent.length
    self.number = number
  }

  var extent: FlashExtent { FlashExtent(segment: segment, offset: offset, length: length) }

  /// Writes it to the standard output, whole: it is shorter than PIPE_BUF.
  func say() {
    withUnsafeBytes(of: self) { bytes in
      let count = write(1, bytes.baseAddress, bytes.count)
      if count != bytes.count { exit(3) }
    }
  }

  static func all(in bytes: [UInt8]) -> [KillRecord] {
    bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / MemoryLayout<KillRecord>.size).map {
        bytes.loadUnaligned(
          fromByteOffset: $0 * MemoryLayout<KillRecord>.size, as: KillRecord.self)
      }
    }
  }
}

/// The shape of the folder in which processes are killed: small, so that it turns over often.
enum KillShape {
  static let segments: UInt32 = 8
  static let segmentBytes: UInt32 = 512 << 10
}
