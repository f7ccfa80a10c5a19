/// The bytes of one block in the node's payload memory.
///
/// Whoever holds a reference may read the bytes; the memory goes back to its pool with the last one.
/// So a block that the core evicts while a socket still sends it stays whole until it is sent. The
/// bytes are written before the payload is shared and never changed afterwards.
public final class Payload: @unchecked Sendable {
  /// The block's bytes.
  public let bytes: UnsafeMutableRawBufferPointer
  /// The file in memory that holds the bytes, for `sendfile(2)`; -1 if they lie in no file.
  public let file: CInt
  /// Where the bytes start in `file`; a multiple of 4096 there.
  public let fileOffset: Int
  /// Bytes that may be written from the start of `bytes` on: a multiple of 4096 if `file` is not -1,
  /// so that a direct read may fill whole pages.
  public let capacity: Int
  private let memory: PayloadMemory
  private let place: PayloadMemory.Place
  /// The kernel may still read the pages after the last reference is gone: they were handed to a
  /// socket by `sendfile`. Such pages are given back to the kernel instead of being used again.
  public private(set) var wasSentByFile = false

  init(
    bytes: UnsafeMutableRawBufferPointer, file: CInt, fileOffset: Int, capacity: Int,
    place: PayloadMemory.Place, memory: PayloadMemory
  ) {
    self.bytes = bytes
    self.file = file
    self.fileOffset = fileOffset
    self.capacity = capacity
    self.place = place
    self.memory = memory
  }

  deinit { memory.free(place, capacity: capacity, wasSentByFile: wasSentByFile) }

  /// Bytes of the block.
  public var count: Int { bytes.count }

  /// Says that the bytes go out by `sendfile`. Call it before the first such call.
  ///
  /// Plain stores of one byte that only ever becomes true: two threads that call it at once agree.
  public func willSendByFile() { if !wasSentByFile { wasSentByFile = true } }
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
