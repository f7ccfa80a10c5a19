import TarnCore

/// The sizes of objects, in bytes. An object's size follows from its id alone, so it has the same in
/// all requests and with all seeds. Sizes are rounded to whole bytes from 1 to 2^32 - 1.
public enum SizeModel: Sendable, Equatable {
  case fixed(UInt32)
  /// Half of the objects are smaller than `median`; the sizes' logarithm has the standard deviation
  /// `sigma`.
  case lognormal(median: Double, sigma: Double)
  /// Each whole number of bytes from `least` to `most` equally likely.
  case uniform(least: UInt32, most: UInt32)
  /// A power law: the share of objects larger than s is (least / s)^alpha; larger ones than `most`
  /// are left out.
  case pareto(least: Double, alpha: Double, most: Double)

  /// The size of object `id`.
  func size(of id: UInt64) -> UInt32 {
    // Apart from the hashes that make ids of ranks.
    let hash = mix64(id ^ 0x7369_7A65_206F_6620)
    switch self {
    case .fixed(let size): return size
    case .uniform(let least, let most):
      let width = UInt64(most - least) + 1
      return least + UInt32(truncatingIfNeeded: hash.multipliedFullWidth(by: width).high)
    case .lognormal(let median, let sigma):
      return Self.whole(median * DeterministicMath.exp(sigma * Self.normal(hash)))
    case .pareto(let least, let alpha, let most):
      let within = 1 - DeterministicMath.pow(least / most, alpha)
      let share = 1 - Double(hash >> 11) * 0x1p-53 * within
      return Self.whole(least * DeterministicMath.pow(share, -1 / alpha))
    }
  }

  private static func whole(_ size: Double) -> UInt32 {
    UInt32(min(max(size + 0.5, 1), 0xFFFF_FFFF))
  }

  /// Standard normal, from a hash and what follows from it (Marsaglia's polar method, 1964).
  private static func normal(_ hash: UInt64) -> Double {
    var generator = SplitMix64(state: hash)
    while true {
      let x = Double(generator.next() >> 11) * 0x1p-52 - 1
      let y = Double(generator.next() >> 11) * 0x1p-52 - 1
      let square = x * x + y * y
      if square < 1 && square > 0 {
        return x * (-2 * DeterministicMath.log(square) / square).squareRoot()
      }
    }
  }
}
