/// A prefix-aware LRU cache over numbered blocks, as small as measuring a trace needs.
///
/// For every prompt, in order: count the leading blocks that are present, up to the first absent
/// one; then touch every block front to back, inserting the absent ones at the recent end and
/// evicting the least recent over capacity.
struct PrefixLRU {
  private static let none = -1
  private let capacity: Int
  // A circular list through all numbers and one sentinel, which lies between newest and oldest.
  private var newer: [Int]
  private var older: [Int]
  private var resident: [Bool]
  private var count = 0
  private var sentinel: Int { resident.count }

  init(distinct: Int, capacity: Int) {
    self.capacity = capacity
    newer = Array(repeating: Self.none, count: distinct + 1)
    older = newer
    resident = Array(repeating: false, count: distinct)
    newer[distinct] = distinct
    older[distinct] = distinct
  }

  /// Blocks found in cached prefixes over all blocks; `starts` delimits the prompts in `blocks`.
  static func hitRatio(_ blocks: [Int], starts: [Int], distinct: Int, capacity: Int) -> Double {
    guard capacity > 0, !blocks.isEmpty else { return 0 }
    var cache = PrefixLRU(distinct: distinct, capacity: capacity)
    var hits = 0
    for (start, end) in zip(starts, starts.dropFirst()) {
      let prompt = blocks[start..<end]
      hits += prompt.prefix { cache.resident[$0] }.count
      for block in prompt { cache.touch(block) }
    }
    return Double(hits) / Double(blocks.count)
  }

  private mutating func touch(_ block: Int) {
    if resident[block] {
      unlink(block)
    } else {
      resident[block] = true
      count += 1
      if count > capacity {
        let oldest = newer[sentinel]
        unlink(oldest)
        resident[oldest] = false
        count -= 1
      }
    }
    let newest = older[sentinel]
    newer[newest] = block
    older[block] = newest
    newer[block] = sentinel
    older[sentinel] = block
  }

  private mutating func unlink(_ block: Int) {
    newer[older[block]] = newer[block]
    older[newer[block]] = older[block]
  }
}
