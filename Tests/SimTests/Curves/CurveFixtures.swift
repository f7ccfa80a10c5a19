import TarnCore
import TarnSim

/// Traces with skewed popularity, of numbers that share nothing with the code under test.
enum CurveTraces {
  /// `count` requests for up to `keys` keys: the smaller of two or three uniform numbers is popular at
  /// the low end. Sizes, where wanted, are a fixed function of the key, 1 to 1,000.
  static func skewed(_ count: Int, keys: UInt64, seed: UInt64, isSized: Bool = false)
    -> RequestTrace
  {
    var numbers = TestNumbers(seed)
    var ids: [UInt64] = []
    for _ in 0..<count {
      ids.append(min(numbers.below(keys), numbers.below(keys), numbers.below(keys)))
    }
    let sizes = isSized ? ids.map { UInt32(($0 &* 7_919) % 1_000 + 1) } : []
    return RequestTrace(name: "skewed", keys: ids.map { $0 &* 0x9E37_79B9 }, sizes: sizes)
  }

  /// Popularity by Zipf's law with exponent 1.
  static func zipf(_ count: Int, keys: UInt64, seed: UInt64) -> RequestTrace {
    let law = ZipfDistribution(count: keys, exponent: 1)
    var stream = RandomStream(seed: seed, purpose: "test.zipf")
    return RequestTrace(
      name: "zipf",
      keys: (0..<count).map { _ in law.draw(from: &stream) &* 0x9E37_79B9_7F4A_7C15 })
  }
}

/// LRU's stack as it is in the textbook: a list, searched from the top.
struct NaiveStack {
  private var stack: [(key: UInt64, size: UInt64)] = []

  /// The least capacity that hits; nil the first time. Sizes are those of the last request.
  mutating func depth(of key: UInt64, size: UInt64) -> UInt64? {
    var sum: UInt64 = 0
    for (index, entry) in stack.enumerated() {
      sum += entry.size
      guard entry.key == key else { continue }
      stack.remove(at: index)
      stack.insert((key, size), at: 0)
      return sum
    }
    stack.insert((key, size), at: 0)
    return nil
  }
}

/// Misses of one replay.
func misses(_ kind: EvictionKind, _ trace: RequestTrace, _ capacity: UInt64, isSized: Bool) throws
  -> ShadowCounters
{
  let cell = ReplayCell(
    policy: ReplayPolicy(EvictionConfiguration(kind)), capacity: capacity, isSized: isSized)
  return try Replay.run(cell, over: trace).counters
}
