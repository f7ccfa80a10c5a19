/// A rolling 64-bit hash of everything that a core was told and decided, in order.
///
/// Two runs with equal values took the same decisions, in debug and release and on any machine, so
/// it is always on. It is no defence against someone who wants a collision.
///
/// Specification. With `*` the full 128-bit product and `low` and `high` its halves,
///
///     mix(a, b) = a ^ b ^ low(a * b) ^ high(a * b)
///     fold(w)   = mix(w0 ^ S0, w1 ^ S1) ^ mix(w2 ^ S2, w3 ^ S3)
///               ^ mix(w4 ^ S4, w5 ^ S5) ^ mix(w6 ^ S6, w7 ^ S7)
///
/// over the words of `DecisionWords`, absent ones 0. S0 ... S15 are the first 64 bits of the
/// fractional parts of the square roots of the first 16 primes (the initial values of SHA-512 and
/// SHA-384). The value starts as S8 and becomes
///
///     for an input with words w at time t:  mix(value ^ fold(w), t ^ S9)
///     for an effect with words w:           mix(value ^ fold(w), S10)
///     for n > 0 keys (h, l):                mix(value ^ k, n ^ S11), where
///                     k = xor over i of mix(h[i] ^ S0, l[i] ^ (S1 + i * S12))
///
/// Sums and products with S12 are modulo 2^64. The multiply-fold is that of wyhash (Wang Yi,
/// "wyhash", 2019), with its operands folded in so that a zero operand does not hide the other. The
/// folds of one record run in parallel; one multiplication a record waits for the one before.
public struct DecisionHash: BitwiseCopyable, Sendable, Equatable {
  /// The hash of everything absorbed so far.
  public private(set) var value: UInt64

  /// The hash of nothing.
  public init() { value = Secret.start }

  /// Goes on from a value that was stored.
  public init(resuming value: UInt64) { self.value = value }

  /// Absorbs an input and the time of its step.
  @inline(__always)
  public mutating func absorb(_ input: Input, at now: Instant) {
    let folded = input.withDecisionWords { fold($0) }
    value = mix(value ^ folded, now.nanoseconds ^ Secret.input)
  }

  /// Absorbs a recorded event exactly as the input that it was.
  public mutating func absorb(_ event: DecisionRecord.Event, at now: Instant) {
    value = mix(value ^ fold(event.decisionWords), now.nanoseconds ^ Secret.input)
  }

  /// Absorbs the keys that came beside the last input, if there are any.
  public mutating func absorb(keys: Span<BlockKey>) {
    if keys.isEmpty { return }
    var folded: UInt64 = 0
    var position = Secret.s1
    for index in keys.indices {
      folded ^= mix(keys[index].high ^ Secret.s0, keys[index].low ^ position)
      position &+= Secret.keyStep
    }
    value = mix(value ^ folded, UInt64(keys.count) ^ Secret.keys)
  }

  /// Absorbs an effect.
  @inline(__always)
  public mutating func absorb(_ effect: Effect) {
    let folded = effect.withDecisionWords { fold($0) }
    value = mix(value ^ folded, Secret.effect)
  }

  /// The check value of no words.
  static let checkStart = Secret.start

  /// The check value of the words whose check value is `value`, and `word`.
  @inline(__always)
  static func check(_ value: UInt64, _ word: UInt64) -> UInt64 {
    mix(value ^ word, Secret.check)
  }
}

@inline(__always)
private func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
  let product = a.multipliedFullWidth(by: b)
  return a ^ b ^ product.low ^ product.high
}

@inline(__always)
private func fold(_ words: DecisionWords) -> UInt64 {
  let first = mix(words.w0 ^ Secret.s0, words.w1 ^ Secret.s1)
  let second = mix(words.w2 ^ Secret.s2, words.w3 ^ Secret.s3)
  let third = mix(words.w4 ^ Secret.s4, words.w5 ^ Secret.s5)
  let fourth = mix(words.w6 ^ Secret.s6, words.w7 ^ Secret.s7)
  return (first ^ second) ^ (third ^ fourth)
}

private enum Secret {
  static let s0: UInt64 = 0x6A09_E667_F3BC_C908
  static let s1: UInt64 = 0xBB67_AE85_84CA_A73B
  static let s2: UInt64 = 0x3C6E_F372_FE94_F82B
  static let s3: UInt64 = 0xA54F_F53A_5F1D_36F1
  static let s4: UInt64 = 0x510E_527F_ADE6_82D1
  static let s5: UInt64 = 0x9B05_688C_2B3E_6C1F
  static let s6: UInt64 = 0x1F83_D9AB_FB41_BD6B
  static let s7: UInt64 = 0x5BE0_CD19_137E_2179
  static let start: UInt64 = 0xCBBB_9D5D_C105_9ED8
  static let input: UInt64 = 0x629A_292A_367C_D507
  static let effect: UInt64 = 0x9159_015A_3070_DD17
  static let keys: UInt64 = 0x152F_ECD8_F70E_5939
  static let keyStep: UInt64 = 0x6733_2667_FFC0_0B31
  static let check: UInt64 = 0x8EB4_4A87_6858_1511
}
