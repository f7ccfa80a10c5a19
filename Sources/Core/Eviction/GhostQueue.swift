/// Remembers blocks that left, first in, first out, as 32-bit fingerprints with their bytes.
///
/// A ring of fingerprints and a `GhostIndex` over it; lengths take memory only once two of them
/// differ. Forgetting one from the middle leaves a hole, and a ring full of holes is compacted in
/// place. Nothing is allocated while it is empty, and nothing once it has stopped growing: 6.5
/// bytes a ghost for up to 4,096 equal blocks, 13 at most. Two keys share a fingerprint with
/// probability 2^-32, which costs one needless promotion.
struct GhostQueue: ~Copyable {
  /// Bytes that the remembered blocks had.
  private(set) var bytes: UInt64 = 0
  /// Remembered blocks.
  private(set) var count: Int = 0

  private var index = GhostIndex()
  private var fingerprints: UnsafeMutablePointer<UInt32>?
  /// Lengths beside the fingerprints; nil while all are `uniformLength`.
  private var lengths: UnsafeMutablePointer<UInt32>?
  private var uniformLength: UInt32 = 0
  private var capacity: Int = 0
  /// Ring position of the oldest, and positions in use from there on, holes included.
  private var oldest: Int = 0
  private var span: Int = 0

  /// What a hole holds; no fingerprint is 0.
  private static let hole: UInt32 = 0

  init() {}

  deinit {
    fingerprints?.deallocate()
    lengths?.deallocate()
  }

  /// Bytes of heap in use.
  var residentBytes: Int {
    capacity * MemoryLayout<UInt32>.stride * (lengths == nil ? 1 : 2) + index.residentBytes
  }

  /// Whether a block of this fingerprint is remembered.
  func contains(_ fingerprint: UInt32) -> Bool {
    guard let fingerprints else { return false }
    return index.find(fingerprint, in: fingerprints) != nil
  }

  /// Brings what the look-up, insertion or removal of this fingerprint will read first closer.
  @inline(__always)
  func prefetch(_ fingerprint: UInt32) { index.prefetch(fingerprint) }

  /// Remembers a block as the newest; an empty one counts a byte, so that bytes bound the memory.
  mutating func insert(_ fingerprint: UInt32, length blockLength: UInt32) {
    let length = max(1, blockLength)
    if span == capacity { makeRoom() }
    if count == 0 && lengths == nil { uniformLength = length }
    if lengths == nil && length != uniformLength { spreadLengths() }
    guard let fingerprints else { preconditionFailure("a ghost queue without memory") }
    let position = wrapped(oldest + span)
    fingerprints[position] = fingerprint
    lengths?[position] = length
    index.insert(position, in: fingerprints)
    span += 1
    count += 1
    bytes += UInt64(length)
  }

  /// Forgets the block of this fingerprint; false if there was none.
  mutating func remove(_ fingerprint: UInt32) -> Bool {
    guard let fingerprints, let position = index.find(fingerprint, in: fingerprints) else {
      return false
    }
    forget(position)
    skipHoles()
    return true
  }

  /// Forgets the oldest block, if there is one.
  mutating func removeOldest() {
    guard count > 0 else { return }
    forget(oldest)
    skipHoles()
  }

  /// Forgets the oldest blocks until at most `limit` bytes are remembered.
  mutating func trim(toBytes limit: UInt64) {
    while bytes > limit { removeOldest() }
  }

  private func wrapped(_ position: Int) -> Int {
    position >= capacity ? position - capacity : position
  }

  private mutating func forget(_ position: Int) {
    guard let fingerprints else { preconditionFailure("a ghost queue without memory") }
    index.remove(position, in: fingerprints)
    fingerprints[position] = Self.hole
    count -= 1
    bytes -= UInt64(lengths?[position] ?? uniformLength)
  }

  private mutating func skipHoles() {
    guard let fingerprints else { return }
    while span > 0 && fingerprints[oldest] == Self.hole {
      oldest = wrapped(oldest + 1)
      span -= 1
    }
    if span > 0 { index.prefetch(fingerprints[oldest]) }
  }

  /// Compacts a ring with at least 1 hole in 16, so that the work of it is paid for; else grows.
  private mutating func makeRoom() {
    let grows = count * 16 > capacity * 15 || capacity == 0
    rebuild(capacity: grows ? growthStep(after: capacity, atLeast: 16) : capacity)
  }

  /// Moves the ghosts to the front of a ring of `newCapacity` and indexes them anew.
  private mutating func rebuild(capacity newCapacity: Int) {
    if newCapacity == capacity { unroll() }
    let target =
      newCapacity == capacity
      ? fingerprints : UnsafeMutablePointer<UInt32>.allocate(capacity: newCapacity)
    let targetLengths =
      newCapacity == capacity
      ? lengths : lengths.map { _ in UnsafeMutablePointer<UInt32>.allocate(capacity: newCapacity) }
    guard let target else { preconditionFailure("a ghost queue without memory") }
    var filled = 0
    for offset in 0..<span {
      let position = wrapped(oldest + offset)
      guard let fingerprint = fingerprints?[position], fingerprint != Self.hole else { continue }
      target[filled] = fingerprint
      if let lengths { targetLengths?[filled] = lengths[position] }
      filled += 1
    }
    if newCapacity != capacity {
      fingerprints?.deallocate()
      lengths?.deallocate()
    }
    (fingerprints, lengths) = (target, targetLengths)
    (capacity, oldest, span) = (newCapacity, 0, filled)
    index.rebuild(over: target, count: filled, capacity: newCapacity)
  }

  /// Rotates the ring in place until the oldest is first: three reversals.
  private mutating func unroll() {
    guard oldest != 0 else { return }
    for array in [fingerprints, lengths] {
      guard let array else { continue }
      var ring = UnsafeMutableBufferPointer(start: array, count: capacity)
      ring[..<oldest].reverse()
      ring[oldest...].reverse()
      ring.reverse()
    }
    oldest = 0
  }

  /// The first length that differs: from now on each ghost has its own.
  private mutating func spreadLengths() {
    let spread = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
    spread.initialize(repeating: uniformLength, count: capacity)
    lengths = spread
  }
}
