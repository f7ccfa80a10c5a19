/// A distribution as its quantiles at equal steps: sampled by picking a place between two of them.
///
/// Empirical, so it needs no family of curves to be right; 64 steps and the two ends keep the mean
/// of the heavy tails met in KV traces within a few percent, and the last steps are finer.
public struct QuantileTable: Equatable, Sendable {
  /// Shares at which values are kept: 64 equal steps, the last one cut twice more.
  static let shares: [Double] =
    (0..<64).map { Double($0) / 64 } + [0.9875, 0.99, 0.995, 0.998, 1]

  /// The values at `shares`, ascending.
  let values: [Double]

  /// The quantiles of `samples`; of one zero if there are none.
  init(of samples: [Double]) {
    let sorted = samples.sorted()
    values = Self.shares.map { share in
      guard let last = sorted.indices.last else { return 0 }
      let place = share * Double(last)
      let below = Int(place)
      let above = min(last, below + 1)
      return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
    }
  }

  init(values: [Double]) {
    precondition(values.count == Self.shares.count, "a value for each share")
    self.values = values
  }

  /// The value below which `share` (0 to 1) of the distribution lies.
  func value(at share: Double) -> Double {
    var upper = min(63, Int(share * 64)) + 1
    while upper < Self.shares.count - 1, Self.shares[upper] < share { upper += 1 }
    let low = Self.shares[upper - 1]
    let high = Self.shares[upper]
    return values[upper - 1] + (values[upper] - values[upper - 1]) * (share - low) / (high - low)
  }

  func sample(_ random: inout TraceRandom) -> Double { value(at: random.fraction()) }
}
