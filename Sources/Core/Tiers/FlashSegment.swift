/// What the flash log knows of one segment. 24 bytes.
struct FlashSegment: BitwiseCopyable {
  /// What a segment is at.
  enum State: UInt8, BitwiseCopyable {
    /// Never written in this run; a restart may still find blocks of the last run in it.
    case untouched
    /// Discarded, ready to be written again.
    case free
    /// Appended to.
    case open
    /// Full: only reads, and releases of what it holds.
    case sealed
    /// Its live blocks are being moved out.
    case cleaning
    /// Empty; waits for the core to say so to the driver.
    case discarding
  }

  /// Bytes of live blocks, each rounded up to the alignment.
  var liveBytes: UInt32 = 0
  /// Bytes from the start that were handed out; all of the segment if a restart filled it.
  var writtenBytes: UInt32 = 0
  /// First slot of the circular chain of live blocks; while discarding, the next one that is.
  var head: Slot = .none
  /// The log's clock when it was sealed.
  var stamp: UInt32 = 0
  /// Reads under way, moves out of the segment included.
  var reads: UInt32 = 0
  /// Writes under way, moves into the segment included.
  var writes: UInt16 = 0
  var state: State = .untouched
  /// Whether a restart filled it, so that more blocks of the last run may be found in it.
  var recovered = false
}

/// Where a slot's bytes lie, and its neighbours in the chain of its segment. 16 bytes.
struct FlashSlot: BitwiseCopyable {
  var location: FlashLocation
  var previous: Slot
  var next: Slot

  /// A slot that has no bytes in the log.
  static let absent = FlashSlot(location: .absent, previous: .none, next: .none)
}

/// A block's place and length in 64 bits: 35 bits of page number, 29 bits of length.
///
/// 35 bits of 4 KiB pages are 128 TiB, when segments are padded to a power of two; 29 bits are
/// blocks below 512 MiB. A length of 0 says that there is no block.
struct FlashLocation: BitwiseCopyable, Equatable {
  static let lengthBits: UInt64 = 29
  static let pageBits: UInt64 = 35
  static let lengthLimit: UInt32 = 1 << 29 - 1
  static let absent = FlashLocation(page: 0, length: 0)

  private let rawValue: UInt64

  init(page: UInt64, length: UInt32) { rawValue = page << Self.lengthBits | UInt64(length) }

  var page: UInt64 { rawValue >> Self.lengthBits }
  var length: UInt32 { UInt32(truncatingIfNeeded: rawValue) & Self.lengthLimit }
  var isAbsent: Bool { rawValue == 0 }
}
