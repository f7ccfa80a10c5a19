internal import CPrefetch

/// A slab's element, which an index finds by its key.
protocol KeyedRecord: BitwiseCopyable {
  associatedtype Key: CacheKey
  var key: Key { get }
}

extension Entry: KeyedRecord {}

/// Finds slots by key: an open-addressing table of 4-byte buckets over a slab of entries.
///
/// A bucket is, from its low bits up, a slot, a tag of other bits of the key's hash, and in four bits
/// how far it lies from its home; the table's size decides the split, because a slot is always
/// smaller than the number of buckets. Tag and distance turn away nearly all strangers that a probe
/// meets before they cost a look at the slab, and the distance lets a deletion shift the rest of the
/// cluster back without asking the slab where it belongs (Knuth, The Art of Computer Programming 3,
/// 6.4, algorithm R), so there are no tombstones and a long-lived table stays as fast as a fresh one.
/// Linear probing, load at most 3/4.
struct KeyIndex<Record: KeyedRecord>: ~Copyable {
  private var buckets: UnsafeMutablePointer<UInt32>
  /// Buckets minus one; 0 while nothing is allocated.
  private var mask: Int = 0
  /// The largest distance that a bucket tells, which stands for larger ones too; 0 where a slot
  /// needs all bits.
  private var farthest: UInt32 = 15

  /// No slot looks like this: the low bits would name a slot as large as the table.
  private static var empty: UInt32 { .max }
  private static var smallest: Int { 16 }
  private static var distanceShift: UInt32 { 28 }

  init() {
    // Never read while `mask` is 0; a real pointer keeps a nil check off the path.
    buckets = UnsafeMutablePointer(bitPattern: MemoryLayout<UInt32>.alignment).unsafelyUnwrapped
  }

  deinit { if mask != 0 { buckets.deallocate() } }

  var residentBytes: Int { mask == 0 ? 0 : (mask + 1) * MemoryLayout<UInt32>.stride }

  /// Entries that fit before the load passes 3/4.
  var capacity: Int { mask == 0 ? 0 : (mask + 1) / 4 * 3 }

  /// Bits of a bucket that are the slot.
  @inline(__always)
  private var slotMask: UInt32 { UInt32(truncatingIfNeeded: mask) }

  @inline(__always)
  private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & mask }

  /// What a bucket `distance` from its home has above the slot.
  @inline(__always)
  private func label(_ hash: UInt64, distance: UInt32) -> UInt32 {
    let tag =
      UInt32(truncatingIfNeeded: hash &>> 32) & ~slotMask & ~(farthest &<< Self.distanceShift)
    return tag | min(distance, farthest) &<< Self.distanceShift
  }

  /// The slot of `key`, or `Slot.none`.
  @inline(__always)
  func find(_ key: Record.Key, in slab: UnsafeMutablePointer<Record>) -> Slot {
    find(key, hash: key.indexHash, in: slab)
  }

  /// The slot of `key`, whose `indexHash` the caller knows, or `Slot.none`.
  @inline(__always)
  func find(_ key: Record.Key, hash: UInt64, in slab: UnsafeMutablePointer<Record>) -> Slot {
    if mask == 0 { return .none }
    let slotMask = slotMask
    var position = home(hash)
    var distance: UInt32 = 0
    while true {
      let bucket = buckets[position]
      if bucket == Self.empty { return .none }
      if bucket & ~slotMask == label(hash, distance: distance) {
        let slot = bucket & slotMask
        if slab[Int(slot)].key == key { return slot }
      }
      position = (position &+ 1) & mask
      distance &+= 1
    }
  }

  /// Brings the bucket that `find(key)` will look at first closer.
  @inline(__always)
  func prefetch(_ key: Record.Key) { prefetch(hash: key.indexHash) }

  @inline(__always)
  func prefetch(hash: UInt64) {
    if mask != 0 { tarn_prefetch(buckets + home(hash)) }
  }

  /// Brings the record closer that the home bucket of `hash` names; the bucket should be close by now.
  /// Whether the key seems to be absent, as far as that bucket tells.
  @inline(__always)
  func prefetchRecord(hash: UInt64, in slab: UnsafeMutablePointer<Record>) -> Bool {
    guard mask != 0 else { return true }
    let bucket = buckets[home(hash)]
    tarn_prefetch(slab + Int(bucket & slotMask))
    return bucket & ~slotMask != label(hash, distance: 0)
  }

  /// Files `slot` under `key`; there must be room (`capacity`) and no entry of that key.
  @inline(__always)
  mutating func insert(_ key: Record.Key, slot: Slot) { insert(hash: key.indexHash, slot: slot) }

  @inline(__always)
  mutating func insert(hash: UInt64, slot: Slot) {
    var position = home(hash)
    var distance: UInt32 = 0
    while buckets[position] != Self.empty {
      position = (position &+ 1) & mask
      distance &+= 1
    }
    buckets[position] = label(hash, distance: distance) | slot
  }

  /// Forgets `slot`, whose key the slab still holds.
  mutating func remove(_ slot: Slot, in slab: UnsafeMutablePointer<Record>) {
    let hash = slab[Int(slot)].key.indexHash
    var hole = home(hash)
    while buckets[hole] & slotMask != slot || buckets[hole] == Self.empty {
      precondition(buckets[hole] != Self.empty, "the index has lost a slot of its table")
      hole = (hole &+ 1) & mask
    }
    var position = hole
    while true {
      position = (position &+ 1) & mask
      let bucket = buckets[position]
      if bucket == Self.empty { break }
      let (distance, hash) = distance(of: bucket, at: position, in: slab)
      let step = (position &- hole) & mask
      // The entry may fill the hole unless its home lies behind the hole.
      if distance < step { continue }
      buckets[hole] = moved(bucket, from: distance, to: distance &- step, hash: hash, in: slab)
      hole = position
    }
    buckets[hole] = Self.empty
  }

  /// How far the bucket lies from its home, and its hash if the slab had to be asked.
  @inline(__always)
  private func distance(
    of bucket: UInt32, at position: Int, in slab: UnsafeMutablePointer<Record>
  ) -> (Int, UInt64?) {
    let told = (bucket &>> Self.distanceShift) & farthest
    if told < farthest { return (Int(told), nil) }
    let hash = slab[Int(bucket & slotMask)].key.indexHash
    return ((position &- home(hash)) & mask, hash)
  }

  /// The bucket as it looks nearer to its home.
  @inline(__always)
  private func moved(
    _ bucket: UInt32, from distance: Int, to nearer: Int, hash: UInt64?,
    in slab: UnsafeMutablePointer<Record>
  ) -> UInt32 {
    guard let hash else {
      return bucket &- UInt32(truncatingIfNeeded: distance &- nearer) &<< Self.distanceShift
    }
    return label(hash, distance: UInt32(truncatingIfNeeded: nearer)) | bucket & slotMask
  }

  /// Makes room for `entries` in all, so that they come without growth.
  mutating func reserve(_ entries: Int, over slab: UnsafeMutablePointer<Record>) {
    var count = Self.smallest
    while count / 4 * 3 < entries { count *= 2 }
    if count > mask { resize(to: count, over: slab) }
  }

  /// Doubles the buckets and files everything anew; the slab lends the keys.
  mutating func grow(over slab: UnsafeMutablePointer<Record>) {
    resize(to: max(Self.smallest, mask == 0 ? 0 : (mask + 1) * 2), over: slab)
  }

  private mutating func resize(to count: Int, over slab: UnsafeMutablePointer<Record>) {
    precondition(count <= 1 << 32, "an index has at most 2^32 buckets")
    let old = buckets
    let oldCount = mask == 0 ? 0 : mask + 1
    let oldSlotMask = slotMask
    buckets = .allocate(capacity: count)
    buckets.initialize(repeating: Self.empty, count: count)
    mask = count - 1
    farthest = count <= 1 << 28 ? 15 : 0
    for position in 0..<oldCount where old[position] != Self.empty {
      let slot = old[position] & oldSlotMask
      insert(slab[Int(slot)].key, slot: slot)
    }
    if oldCount != 0 { old.deallocate() }
  }

  /// Buckets in use; for checks.
  func countBuckets() -> Int {
    var used = 0
    if mask != 0 {
      for position in 0...mask where buckets[position] != Self.empty { used += 1 }
    }
    return used
  }
}
