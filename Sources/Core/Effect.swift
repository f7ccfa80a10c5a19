/// What to do: everything that a core ever asks for. Plain values, no references.
///
/// Checkpoint writes and replicated KV puts will add cases here and in `Input`; a put today is
/// acknowledged by `reply` as soon as it lies in memory.
public enum Effect: BitwiseCopyable, Sendable {
  /// Answer a client. `slot` holds the bytes if the status is a success.
  case reply(Reply)
  /// Answer a prefix look-up.
  case replyPrefix(PrefixReply)
  /// Send a message to a peer; if its kind carries data, the bytes lie in `slot`.
  case send(PeerMessage, to: NodeID, slot: Slot)
  /// Send a message with the keys of the running step from index `firstKey` on.
  case sendKeys(PeerMessage, to: NodeID, firstKey: UInt32)
  /// Read a block from flash into memory slot `slot`, verify its checksum, report.
  case readFlash(OperationID, FlashExtent, into: Slot)
  /// Write memory slot `slot` to flash, report.
  case writeFlash(OperationID, FlashExtent, from: Slot)
  /// Copy a live block from a segment that is being cleaned, report.
  case moveFlash(OperationID, from: FlashExtent, to: FlashExtent)
  /// Flash segment `segment` holds nothing any more and may be discarded.
  case discardSegment(UInt32)
  /// Read a block from the origin into memory slot `slot`, by the path that was chosen; report.
  case readOrigin(OperationID, BlockKey, length: UInt32, into: Slot, path: OriginPath)
  /// The operation's result is no longer wanted; a report that is under way is ignored. Its memory
  /// slot or place on flash may be used again by the next effect: a driver whose device can't be
  /// stopped keeps the late bytes from landing there.
  case cancel(OperationID)
  /// Deliver `Input.wake` at this time, instead of the time named before; `Instant.never`: not at all.
  case wake(Instant)
  /// What an `Input.askLeave` asked for may be sent now, once; or may not, and why.
  case leave(RequestID, Failure)
}

/// A block's place in the flash log.
public struct FlashExtent: BitwiseCopyable, Sendable, Equatable {
  /// Which segment.
  public var segment: UInt32
  /// Bytes from the segment's start.
  public var offset: UInt32
  /// Bytes.
  public var length: UInt32
  /// `length` bytes at `offset` of `segment`.
  public init(segment: UInt32, offset: UInt32, length: UInt32) {
    self.segment = segment
    self.offset = offset
    self.length = length
  }
}

/// Where a reply's bytes came from.
public enum Source: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case memory, flash, peer, origin
  /// Nowhere: the reply carries no bytes.
  case none
}

/// Why a request got no bytes. One byte, with a name for metrics.
public enum Failure: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// It did not fail.
  case none
  /// Not in the cell, and there is no origin for it (a KV block): recompute.
  case absent
  /// The origin says that it does not exist.
  case notFound
  /// The cache would be slower than recomputing it.
  case bypass
  /// No memory could be freed for it.
  case overloaded
  /// Its deadline passed.
  case deadline
  /// The origin failed as often as the retry limit allows.
  case originFailed
}

/// The one answer to a read or put.
public struct Reply: BitwiseCopyable, Sendable {
  /// Which request.
  public var request: RequestID
  /// Memory slot of the bytes, valid until the next step; `Slot.none` on failure.
  public var slot: Slot
  /// Bytes.
  public var length: UInt32
  /// Where they came from.
  public var source: Source
  /// Why there are none.
  public var failure: Failure
  /// An answer.
  public init(request: RequestID, slot: Slot, length: UInt32, source: Source, failure: Failure) {
    self.request = request
    self.slot = slot
    self.length = length
    self.source = source
    self.failure = failure
  }
}

/// The one answer to a prefix look-up.
public struct PrefixReply: BitwiseCopyable, Sendable {
  /// Which request.
  public var request: RequestID
  /// Leading blocks on this node.
  public var localBlocks: UInt32
  /// Leading blocks in all, the home node's included; at least `localBlocks`.
  public var totalBlocks: UInt32
  /// An answer.
  public init(request: RequestID, localBlocks: UInt32, totalBlocks: UInt32) {
    self.request = request
    self.localBlocks = localBlocks
    self.totalBlocks = totalBlocks
  }
}
