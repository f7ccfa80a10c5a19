/// What curves are asked for.
public struct CurveSettings: Sendable {
  /// One curve each.
  public var policies: [ReplayPolicy]
  /// Bytes, or objects where sizes are ignored.
  public var capacities: [UInt64]
  /// Whether recorded sizes count.
  public var isSized = false
  /// Whether every point is to be what a whole replay counts; samples otherwise.
  public var isExact = false
  /// Whether LRU is taken from stack distances, which one pass gives for all capacities, instead of
  /// samples.
  public var usesStackDistances = true
  /// Share of the keys in a sample, above 0 and below 1; small capacities get more.
  public var rate = 0.01
  /// Samples of each rate, 2 or more.
  public var repeats = 5
  /// Another seed, other samples.
  public var seed: UInt64 = 1
  /// Objects that a miniature cache holds at least.
  public var fewestObjects = 100.0

  /// Sampled curves of `policies` at `capacities`.
  public init(policies: [ReplayPolicy], capacities: [UInt64]) {
    self.policies = policies
    self.capacities = capacities.ascendingOnce()
  }

  /// Capacities of the same ratio from one to the next, from a thousandth of `footprint` to all of it;
  /// fewer than `count` where whole numbers are too coarse.
  public static func spread(_ count: Int, over footprint: UInt64) -> [UInt64] {
    precondition(count >= 1, "a curve has a point")
    if count == 1 { return [max(1, footprint)] }
    let capacities = (0..<count).map { index in
      let exponent = Double(index - (count - 1)) / Double(count - 1) * 3
      return UInt64(max(1, Double(footprint) * DeterministicMath.pow(10, exponent)).rounded())
    }
    return (capacities.dropLast() + [max(1, footprint)]).ascendingOnce()
  }
}
