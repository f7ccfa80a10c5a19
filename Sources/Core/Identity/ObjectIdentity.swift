/// Which version of which object of which tenant: 128 bits.
///
/// SipHash-2-4 with 128 bits of output under the tenant's salt, over: the domain byte 1; then
/// container, object and version, each as its length in bytes (4 bytes little-endian) and the bytes
/// themselves (text is UTF-8, the version is the origin's ETag as it came). `high` is the first 8
/// bytes of the output, little-endian, and `low` the last.
public struct ObjectIdentity: Hashable, Sendable, BitwiseCopyable {
  /// Bytes 0 to 7 of the hash.
  public var high: UInt64
  /// Bytes 8 to 15 of the hash.
  public var low: UInt64

  /// The identity with these two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The identity of `version` of `object` in `container`, all as bytes.
  public init(
    salt: TenantSalt, container: some Collection<UInt8>, object: some Collection<UInt8>,
    version: some Collection<UInt8>
  ) {
    var hash = SipHash(wideKey0: salt.key0, key1: salt.key1)
    hash.append(KeyDomain.object.rawValue)
    hash.append(field: container)
    hash.append(field: object)
    hash.append(field: version)
    (high, low) = hash.finish128()
  }

  /// The identity of `version` of `object` in `container`, all as text.
  public init(
    salt: TenantSalt, container: some StringProtocol, object: some StringProtocol,
    version: some StringProtocol
  ) {
    self.init(
      salt: salt, container: container.utf8, object: object.utf8, version: version.utf8)
  }

  /// The key of block `index` when the object is cut into blocks of `blockBytes`.
  ///
  /// SipHash-1-3 with 128 bits of output, keyed by the identity (`high` is k0, `low` is k1), over 8
  /// bytes: `index`, then `blockBytes`, little-endian. The key's `high` is the first half of the
  /// output. Fewer rounds than the identity's hash because the identity is already secret and this
  /// runs once a block.
  @inline(__always)
  public func block(index: UInt32, blockBytes: UInt32) -> BlockKey {
    var state = SipState(key0: high, key1: low)
    state.widen()
    state.absorb(UInt64(index) | UInt64(blockBytes) &<< 32, rounds: 1)
    state.absorb(8 &<< 56, rounds: 1)
    let (first, second) = state.squeeze128(rounds: 3)
    return BlockKey(high: first, low: second)
  }
}

/// First or last byte of what is hashed under a tenant's salt, so that no two uses can meet.
enum KeyDomain: UInt8 {
  case object = 1
  case kvPlacement = 2
  case kvBlock = 3
}
