/// A set of positions below a bound that finds its largest: bitmaps over bitmaps, 64 to a word.
///
/// Every call touches a word a level, six for 2^32 positions. One bit and a 63rd a position.
struct PositionSet {
  private var levels: [[UInt64]]

  init(bound: Int) {
    levels = []
    var words = max(1, (bound + 63) / 64)
    while true {
      levels.append(Array(repeating: 0, count: words))
      if words == 1 { break }
      words = (words + 63) / 64
    }
  }

  func contains(_ position: Int) -> Bool {
    levels[0][position >> 6] >> UInt64(position & 63) & 1 != 0
  }

  mutating func insert(_ position: Int) {
    var position = position
    for level in levels.indices {
      levels[level][position >> 6] |= 1 << UInt64(position & 63)
      position >>= 6
    }
  }

  mutating func remove(_ position: Int) {
    var position = position
    for level in levels.indices {
      levels[level][position >> 6] &= ~(1 << UInt64(position & 63))
      if levels[level][position >> 6] != 0 { return }
      position >>= 6
    }
  }

  /// The largest position; nil from an empty set.
  var largest: Int? {
    guard let top = levels.last?[0], top != 0 else { return nil }
    var position = 0
    for level in levels.reversed() {
      let word = level[position]
      position = position << 6 | (63 - word.leadingZeroBitCount)
    }
    return position
  }
}
