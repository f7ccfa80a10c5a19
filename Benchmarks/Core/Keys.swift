import TarnCore

/// Numbers and keys that are the same in every run: the draws of SplitMix64.
struct Draws {
  private var state: UInt64

  init(seed: UInt64) { state = mix64(seed) }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return mix64(state)
  }

  /// A number from 0 up to but not including 1.
  mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// Draws ranks 0 ..< count so that rank r comes up in proportion to 1 / (r + 1): Zipf's law with
/// exponent 1.0, the skew of most published cache traces.
struct Zipf {
  private let cumulative: [Double]

  init(count: Int) {
    var sum = 0.0
    cumulative = (1...count).map { rank in
      sum += 1 / Double(rank)
      return sum
    }
  }

  func rank(_ draws: inout Draws) -> Int {
    let wanted = draws.fraction() * cumulative[cumulative.count - 1]
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] <= wanted { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// The key of block `number` of a series; keys of different series never meet.
@inline(__always)
func numberedKey(_ number: UInt64, series: UInt64) -> BlockKey {
  BlockKey(high: mix64(number ^ series << 48), low: mix64(number ^ series << 48 ^ 0x5bd1_e995))
}
