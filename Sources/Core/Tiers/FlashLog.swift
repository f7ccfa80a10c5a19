/// Space on flash as a log of equal segments: where each block lies, what is garbage, what to clean.
///
/// Writes append to an open segment, so the device sees long sequential writes and whole-segment
/// discards. A block that is overwritten or evicted leaves garbage; a sealed segment that is all
/// garbage is free at once, the others are cleaned (`FlashLog+Cleaning.swift`) when free segments
/// run low. After Rosenblum & Ousterhout, "The design and implementation of a log-structured file
/// system", TOCS 10(1), 1992.
///
/// The log knows slots (numbers of the flash tier's table) and extents, never bytes or keys. It
/// costs nothing on the heap until it is used, then 16 bytes a slot and 24 a segment.
///
/// The caller's duties:
/// - `allocate` starts a write; end it with `endWrite(segment)`, whatever became of the block.
/// - Bracket every read with `beginRead` and `endRead` of the segment.
/// - After `release`, `endRead`, `endWrite`, `allocate` or `finishMove`, take what
///   `takeDiscarded` has, and hand the discards to the driver ahead of later writes.
/// - Call `cleaningStep` until it has nothing; evict while `needsEviction`.
public struct FlashLog: ~Copyable {
  /// Every extent starts at a multiple of this many bytes; also the unit of space accounting.
  public static let alignmentBytes: UInt32 = 4096
  /// The fewest segments that a log can work with: two open ones, a sealed one, a free one.
  public static let segmentMinimum: UInt32 = 4

  /// Bytes of a segment.
  public let segmentBytes: UInt32
  /// Segments on the device.
  public let segmentCount: UInt32
  /// A segment is `1 << pageShift` pages in a `FlashLocation`.
  private let pageShift: UInt8
  /// `cleaningStep` found nothing to clean although segments are short.
  var stalled = false

  var segments = LazyArray<FlashSegment>()
  var slots = LazyArray<FlashSlot>()
  var moves = LazyArray<FlashMove>()

  /// Where callers' blocks are appended, and where moved ones are: the young apart from the old.
  var writeHead: UInt32 = .max
  var moveHead: UInt32 = .max
  /// The segment that is being cleaned, and its next block to move.
  var victim: UInt32 = .max
  var cursor: Slot = .none
  /// Segments that callers have filled: the clock by which segments age.
  var clock: UInt32 = 0
  var nextMove: UInt32 = 0

  /// Segments that are open, sealed, cleaning or waiting to be discarded.
  public internal(set) var usedSegments: UInt32 = 0
  /// Segments in state `free`, and where to look for the next one.
  var recycled: UInt32 = 0
  var recycledHint: UInt32 = 0
  var untouchedHint: UInt32 = 0
  var firstDiscarding: UInt32 = .max
  var lastDiscarding: UInt32 = .max

  /// Bytes of live blocks, each rounded up to the alignment.
  public internal(set) var liveBytes: UInt64 = 0
  /// Bytes that callers have written, since the log was made.
  public private(set) var bytesWritten: UInt64 = 0
  /// Bytes that cleaning has written on top.
  public internal(set) var bytesMoved: UInt64 = 0

  /// A log over `flashBytes` bytes in segments of `segmentBytes`, a multiple of 4096; what is left
  /// over at the end stays unused. With fewer than `segmentMinimum` segments it holds nothing.
  public init(flashBytes: UInt64, segmentBytes: UInt32) {
    precondition(
      segmentBytes > 0 && segmentBytes.isMultiple(of: Self.alignmentBytes),
      "a flash segment must be a multiple of 4096 bytes")
    let count = flashBytes / UInt64(segmentBytes)
    let pages = segmentBytes / Self.alignmentBytes
    pageShift = UInt8(32 - (pages - 1).leadingZeroBitCount)
    precondition(
      count <= (1 << FlashLocation.pageBits) >> UInt64(pageShift) && count < UInt64(UInt32.max),
      "the flash log addresses at most 128 TiB")
    self.segmentBytes = segmentBytes
    segmentCount = count < UInt64(Self.segmentMinimum) ? 0 : UInt32(count)
  }

  /// Bytes of all segments that hold anything, garbage included.
  public var bytesInUse: UInt64 { UInt64(usedSegments) * UInt64(segmentBytes) }

  /// Heap bytes behind the log.
  public var residentBytes: Int {
    segments.residentBytes + slots.residentBytes + moves.residentBytes
  }

  /// Segments that can be opened.
  public var freeSegments: UInt32 { segmentCount - usedSegments }

  /// The most bytes that a block may have.
  public var lengthLimit: UInt32 {
    segmentCount == 0 ? 0 : min(segmentBytes, FlashLocation.lengthLimit)
  }

  /// The space that a block of `length` bytes takes.
  @inline(__always)
  public static func footprint(_ length: UInt32) -> UInt32 {
    (length + (alignmentBytes - 1)) & ~(alignmentBytes - 1)
  }

  /// Brings what is known of the slot closer.
  @inline(__always)
  func prefetch(_ slot: Slot) { slots.prefetch(slot) }

  /// Where the slot's bytes lie; nil if the log does not hold it.
  public func extent(of slot: Slot) -> FlashExtent? {
    guard slot < slots.count else { return nil }
    let location = slots[slot].location
    return location.isAbsent ? nil : extent(at: location)
  }

  /// Space for `length` bytes of `slot`, which must hold none; nil if the block is longer than
  /// `lengthLimit` or no segment is free beyond the one that cleaning needs. A write starts here:
  /// end it with `endWrite`.
  public mutating func allocate(_ slot: Slot, length: UInt32) -> FlashExtent? {
    precondition(length > 0, "a block in flash has at least one byte")
    guard length <= lengthLimit else { return nil }
    slots.grow(toInclude: slot, filler: .absent)
    precondition(slots[slot].location.isAbsent, "release a slot before it is written again")
    let footprint = Self.footprint(length)
    guard let (segment, offset) = appendSpace(footprint, to: .writes) else { return nil }
    segments[segment].writes += 1
    bytesWritten += UInt64(footprint)
    let extent = FlashExtent(segment: segment, offset: offset, length: length)
    addLive(slot, at: extent)
    return extent
  }

  /// The slot's bytes are garbage: overwritten, evicted or invalidated. The log must hold it. A
  /// read, write or move of it that is under way may finish; its space is not reused before.
  public mutating func release(_ slot: Slot) {
    guard let extent = extent(of: slot) else {
      preconditionFailure("only what the flash log holds can be released")
    }
    stalled = false
    if extent.segment == victim { forgetMove(of: slot) }
    removeLive(slot, at: extent)
    slots[slot] = .absent
    retireIfDrained(extent.segment)
  }
}

// MARK: - Reads and writes under way

extension FlashLog {
  /// A read of the segment starts: it will be neither discarded nor reused before `endRead`.
  public mutating func beginRead(_ segment: UInt32) {
    precondition(isInUse(segment), "a read needs a segment that is in use")
    segments[segment].reads += 1
  }

  /// A read of the segment ended.
  public mutating func endRead(_ segment: UInt32) {
    precondition(isInUse(segment) && segments[segment].reads > 0, "no read of it is under way")
    segments[segment].reads -= 1
    retireIfDrained(segment)
  }

  /// A write that `allocate` started ended, well or not; release the slot if not.
  public mutating func endWrite(_ segment: UInt32) {
    precondition(isInUse(segment) && segments[segment].writes > 0, "no write of it is under way")
    segments[segment].writes -= 1
    retireIfDrained(segment)
  }

  private func isInUse(_ segment: UInt32) -> Bool {
    guard segment < segments.count else { return false }
    switch segments[segment].state {
    case .open, .sealed, .cleaning: return true
    case .untouched, .free, .discarding: return false
    }
  }
}

// MARK: - Slots and their chains

extension FlashLog {
  @inline(__always)
  func extent(at location: FlashLocation) -> FlashExtent {
    let page = location.page
    let inSegment = page & (1 << UInt64(pageShift) - 1)
    return FlashExtent(
      segment: UInt32(truncatingIfNeeded: page >> UInt64(pageShift)),
      offset: UInt32(truncatingIfNeeded: inSegment) * Self.alignmentBytes,
      length: location.length)
  }

  @inline(__always)
  func location(of extent: FlashExtent) -> FlashLocation {
    let page = UInt64(extent.segment) << UInt64(pageShift)
    return FlashLocation(
      page: page | UInt64(extent.offset / Self.alignmentBytes), length: extent.length)
  }

  /// Counts the slot's bytes as live and puts it at the end of its segment's chain.
  mutating func addLive(_ slot: Slot, at extent: FlashExtent) {
    let head = segments[extent.segment].head
    insertLive(slot, at: extent, before: head)
  }

  /// Counts the slot's bytes as live and links it before `successor` (the head: at the end).
  mutating func insertLive(_ slot: Slot, at extent: FlashExtent, before successor: Slot) {
    var entry = FlashSlot(location: location(of: extent), previous: slot, next: slot)
    if successor == .none {
      segments[extent.segment].head = slot
    } else {
      entry.previous = slots[successor].previous
      entry.next = successor
      slots[entry.previous].next = slot
      slots[successor].previous = slot
    }
    slots[slot] = entry
    let footprint = Self.footprint(extent.length)
    segments[extent.segment].liveBytes += footprint
    liveBytes += UInt64(footprint)
  }

  /// Takes the slot out of its segment's chain and its bytes out of the count.
  mutating func removeLive(_ slot: Slot, at extent: FlashExtent) {
    let entry = slots[slot]
    if cursor == slot { cursor = successor(of: slot, in: extent.segment) }
    if entry.next == slot {
      segments[extent.segment].head = .none
    } else {
      slots[entry.previous].next = entry.next
      slots[entry.next].previous = entry.previous
      if segments[extent.segment].head == slot { segments[extent.segment].head = entry.next }
    }
    let footprint = Self.footprint(extent.length)
    segments[extent.segment].liveBytes -= footprint
    liveBytes -= UInt64(footprint)
  }

  /// The slot after this one in its chain, `Slot.none` after the last.
  func successor(of slot: Slot, in segment: UInt32) -> Slot {
    let next = slots[slot].next
    return next == segments[segment].head ? .none : next
  }
}
