/// A mean difference of paired values with its 95 % band, by Student's t.
///
/// Two candidates met the same stretches of a trace or the same seeds, so what the stretches differ in
/// cancels out. ("Student", "The probable error of a mean", Biometrika 6, 1908.)
public struct TuneBand: Sendable, Equatable, Encodable {
  /// The mean difference.
  public var mean: Double
  /// Half the band's width; infinite with fewer than two pairs.
  public var halfWidth: Double
  /// Pairs that it was made from.
  public var pairs: Int

  /// Of `left[i] - right[i]`.
  public init(_ left: [Double], minus right: [Double]) {
    precondition(left.count == right.count, "differences are of pairs")
    let differences = zip(left, right).map { $0 - $1 }
    let count = Double(differences.count)
    pairs = differences.count
    mean = differences.isEmpty ? 0 : differences.reduce(0, +) / count
    guard differences.count >= 2 else {
      halfWidth = .infinity
      return
    }
    let center = mean
    let squares = differences.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    halfWidth = Self.quantile(differences.count - 1) * (squares / (count - 1) / count).squareRoot()
  }

  /// Whether the band holds zero: then the difference may be chance.
  public var isNoise: Bool { abs(mean) <= halfWidth }

  /// Student's t at 97.5 % for so many degrees of freedom (standard table; beyond 30 its value at
  /// the next lower row, which is never too small).
  static func quantile(_ degrees: Int) -> Double {
    let table = [
      12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
      2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
      2.052, 2.048, 2.045, 2.042,
    ]
    return table[min(max(degrees, 1), table.count) - 1]
  }
}
