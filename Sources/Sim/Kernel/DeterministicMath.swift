/// Elementary functions that give the same bits on every platform.
///
/// The system's libm differs between C libraries and processors in the last place, and one differing
/// bit in a sampled time reorders a whole simulation. These use only IEEE 754 addition,
/// subtraction, multiplication and division, which are exactly specified, and bit patterns. Relative
/// error: a few units in the last place for `log` and `exp`, below 1e-12 for `pow`.
public enum DeterministicMath {
  // ln 2 in two parts: the first has 32 significant bits, so that its product with any exponent is
  // exact.
  private static var ln2High: Double { 0x1.62e42feep-1 }
  private static var ln2Low: Double { 0x1.a39ef35793c76p-33 }
  private static var log2E: Double { 0x1.71547652b82fep+0 }

  /// The natural logarithm: -inf of 0, NaN of negative numbers.
  ///
  /// x = m * 2^k with m in (1/sqrt 2, sqrt 2]; log m = 2 artanh(s), s = (m - 1) / (m + 1), by
  /// artanh's series: s^2 <= 0.0295, so that eleven terms reach the last place.
  public static func log(_ x: Double) -> Double {
    if !(x > 0) { return x == 0 ? -.infinity : .nan }
    if x == .infinity { return x }
    // Subnormal numbers have no leading one: scale them up first.
    let scaled = x < .leastNormalMagnitude ? x * 0x1p54 : x
    let bits = scaled.bitPattern
    var exponent = Int(truncatingIfNeeded: bits >> 52) &- 1023
    if x < .leastNormalMagnitude { exponent &-= 54 }
    var mantissa = Double(bitPattern: bits & 0x000F_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000)
    if mantissa > 0x1.6a09e667f3bcdp+0 {
      mantissa *= 0.5
      exponent &+= 1
    }
    let s = (mantissa - 1) / (mantissa + 1)
    let z = s * s
    var series = 1.0 / 21 * z + 1.0 / 19
    series = series * z + 1.0 / 17
    series = series * z + 1.0 / 15
    series = series * z + 1.0 / 13
    series = series * z + 1.0 / 11
    series = series * z + 1.0 / 9
    series = series * z + 1.0 / 7
    series = series * z + 1.0 / 5
    series = series * z + 1.0 / 3
    let k = Double(exponent)
    return k * ln2High + (2 * s + (2 * s * z * series + k * ln2Low))
  }

  /// e to the power of `x`; infinity above 709.78, 0 below -745.13.
  ///
  /// x = k ln 2 + r with |r| <= ln 2 / 2; e^r by its series to r^13.
  public static func exp(_ x: Double) -> Double {
    if !(x > -745.2) { return x.isNaN ? x : 0 }
    if x > 709.8 { return .infinity }
    // Adding 1.5 * 2^52 leaves no bits after the point: rounds to nearest.
    let k = (x * log2E + 0x1.8p52) - 0x1.8p52
    let r = (x - k * ln2High) - k * ln2Low
    var series = 1.0 / 13 * r + 1
    series = series * (r * (1.0 / 12)) + 1
    series = series * (r * (1.0 / 11)) + 1
    series = series * (r * (1.0 / 10)) + 1
    series = series * (r * (1.0 / 9)) + 1
    series = series * (r * (1.0 / 8)) + 1
    series = series * (r * (1.0 / 7)) + 1
    series = series * (r * (1.0 / 6)) + 1
    series = series * (r * (1.0 / 5)) + 1
    series = series * (r * (1.0 / 4)) + 1
    series = series * (r * (1.0 / 3)) + 1
    series = series * (r * 0.5)
    let power = 1 + (r + r * series)
    // Two steps, because 2^k alone may be out of range where the product is not.
    let exponent = Int(k)
    let half = exponent >> 1
    return power * powerOfTwo(half) * powerOfTwo(exponent - half)
  }

  /// `base`, not negative, to the power of `exponent`; NaN if `base` is negative.
  public static func pow(_ base: Double, _ exponent: Double) -> Double {
    if exponent == 0 || base == 1 { return 1 }
    if base == 0 { return exponent < 0 ? .infinity : 0 }
    return exp(exponent * log(base))
  }

  /// (e^x - 1) / x, 1 at 0: exact where the difference alone would lose its digits.
  static func expm1Ratio(_ x: Double) -> Double {
    if x > 0.03 || x < -0.03 { return (exp(x) - 1) / x }
    var series = x * (1.0 / 8) + 1
    series = series * (x * (1.0 / 7)) + 1
    series = series * (x * (1.0 / 6)) + 1
    series = series * (x * (1.0 / 5)) + 1
    series = series * (x * (1.0 / 4)) + 1
    series = series * (x * (1.0 / 3)) + 1
    return series * (x * 0.5) + 1
  }

  /// log(1 + x) / x, 1 at 0, for x > -1.
  static func log1pRatio(_ x: Double) -> Double {
    if x > 0.03 || x < -0.03 { return log(1 + x) / x }
    // 2 artanh(x / (2 + x)) / x.
    let z = (x / (2 + x)) * (x / (2 + x))
    let series = 1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9))))
    return 2 * series / (2 + x)
  }

  /// 2 to the power of `exponent`, in -1022...1023.
  private static func powerOfTwo(_ exponent: Int) -> Double {
    Double(bitPattern: UInt64(truncatingIfNeeded: exponent &+ 1023) << 52)
  }
}
