internal import CPrefetch

/// Finds slots of keys that are small numbers: an array with a slot for each.
///
/// For streams whose ids were interned up front: 4 bytes an id, resident or not, and no hashing.
struct DirectIndex: SlotIndex, ~Copyable {
  private let slots: UnsafeMutablePointer<Slot>
  private let count: Int

  /// An index of the keys `0 ..< count`.
  init(keys count: Int) {
    self.count = count
    slots = .allocate(capacity: max(1, count))
    slots.initialize(repeating: .none, count: max(1, count))
  }

  deinit { slots.deallocate() }

  var residentBytes: Int { count * MemoryLayout<Slot>.stride }

  @inline(__always)
  static func key(_ key: ShadowKey) -> InternedKey { InternedKey(bits: key.bits) }

  @inline(__always)
  private func position(_ key: InternedKey) -> Int {
    precondition(key.bits < UInt64(count), "an interned key is below the number of keys")
    return Int(truncatingIfNeeded: key.bits)
  }

  @inline(__always)
  func find(_ key: InternedKey, in slab: UnsafeMutablePointer<KeyRecord<InternedKey>>) -> Slot {
    slots[position(key)]
  }

  @inline(__always)
  func prefetch(_ key: InternedKey) {
    tarn_prefetch(slots + Int(truncatingIfNeeded: key.bits))
  }

  @inline(__always)
  func prefetchRecord(_ key: InternedKey, in slab: UnsafeMutablePointer<KeyRecord<InternedKey>>)
    -> Bool
  {
    slots[position(key)] == .none
  }

  @inline(__always)
  mutating func insert(
    _ key: InternedKey, slot: Slot, live: Int, in slab: UnsafeMutablePointer<KeyRecord<InternedKey>>
  ) {
    slots[position(key)] = slot
  }

  @inline(__always)
  mutating func remove(_ slot: Slot, in slab: UnsafeMutablePointer<KeyRecord<InternedKey>>) {
    slots[position(slab[Int(slot)].key)] = .none
  }

  mutating func reserve(_ entries: Int, over slab: UnsafeMutablePointer<KeyRecord<InternedKey>>) {}
}
