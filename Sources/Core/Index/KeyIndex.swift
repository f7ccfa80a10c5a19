internal import CPrefetch

/// Finds slots by key: an open-addressing table of 4-byte buckets over a slab of entries.
///
/// A bucket is a slot in its low bits and a tag, other bits of the key's hash, in the rest; the
/// table's size decides the split, because a slot is always smaller than the number of buckets.
/// The tag turns away all but 1 in 2^tagBits of the strangers that a probe meets before it costs
/// a look at the slab. Linear probing, load at most 3/4, and deletion shifts the rest of the
/// cluster back (Knuth, The Art of Computer Programming 3, 6.4, algorithm R), so there are no
/// tombstones and a long-lived table stays as fast as a fresh one.
struct KeyIndex: ~Copyable {
  private var buckets: UnsafeMutablePointer<UInt32>
  /// Buckets minus one; 0 while nothing is allocated.
  private var mask: Int = 0

  /// No slot looks like this: the low bits would name a slot as large as the table.
  private static let empty = UInt32.max
  private static let smallest = 16

  init() {
    // Never read while `mask` is 0; a real pointer keeps a nil check off the path.
    buckets = UnsafeMutablePointer(bitPattern: MemoryLayout<UInt32>.alignment).unsafelyUnwrapped
  }

  deinit { if mask != 0 { buckets.deallocate() } }

  var residentBytes: Int { mask == 0 ? 0 : (mask + 1) * MemoryLayout<UInt32>.stride }

  /// Entries that fit before the load passes 3/4.
  var capacity: Int { mask == 0 ? 0 : (mask + 1) / 4 * 3 }

  /// Bits of a bucket that are the slot.
  private var slotMask: UInt32 { UInt32(truncatingIfNeeded: min(mask, Int(UInt32.max))) }

  /// The index hashes `low` alone; `high` decides placement, so one node's keys share its bits.
  /// The mixer is the 64-bit finaliser of MurmurHash3 (Appleby) with Stafford's constants "Mix13".
  @inline(__always)
  static func hash(_ key: BlockKey) -> UInt64 {
    var bits = key.low
    bits = (bits ^ (bits &>> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits &>> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits &>> 31)
  }

  @inline(__always)
  private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & mask }

  @inline(__always)
  private func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash &>> 32) & ~slotMask }

  /// The slot of `key`, or `Slot.none`.
  @inline(__always)
  func find(_ key: BlockKey, in slab: UnsafeMutablePointer<Entry>) -> Slot {
    if mask == 0 { return .none }
    let hash = Self.hash(key)
    let slotMask = slotMask
    let tag = UInt32(truncatingIfNeeded: hash &>> 32) & ~slotMask
    var position = home(hash)
    while true {
      let bucket = buckets[position]
      if bucket == Self.empty { return .none }
      if bucket & ~slotMask == tag {
        let slot = bucket & slotMask
        if slab[Int(slot)].key == key { return slot }
      }
      position = (position &+ 1) & mask
    }
  }

  /// Brings the bucket that `find(key)` will look at first closer.
  @inline(__always)
  func prefetch(_ key: BlockKey) {
    if mask != 0 { tarn_prefetch(buckets + home(Self.hash(key))) }
  }

  /// Files `slot` under `key`; there must be room (`capacity`) and no entry of that key.
  mutating func insert(_ key: BlockKey, slot: Slot) {
    let hash = Self.hash(key)
    var position = home(hash)
    while buckets[position] != Self.empty { position = (position &+ 1) & mask }
    buckets[position] = tag(hash) | slot
  }

  /// Forgets `slot`, whose key the slab still holds.
  mutating func remove(_ slot: Slot, in slab: UnsafeMutablePointer<Entry>) {
    let hash = Self.hash(slab[Int(slot)].key)
    let wanted = tag(hash) | slot
    var hole = home(hash)
    while buckets[hole] != wanted {
      precondition(buckets[hole] != Self.empty, "the index has lost a slot of its table")
      hole = (hole &+ 1) & mask
    }
    var position = hole
    while true {
      position = (position &+ 1) & mask
      let bucket = buckets[position]
      if bucket == Self.empty { break }
      let home = home(Self.hash(slab[Int(bucket & slotMask)].key))
      // The entry may fill the hole unless its home lies behind the hole.
      if (position &- home) & mask >= (position &- hole) & mask {
        buckets[hole] = bucket
        hole = position
      }
    }
    buckets[hole] = Self.empty
  }

  /// Doubles the buckets and files everything anew; the slab lends the keys.
  mutating func grow(over slab: UnsafeMutablePointer<Entry>) {
    let old = buckets
    let oldCount = mask == 0 ? 0 : mask + 1
    let oldSlotMask = slotMask
    let count = max(Self.smallest, oldCount * 2)
    buckets = .allocate(capacity: count)
    buckets.initialize(repeating: Self.empty, count: count)
    mask = count - 1
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
