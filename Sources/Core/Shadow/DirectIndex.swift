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
  static func hash(_ key: ShadowKey) -> UInt64 { key.bits }

  @inline(__always)
  private func position(_ hash: UInt64) -> Int {
    precondition(hash < UInt64(count), "an interned key is below the number of keys")
    return Int(truncatingIfNeeded: hash)
  }

  @inline(__always)
  func find(_ key: ShadowKey, hash: UInt64, in slab: UnsafeMutablePointer<KeyRecord>) -> Slot {
    slots[position(hash)]
  }

  @inline(__always)
  func prefetch(hash: UInt64) { tarn_prefetch(slots + Int(truncatingIfNeeded: hash)) }

  @inline(__always)
  func prefetchRecord(hash: UInt64, in slab: UnsafeMutablePointer<KeyRecord>) -> Bool {
    slots[position(hash)] == .none
  }

  @inline(__always)
  mutating func insert(
    hash: UInt64, slot: Slot, live: Int, in slab: UnsafeMutablePointer<KeyRecord>
  ) {
    slots[position(hash)] = slot
  }

  @inline(__always)
  mutating func remove(_ slot: Slot, in slab: UnsafeMutablePointer<KeyRecord>) {
    slots[position(slab[Int(slot)].key.bits)] = .none
  }

  mutating func reserve(_ entries: Int, over slab: UnsafeMutablePointer<KeyRecord>) {}
}
