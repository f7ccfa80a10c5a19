/// A fixed bijection of `0 ..< count` that looks random: it turns ranks into ids, so that popular
/// objects do not lie side by side.
///
/// Three rounds of add, multiply by an odd number and xor-shift permute the smallest domain of 2^k
/// numbers that holds `count`; results outside are permuted again ("cycle walking", Black and
/// Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002), less than twice in the mean. It
/// depends on nothing but `count`: an object keeps its id from seed to seed.
struct IDScramble: BitwiseCopyable, Sendable {
  private let count: UInt64
  private let mask: UInt64
  private let shift: UInt64

  /// The bijection of `0 ..< count`, which has at least one number.
  init(count: UInt64) {
    precondition(count > 0, "there is something to permute")
    let bits = UInt64(64 - (count - 1).leadingZeroBitCount)
    self.count = count
    mask = bits == 64 ? .max : (1 &<< bits) &- 1
    shift = (bits + 1) / 2
  }

  /// The number that `number`, below `count`, is turned into.
  @inline(__always)
  func callAsFunction(_ number: UInt64) -> UInt64 {
    var x = number
    repeat {
      x = round(x, 0x9E37_79B9_7F4A_7C15)
      x = round(x, 0xD1B5_4A32_D192_ED03)
      x = round(x, 0x8CB9_2BA7_2F3D_8DD7)
    } while x >= count
    return x
  }

  @inline(__always)
  private func round(_ number: UInt64, _ odd: UInt64) -> UInt64 {
    let x = (number &+ (odd &>> 32)) &* odd & mask
    return x ^ x &>> shift
  }
}
