/// A 32-bit number for each 64-bit key: open addressing with linear probing, at most half full.
struct KeyMap {
  /// What no key has.
  static let absent = UInt32.max
  private var keys: [UInt64]
  private var values: [UInt32]
  private var mask: Int
  private(set) var count = 0

  init(expected: Int) {
    var size = 1024
    while size < expected * 2 { size *= 2 }
    keys = Array(repeating: 0, count: size)
    values = Array(repeating: Self.absent, count: size)
    mask = size - 1
  }

  /// Stores `value` under `key`; returns what was there, or `absent`.
  mutating func exchange(_ key: UInt64, _ value: UInt32) -> UInt32 {
    var index = Int(truncatingIfNeeded: TraceRandom.mix(key)) & mask
    while values[index] != Self.absent {
      if keys[index] == key {
        let old = values[index]
        values[index] = value
        return old
      }
      index = (index + 1) & mask
    }
    keys[index] = key
    values[index] = value
    count += 1
    if count * 2 > mask { grow() }
    return Self.absent
  }

  /// The value of `key`, which becomes the number of keys so far where it has none.
  mutating func number(_ key: UInt64) -> UInt32 {
    var index = Int(truncatingIfNeeded: TraceRandom.mix(key)) & mask
    while values[index] != Self.absent {
      if keys[index] == key { return values[index] }
      index = (index + 1) & mask
    }
    let number = UInt32(truncatingIfNeeded: count)
    keys[index] = key
    values[index] = number
    count += 1
    if count * 2 > mask { grow() }
    return number
  }

  private mutating func grow() {
    let old = (keys, values)
    mask = mask * 2 + 1
    keys = Array(repeating: 0, count: mask + 1)
    values = Array(repeating: Self.absent, count: mask + 1)
    for index in old.0.indices where old.1[index] != Self.absent {
      var free = Int(truncatingIfNeeded: TraceRandom.mix(old.0[index])) & mask
      while values[free] != Self.absent { free = (free + 1) & mask }
      (keys[free], values[free]) = (old.0[index], old.1[index])
    }
  }
}
