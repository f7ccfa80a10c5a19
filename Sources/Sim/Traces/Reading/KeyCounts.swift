import CPrefetch

/// Different keys of a stream with how often each came: open addressing, at most five eighths full,
/// 16 bytes a slot.
struct KeyCounts: ~Copyable {
  private struct Slot {
    var key: UInt64
    /// 0: the slot is empty.
    var count: UInt64
  }

  private var slots: UnsafeMutablePointer<Slot>
  private var slotCount: Int
  /// Different keys so far.
  private(set) var count = 0
  private static let ahead = 16

  init(slots count: Int = 1 << 12) {
    slotCount = count
    slots = .allocate(capacity: count)
    slots.initialize(repeating: Slot(key: 0, count: 0), count: count)
  }

  deinit { slots.deallocate() }

  /// Counts all `keys`; calls `whenNew` with the index of each that was not there.
  mutating func add(_ keys: UnsafeBufferPointer<UInt64>, whenNew: (Int) -> Void) {
    for index in 0..<keys.count {
      if count * 8 >= slotCount * 5 { grow() }
      let far = index + Self.ahead
      if far < keys.count { tarn_prefetch(slots + slot(keys[far])) }
      let place = find(keys[index])
      if slots[place].count == 0 {
        slots[place].key = keys[index]
        count += 1
        whenNew(index)
      }
      slots[place].count += 1
    }
  }

  /// Keys with their counts, in no order that anything may depend on.
  func pairs() -> [(key: UInt64, count: UInt64)] {
    var pairs: [(key: UInt64, count: UInt64)] = []
    pairs.reserveCapacity(count)
    for place in 0..<slotCount where slots[place].count > 0 {
      pairs.append((slots[place].key, slots[place].count))
    }
    return pairs
  }

  private func find(_ key: UInt64) -> Int {
    var place = slot(key)
    while slots[place].count > 0, slots[place].key != key {
      place = (place &+ 1) & (slotCount &- 1)
    }
    return place
  }

  private func slot(_ key: UInt64) -> Int {
    let shift = UInt64(64 - slotCount.trailingZeroBitCount)
    return Int(truncatingIfNeeded: ((key ^ (key &>> 32)) &* 0x9E37_79B9_7F4A_7C15) &>> shift)
  }

  private mutating func grow() {
    let old = slots
    let oldCount = slotCount
    slotCount *= 2
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: Slot(key: 0, count: 0), count: slotCount)
    for place in 0..<oldCount where old[place].count > 0 {
      slots[find(old[place].key)] = old[place]
    }
    old.deallocate()
  }
}
