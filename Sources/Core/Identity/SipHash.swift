/// SipHash of a byte stream: a keyed hash that who doesn't know the key cannot predict.
///
/// Aumasson and Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012; the 128-bit output is
/// the authors' own variant (their `siphash.c`, `outlen == 16`). SipHash-c-d does c rounds for each
/// 8 bytes and d at the end. Bytes are taken in order, integers little-endian.
public struct SipHash: BitwiseCopyable, Sendable {
  private var state: SipState
  private var tail: UInt64 = 0
  private var length: UInt64 = 0
  private let compressionRounds: Int
  private let finalRounds: Int

  /// A hash that ends in `finish64()`; SipHash-2-4 unless said otherwise.
  public init(key0: UInt64, key1: UInt64, compressionRounds: Int = 2, finalRounds: Int = 4) {
    state = SipState(key0: key0, key1: key1)
    self.compressionRounds = compressionRounds
    self.finalRounds = finalRounds
  }

  /// A hash that ends in `finish128()`; SipHash-2-4 unless said otherwise.
  public init(wideKey0 key0: UInt64, key1: UInt64, compressionRounds: Int = 2, finalRounds: Int = 4)
  {
    self.init(
      key0: key0, key1: key1, compressionRounds: compressionRounds, finalRounds: finalRounds)
    state.widen()
  }

  /// Takes one byte.
  public mutating func append(_ byte: UInt8) {
    tail |= UInt64(byte) &<< ((length & 7) &* 8)
    length &+= 1
    guard length & 7 == 0 else { return }
    state.absorb(tail, rounds: compressionRounds)
    tail = 0
  }

  /// Takes bytes in order.
  public mutating func append(bytes: some Collection<UInt8>) {
    for byte in bytes { append(byte) }
  }

  /// Takes an integer's bytes, the least significant first.
  public mutating func append<Integer: FixedWidthInteger>(integer: Integer) {
    for byte in 0..<(Integer.bitWidth / 8) {
      append(UInt8(truncatingIfNeeded: integer &>> Integer(truncatingIfNeeded: byte &* 8)))
    }
  }

  /// Takes a field: its length in bytes as 4 bytes little-endian, then the bytes.
  ///
  /// Length first, so that two different sequences of fields never give the same stream.
  public mutating func append(field: some Collection<UInt8>) {
    let count = field.count
    precondition(count <= Int(UInt32.max), "a field of an identity is shorter than 4 GiB")
    append(integer: UInt32(count))
    append(bytes: field)
  }

  /// The 64-bit hash of what was appended.
  public consuming func finish64() -> UInt64 {
    state.absorb(tail | length &<< 56, rounds: compressionRounds)
    return state.squeeze64(rounds: finalRounds)
  }

  /// The 128-bit hash of what was appended: its first 8 bytes, then its last, as little-endian words.
  public consuming func finish128() -> (first: UInt64, second: UInt64) {
    state.absorb(tail | length &<< 56, rounds: compressionRounds)
    return state.squeeze128(rounds: finalRounds)
  }
}

/// The four words of SipHash and what is done to them; for whole words, where each cycle counts.
struct SipState: BitwiseCopyable {
  private var v0: UInt64
  private var v1: UInt64
  private var v2: UInt64
  private var v3: UInt64

  @inline(__always)
  init(key0: UInt64, key1: UInt64) {
    v0 = key0 ^ 0x736f_6d65_7073_6575
    v1 = key1 ^ 0x646f_7261_6e64_6f6d
    v2 = key0 ^ 0x6c79_6765_6e65_7261
    v3 = key1 ^ 0x7465_6462_7974_6573
  }

  /// Makes it the variant with 128 bits of output.
  @inline(__always)
  mutating func widen() { v1 ^= 0xee }

  @inline(__always)
  mutating func absorb(_ word: UInt64, rounds: Int) {
    v3 ^= word
    for _ in 0..<rounds { round() }
    v0 ^= word
  }

  @inline(__always)
  mutating func squeeze64(rounds: Int) -> UInt64 {
    v2 ^= 0xff
    for _ in 0..<rounds { round() }
    return v0 ^ v1 ^ v2 ^ v3
  }

  @inline(__always)
  mutating func squeeze128(rounds: Int) -> (first: UInt64, second: UInt64) {
    v2 ^= 0xee
    for _ in 0..<rounds { round() }
    let first = v0 ^ v1 ^ v2 ^ v3
    v1 ^= 0xdd
    for _ in 0..<rounds { round() }
    return (first, v0 ^ v1 ^ v2 ^ v3)
  }

  @inline(__always)
  private mutating func round() {
    v0 = v0 &+ v1
    v2 = v2 &+ v3
    v1 = rotate(v1, by: 13) ^ v0
    v3 = rotate(v3, by: 16) ^ v2
    v0 = rotate(v0, by: 32) &+ v3
    v2 = v2 &+ v1
    v1 = rotate(v1, by: 17) ^ v2
    v3 = rotate(v3, by: 21) ^ v0
    v2 = rotate(v2, by: 32)
  }

  @inline(__always)
  private func rotate(_ word: UInt64, by bits: UInt64) -> UInt64 {
    word &<< bits | word &>> (64 &- bits)
  }
}
