/// A set of the numbers `0 ..< capacity` that knows its order: how many of its members lie below a
/// number, and which is the k-th.
///
/// One bit a number, and a Fenwick tree (Fenwick, "A new data structure for cumulative frequency
/// tables", 1994) over the counts of 64 numbers each. All operations take O(log(capacity / 64)).
struct OrderedMarks {
  private var words: [UInt64]
  /// From 1; entry i counts the members of the words behind i - lowbit(i) up to i.
  private var tree: [UInt32]
  private let topStep: Int
  /// Members.
  private(set) var count = 0

  /// The empty set.
  init(capacity: Int) {
    words = Array(repeating: 0, count: (capacity + 63) / 64)
    tree = Array(repeating: 0, count: words.count + 1)
    topStep = words.isEmpty ? 0 : 1 << (Int.bitWidth - 1 - words.count.leadingZeroBitCount)
  }

  /// Whether `number` is a member.
  func contains(_ number: Int) -> Bool { words[number >> 6] >> UInt64(number & 63) & 1 == 1 }

  /// Adds `number`, which is no member.
  mutating func insert(_ number: Int) {
    words[number >> 6] |= 1 << UInt64(number & 63)
    count += 1
    var index = (number >> 6) + 1
    while index < tree.count {
      tree[index] &+= 1
      index &+= index & -index
    }
  }

  /// Removes `number`, which is a member.
  mutating func remove(_ number: Int) {
    words[number >> 6] &= ~(1 << UInt64(number & 63))
    count -= 1
    var index = (number >> 6) + 1
    while index < tree.count {
      tree[index] &-= 1
      index &+= index & -index
    }
  }

  /// Members below `number`.
  func rank(of number: Int) -> Int {
    let below = words[number >> 6] & ((1 << UInt64(number & 63)) &- 1)
    var sum = below.nonzeroBitCount
    var index = number >> 6
    while index > 0 {
      sum &+= Int(tree[index])
      index &= index &- 1
    }
    return sum
  }

  /// The member that has `rank` members below it; `rank` is below `count`.
  func select(_ rank: Int) -> Int {
    precondition(rank >= 0 && rank < count, "there is no such member")
    var left = UInt32(truncatingIfNeeded: rank)
    var index = 0
    var step = topStep
    while step > 0 {
      let next = index &+ step
      if next < tree.count, tree[next] <= left {
        left &-= tree[next]
        index = next
      }
      step &>>= 1
    }
    return index << 6 | Self.bit(left, of: words[index])
  }

  /// The lowest member at or above `number`; nil if there is none.
  func next(from number: Int) -> Int? {
    var index = number >> 6
    guard index < words.count else { return nil }
    var word = words[index] & (.max << UInt64(number & 63))
    while word == 0 {
      index += 1
      guard index < words.count else { return nil }
      word = words[index]
    }
    return index << 6 | word.trailingZeroBitCount
  }

  /// Makes the set `0 ..< count`.
  mutating func refill(count: Int) {
    self.count = count
    for index in words.indices {
      let members = min(64, max(0, count - index << 6))
      words[index] = members == 64 ? .max : (1 << UInt64(members)) - 1
    }
    rebuild()
  }

  /// Makes the set of those `0 ..< count` for which `isMember` holds.
  mutating func refill(count: Int, where isMember: (Int) -> Bool) {
    for index in words.indices { words[index] = 0 }
    self.count = 0
    for number in 0..<count where isMember(number) {
      words[number >> 6] |= 1 << UInt64(number & 63)
      self.count += 1
    }
    rebuild()
  }

  private mutating func rebuild() {
    for index in tree.indices { tree[index] = 0 }
    for index in 1..<max(1, tree.count) {
      tree[index] &+= UInt32(words[index - 1].nonzeroBitCount)
      let parent = index + (index & -index)
      if parent < tree.count { tree[parent] &+= tree[index] }
    }
  }

  /// The place of the set bit of `word` that has `rank` set bits below it: by halves.
  private static func bit(_ rank: UInt32, of word: UInt64) -> Int {
    var rest = word
    var left = Int(rank)
    var place = 0
    var width: UInt64 = 32
    while width > 0 {
      let lower = (rest & ((1 &<< width) &- 1)).nonzeroBitCount
      if lower <= left {
        left &-= lower
        rest &>>= width
        place &+= Int(width)
      }
      width &>>= 1
    }
    return place
  }
}
