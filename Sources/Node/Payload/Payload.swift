internal import Synchronization

/// The bytes of one block in the node's payload memory.
///
/// Whoever holds a reference may read the bytes; the memory goes back to its pool with the last one.
/// So a block that the core evicts while a socket still sends it stays whole until it is sent. The
/// bytes are written before the payload is shared and never changed afterwards.
public final class Payload: @unchecked Sendable {
  /// The block's bytes.
  public let bytes: UnsafeMutableRawBufferPointer
  /// Bytes that may be written from the start of `bytes` on. Blocks above 32 KiB start at a page and
  /// own whole pages, so that a direct read may fill them.
  public let capacity: Int
  private let memory: PayloadMemory
  private let place: PayloadMemory.Place
  private let wasLent = Atomic(false)

  init(
    bytes: UnsafeMutableRawBufferPointer, capacity: Int, place: PayloadMemory.Place,
    memory: PayloadMemory
  ) {
    self.bytes = bytes
    self.capacity = capacity
    self.place = place
    self.memory = memory
  }

  deinit { memory.free(place, canWrite: !wasLent.load(ordering: .relaxed)) }

  /// Whether it has pages of its own, to which the kernel may be given references.
  var isLendable: Bool {
    if case .extent = place { true } else { false }
  }

  /// From here on the kernel may hold references to the pages: nothing else may ever be written there.
  func willBeLent() { wasLent.store(true, ordering: .relaxed) }

  /// Bytes of the block.
  public var count: Int { bytes.count }
}

/// A range of a payload's bytes, which it keeps alive.
public struct PayloadSlice: Sendable {
  /// Whose bytes.
  public var payload: Payload
  /// Which, counted from the payload's start.
  public var range: Range<Int>

  /// `range` of `payload`.
  public init(_ payload: Payload, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= payload.count, "a slice lies inside")
    self.payload = payload
    self.range = range
  }

  /// Bytes in the slice.
  public var count: Int { range.count }
  /// The bytes; valid while the payload lives.
  public var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: payload.bytes[range])
  }
}
