/// Popularity by rank: of `count` things the one of rank r, from 0, is drawn with a probability
/// proportional to (r + 1)^-exponent.
///
/// Drawn by rejection-inversion (Hoermann, Derflinger, "Rejection-Inversion to Generate Variates from
/// Monotone Discrete Distributions", TOMACS 1996): no table, constant time for any count, exact.
public struct ZipfDistribution: Sendable, BitwiseCopyable {
  /// Number of ranks.
  public let count: UInt64
  /// 0 is uniform; measured popularity lies between 0.6 and 1.2.
  public let exponent: Double
  /// The area under the hat, between these two values of its integral.
  private let areaStart: Double
  private let areaEnd: Double
  /// A candidate no further than this from its rank needs no test.
  private let squeeze: Double

  /// Ranks `0..<count`, with `count` in 1...2^52 and an exponent in 0...16.
  public init(count: UInt64, exponent: Double) {
    precondition(count >= 1 && count <= 1 << 52, "Zipf needs 1 to 2^52 ranks")
    precondition(exponent >= 0 && exponent <= 16, "Zipf needs an exponent from 0 to 16")
    self.count = count
    self.exponent = exponent
    areaStart = Self.integral(1.5, exponent) - 1
    areaEnd = Self.integral(Double(count) + 0.5, exponent)
    squeeze =
      2 - Self.inverse(Self.integral(2.5, exponent) - Self.density(2, exponent), exponent)
  }

  /// A rank in `0..<count`.
  public func draw(from stream: inout RandomStream) -> UInt64 {
    while true {
      let area = areaEnd + stream.unit() * (areaStart - areaEnd)
      let x = Self.inverse(area, exponent)
      let rank = min(max(UInt64(x + 0.5), 1), count)
      let k = Double(rank)
      if k - x <= squeeze { return rank - 1 }
      if area >= Self.integral(k + 0.5, exponent) - Self.density(k, exponent) { return rank - 1 }
    }
  }

  /// x^-s.
  private static func density(_ x: Double, _ exponent: Double) -> Double {
    DeterministicMath.exp(-exponent * DeterministicMath.log(x))
  }

  /// The integral of the density from 1 to x: (x^(1-s) - 1) / (1 - s), or log x where s is 1.
  private static func integral(_ x: Double, _ exponent: Double) -> Double {
    let logarithm = DeterministicMath.log(x)
    return DeterministicMath.expm1Ratio((1 - exponent) * logarithm) * logarithm
  }

  /// The x whose integral is `area`.
  private static func inverse(_ area: Double, _ exponent: Double) -> Double {
    // Rounding must not take the argument below the pole at -1.
    let t = max((1 - exponent) * area, -1 + 0x1p-53)
    return DeterministicMath.exp(DeterministicMath.log1pRatio(t) * area)
  }
}
