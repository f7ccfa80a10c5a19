/// The distinct values of a column in order of appearance, and each value's index among them.
///
/// Open addressing over 32-bit indexes, at most half full; no allocation once it has seen the
/// largest block.
struct ColumnDictionary: ~Copyable {
  private var slots: UnsafeMutableBufferPointer<UInt32>
  private var distinct: UnsafeMutableBufferPointer<UInt64>
  private var indexStorage: UnsafeMutableBufferPointer<UInt64>
  private var distinctCount = 0
  private var count = 0
  private static let empty = UInt32.max

  init() {
    slots = .allocate(capacity: 0)
    distinct = .allocate(capacity: 0)
    indexStorage = .allocate(capacity: 0)
  }

  deinit {
    slots.deallocate()
    distinct.deallocate()
    indexStorage.deallocate()
  }

  var distinctValues: UnsafeBufferPointer<UInt64> {
    UnsafeBufferPointer(rebasing: distinct[..<distinctCount])
  }
  var indexes: UnsafeBufferPointer<UInt64> {
    UnsafeBufferPointer(rebasing: indexStorage[..<count])
  }

  /// False as soon as nearly all values prove distinct: a dictionary would then save nothing.
  mutating func build(_ values: UnsafeBufferPointer<UInt64>) -> Bool {
    prepare(for: values.count)
    let mostDistinct = values.count - values.count / 8
    let shift = UInt64(64 - slots.count.trailingZeroBitCount)
    let mask = slots.count - 1
    for position in 0..<values.count {
      let value = values[position]
      var slot = Int(truncatingIfNeeded: (value &* 0x9E37_79B9_7F4A_7C15) &>> shift)
      while true {
        let index = slots[slot]
        if index == Self.empty {
          guard distinctCount < mostDistinct else { return false }
          slots[slot] = UInt32(truncatingIfNeeded: distinctCount)
          distinct[distinctCount] = value
          indexStorage[position] = UInt64(distinctCount)
          distinctCount += 1
          break
        }
        if distinct[Int(index)] == value {
          indexStorage[position] = UInt64(index)
          break
        }
        slot = (slot &+ 1) & mask
      }
    }
    return true
  }

  private mutating func prepare(for count: Int) {
    self.count = count
    distinctCount = 0
    var wanted = 1 << 10
    while wanted < count * 2 { wanted *= 2 }
    if slots.count < wanted {
      slots.deallocate()
      distinct.deallocate()
      indexStorage.deallocate()
      slots = .allocate(capacity: wanted)
      distinct = .allocate(capacity: wanted)
      indexStorage = .allocate(capacity: wanted)
      distinct.initialize(repeating: 0)
      indexStorage.initialize(repeating: 0)
    }
    slots.initialize(repeating: Self.empty)
  }
}
