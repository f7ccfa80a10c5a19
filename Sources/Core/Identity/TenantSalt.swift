/// A tenant's secret: 128 bits that key every hash of the tenant's names.
///
/// Who doesn't know it can neither compute nor aim at the tenant's block keys. It must come from a
/// good random source; two tenants with the same salt share their blocks. It does not print.
public struct TenantSalt: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
  /// Bytes 0 to 7 of the key, little-endian.
  let key0: UInt64
  /// Bytes 8 to 15 of the key, little-endian.
  let key1: UInt64

  /// The salt of these two words: SipHash's k0 and k1.
  public init(key0: UInt64, key1: UInt64) {
    self.key0 = key0
    self.key1 = key1
  }

  /// The salt of these 16 bytes; nil for any other number of bytes.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    for (index, byte) in bytes.enumerated() {
      let bits = UInt64(byte) &<< UInt64(index % 8 * 8)
      if index < 8 { words.0 |= bits } else { words.1 |= bits }
    }
    self.init(key0: words.0, key1: words.1)
  }

  /// Says that it is a secret, so that no log has it.
  public var description: String { "TenantSalt(secret)" }
}
