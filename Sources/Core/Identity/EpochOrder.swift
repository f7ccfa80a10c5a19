/// The order in which an epoch visits blocks 0 ..< `count`: a permutation chosen by a seed.
///
/// Every reader of a job computes any position of it alone, in constant time and without state. A
/// Feistel network permutes the smallest domain of 2^(2h) >= `count`, h >= 1; results outside
/// 0 ..< `count` are permuted again ("cycle walking", Black and Rogaway, "Ciphers with arbitrary
/// finite domains", CT-RSA 2002), fewer than 4 times in the mean.
///
/// Specified: a number is left half (high h bits) and right half. Six rounds r = 1 ... 6 make
/// (left, right) into (right, left ^ F(r, right)), where F(r, x) is the top h bits of
/// `mix64(mix64(seed) ^ (r << 32 | x))`. Seed 0 is the sequential order.
public struct EpochOrder: BitwiseCopyable, Sendable, Equatable {
  private let key: UInt64
  /// Blocks in the order.
  public let count: UInt32
  /// h, bits of a half; 0 for the sequential order.
  private let halfBits: UInt32

  /// The order of `count` blocks that `seed` chooses.
  public init(seed: UInt64, count: UInt32) {
    self.key = mix64(seed)
    self.count = count
    let bits = UInt32(32 - (max(count, 2) - 1).leadingZeroBitCount)
    self.halfBits = seed == 0 ? 0 : (bits + 1) / 2
  }

  /// The block visited at `position`, both in 0 ..< `count`.
  public subscript(position: UInt32) -> UInt32 {
    precondition(position < count, "the position lies beyond the end of the epoch")
    guard halfBits > 0 else { return position }
    var block = UInt64(position)
    repeat { block = permuted(block) } while block >= UInt64(count)
    return UInt32(truncatingIfNeeded: block)
  }

  @inline(__always)
  private func permuted(_ number: UInt64) -> UInt64 {
    let bits = UInt64(halfBits)
    var left = number &>> bits
    var right = number & (1 &<< bits &- 1)
    for round in 1...6 as ClosedRange<UInt64> {
      let scrambled = mix64(key ^ (round &<< 32 | right)) &>> (64 &- bits)
      (left, right) = (right, left ^ scrambled)
    }
    return left &<< bits | right
  }
}
