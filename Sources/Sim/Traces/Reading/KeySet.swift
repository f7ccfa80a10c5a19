import CPrefetch

/// The different keys of a long stream: open addressing, at most five eighths full, 8 bytes a slot.
struct KeySet: ~Copyable {
  private var slots: UnsafeMutablePointer<UInt64>
  private var slotCount: Int
  /// Keys in the slots; key 0 marks an empty slot and is counted apart.
  private var stored = 0
  private var hasZero = false
  private static let ahead = 16

  init(slots count: Int = 1 << 12) {
    slotCount = count
    slots = .allocate(capacity: count)
    slots.initialize(repeating: 0, count: count)
  }

  deinit { slots.deallocate() }

  /// Different keys so far.
  var count: Int { stored + (hasZero ? 1 : 0) }

  /// Inserts all `keys`; calls `whenNew` with the index of each that was not there.
  mutating func insert(_ keys: UnsafeBufferPointer<UInt64>, whenNew: (Int) -> Void) {
    var start = 0
    while start < keys.count {
      // Room for a stretch of keys that may all be new, so that the loop does not ask.
      let end = min(keys.count, start + 4096)
      while (stored + end - start) * 8 > slotCount * 5 { grow() }
      let shift = UInt64(64 - slotCount.trailingZeroBitCount)
      for index in start..<end {
        let far = index + Self.ahead
        if far < end { tarn_prefetch(slots + Self.slot(keys[far], shift)) }
        if insert(keys[index], shift: shift) { whenNew(index) }
      }
      start = end
    }
  }

  private mutating func insert(_ key: UInt64, shift: UInt64) -> Bool {
    guard key != 0 else {
      defer { hasZero = true }
      return !hasZero
    }
    var slot = Self.slot(key, shift)
    while true {
      let found = slots[slot]
      if found == key { return false }
      if found == 0 {
        slots[slot] = key
        stored += 1
        return true
      }
      slot = (slot &+ 1) & (slotCount &- 1)
    }
  }

  private mutating func grow() {
    let old = slots
    let oldCount = slotCount
    slotCount *= 2
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: 0, count: slotCount)
    if slotCount >= 1 << 18 { _ = tarn_advise_huge_pages(slots, slotCount * 8) }
    stored = 0
    let shift = UInt64(64 - slotCount.trailingZeroBitCount)
    for slot in 0..<oldCount where old[slot] != 0 { _ = insert(old[slot], shift: shift) }
    old.deallocate()
  }

  /// Fibonacci hashing behind a fold: keys that differ only in high bits spread as well.
  private static func slot(_ key: UInt64, _ shift: UInt64) -> Int {
    Int(truncatingIfNeeded: ((key ^ (key &>> 32)) &* 0x9E37_79B9_7F4A_7C15) &>> shift)
  }
}
