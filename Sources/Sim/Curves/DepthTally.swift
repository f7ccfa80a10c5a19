/// Counts at which depth of the LRU stack requests found their key. A key on top has depth 1, or its
/// size where sizes count: the least capacity that hits.
protocol DepthTally {
  mutating func add(depth: UInt64, bytes: UInt64)
  /// Hits of caches of `capacities`, which ascend.
  func hits(ascending capacities: [UInt64]) -> [StackHits]
}

/// Requests that hit, and their bytes.
struct StackHits: Equatable, Sendable {
  var requests: UInt64 = 0
  var bytes: UInt64 = 0
}

/// A count for every depth: equal sizes, where depths are no more than keys.
struct EveryDepth: DepthTally {
  /// Hits by depth; index 0 is depth 1.
  private var counts: [UInt64] = []

  @inline(__always)
  mutating func add(depth: UInt64, bytes: UInt64) {
    let index = Int(truncatingIfNeeded: depth &- 1)
    if index >= counts.count { grow(to: index + 1) }
    counts[index] &+= 1
  }

  private mutating func grow(to count: Int) {
    let room = max(count, counts.count * 2, 1 << 10)
    counts.append(contentsOf: repeatElement(0, count: room - counts.count))
  }

  func hits(ascending capacities: [UInt64]) -> [StackHits] {
    var sum: UInt64 = 0
    var next = 0
    return capacities.map { capacity in
      while next < counts.count, UInt64(next) < capacity {
        sum += counts[next]
        next += 1
      }
      return StackHits(requests: sum, bytes: sum)
    }
  }
}

/// Counts between capacities that are known up front: depths in bytes are too many to keep apart.
struct DepthLimits: DepthTally {
  private let limits: [UInt64]
  /// Hits deeper than the limit before and no deeper than this one.
  private var between: [StackHits]

  /// `capacities` ascend and differ.
  init(_ capacities: [UInt64]) {
    limits = capacities
    between = Array(repeating: StackHits(), count: capacities.count)
  }

  @inline(__always)
  mutating func add(depth: UInt64, bytes: UInt64) {
    let index = first(from: depth)
    guard index < limits.count else { return }
    between[index].requests &+= 1
    between[index].bytes &+= bytes
  }

  /// The index of the first limit that is `depth` or more.
  @inline(__always)
  private func first(from depth: UInt64) -> Int {
    var low = 0
    var count = limits.count
    while count > 0 {
      let half = count >> 1
      let isBelow = limits[low &+ half] < depth
      low = isBelow ? low &+ half &+ 1 : low
      count = isBelow ? count &- half &- 1 : half
    }
    return low
  }

  func hits(ascending capacities: [UInt64]) -> [StackHits] {
    capacities.map { capacity in
      let last = first(from: capacity)
      precondition(
        last < limits.count && limits[last] == capacity, "a capacity that was named up front")
      return between[...last].reduce(into: StackHits()) {
        $0.requests += $1.requests
        $0.bytes += $1.bytes
      }
    }
  }
}
