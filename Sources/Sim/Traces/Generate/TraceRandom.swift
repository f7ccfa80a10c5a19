/// The random numbers of trace generation: SplitMix64 (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014). Integers, and fractions made with one multiply, so
/// the same seed gives the same trace on every machine.
struct TraceRandom {
  private var state: UInt64

  /// A stream of its own for each `purpose`.
  init(seed: UInt64, purpose: UInt64) {
    state = Self.mix(seed &+ Self.mix(purpose))
  }

  /// The next 64 random bits.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state &- 0x9E37_79B9_7F4A_7C15)
  }

  /// Uniform in 0 ..< 1, 53 bits.
  mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// True with `probability`.
  mutating func chance(_ probability: Double) -> Bool { fraction() < probability }

  /// Exponential with mean 1, by inversion.
  mutating func exponential() -> Double { -naturalLogarithm(1 - fraction()) }

  /// SplitMix64's step from a state to an output: a bijection of 64 bits that looks random.
  static func mix(_ value: UInt64) -> UInt64 {
    var bits = value &+ 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}

/// ln x for normal x > 0, to about 1e-15, with nothing but + - * / so that every machine gets the
/// same bits: x = m 2^e with m in 0.7 ... 1.41, and ln m = 2 artanh((m - 1) / (m + 1)).
func naturalLogarithm(_ value: Double) -> Double {
  precondition(value.isNormal && value > 0, "a logarithm needs a normal positive number")
  var mantissa = value.significand
  var exponent = Double(value.exponent)
  if mantissa > 1.414_213_562_373_095_1 {
    mantissa /= 2
    exponent += 1
  }
  let ratio = (mantissa - 1) / (mantissa + 1)
  let square = ratio * ratio
  // |ratio| <= 0.172, so the 11th term is below 1e-17 of the first.
  var sum = 0.0
  for odd in stride(from: 21.0, through: 1, by: -2) { sum = sum * square + 1 / odd }
  return exponent * 0.693_147_180_559_945_31 + 2 * ratio * sum
}
