/// Random numbers for one purpose: xoshiro256** (Blackman, Vigna, "Scrambled Linear Pseudorandom
/// Number Generators", 2021), with a period of 2^256 - 1.
///
/// Each model draws from a stream of its own, named for what it decides, so that a change in one model
/// leaves every other model's draws as they were. The seeding is part of the specification (golden
/// vectors in the tests): FNV-1a hashes the purpose's UTF-8; SplitMix64 (Steele, Lea, Flood, OOPSLA
/// 2014), started at mix(seed) ^ mix(hash + index), gives the four words of state.
public struct RandomStream: Sendable, BitwiseCopyable, Equatable {
  private var s0: UInt64
  private var s1: UInt64
  private var s2: UInt64
  private var s3: UInt64

  /// The stream of `purpose` in the simulation with this seed; `index` tells apart the streams of
  /// several things that share a purpose, such as nodes.
  public init(seed: UInt64, purpose: String, index: UInt64 = 0) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var seeder = SplitMix64(state: SplitMix64.mix(seed) ^ SplitMix64.mix(hash &+ index))
    self.init(words: (seeder.next(), seeder.next(), seeder.next(), seeder.next()))
  }

  /// The generator in this state, in which not everything is 0. Four zeros, the one state that never
  /// leaves itself, cannot follow from SplitMix64: its outputs are distinct.
  init(words: (UInt64, UInt64, UInt64, UInt64)) { (s0, s1, s2, s3) = words }

  /// 64 random bits.
  public mutating func next() -> UInt64 {
    let product = s1 &* 5
    let result = (product &<< 7 | product &>> 57) &* 9
    let shifted = s1 &<< 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = s3 &<< 45 | s3 &>> 19
    return result
  }

  /// A number in `0..<bound`, each equally likely (Lemire, "Fast Random Integer Generation in an
  /// Interval", 2019).
  public mutating func below(_ bound: UInt64) -> UInt64 {
    precondition(bound > 0, "there is no number below 0")
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let unfair = (0 &- bound) % bound
      while product.low < unfair { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }

  /// An index in `0..<count`, each equally likely.
  public mutating func index(below count: Int) -> Int {
    precondition(count > 0, "there is no index in nothing")
    return Int(below(UInt64(count)))
  }

  /// A number in [0, 1), a multiple of 2^-53.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// True with this probability.
  public mutating func chance(_ probability: Double) -> Bool { unit() < probability }
}

/// SplitMix64: turns any seed into well mixed words.
struct SplitMix64 {
  private(set) var state: UInt64

  init(state: UInt64) { self.state = state }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// The output function: a bijection of 64-bit words.
  static func mix(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ z &>> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z &>> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z &>> 31
  }
}
