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
  mutating func exponential() -> Double { -DeterministicMath.log(1 - fraction()) }

  /// SplitMix64's step from a state to an output: a bijection of 64 bits that looks random.
  static func mix(_ value: UInt64) -> UInt64 {
    var bits = value &+ 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
