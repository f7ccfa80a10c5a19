/// Student's t distribution: how far the mean of a few samples may be off.
enum StudentT {
  /// 97.5 % quantiles for 1 to 30 degrees of freedom (NIST/SEMATECH e-Handbook of Statistical Methods,
  /// 1.3.6.7.2).
  private static let quantiles = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
  ]

  /// The factor of a two-sided 95 % band, for 1 or more degrees of freedom; above 30 by the first terms
  /// of the Cornish-Fisher expansion (Abramowitz and Stegun, 26.7.5), good to 4 digits.
  static func factor95(degreesOfFreedom: Int) -> Double {
    precondition(degreesOfFreedom >= 1, "a spread takes two samples")
    if degreesOfFreedom <= quantiles.count { return quantiles[degreesOfFreedom - 1] }
    let z = 1.959_964
    let cube = z * z * z
    let n = Double(degreesOfFreedom)
    return z + (cube + z) / (4 * n) + (5 * cube * z * z + 16 * cube + 3 * z) / (96 * n * n)
  }
}
