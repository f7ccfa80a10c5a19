/// A 64-bit key of a shadow cache.
public struct ShadowKey: CacheKey, Sendable {
  /// The key's bits: an id, or the hash of a larger key.
  public var bits: UInt64

  /// The key with these bits.
  @inline(__always)
  public init(_ bits: UInt64) { self.bits = bits }

  @inline(__always)
  public var indexHash: UInt64 { mix64(bits) }

  @inline(__always)
  public var ghostFingerprint: UInt32 {
    max(1, UInt32(truncatingIfNeeded: mix64(bits) &>> 32))
  }

  @inline(__always)
  public var sketchHash: UInt64 { TarnCore.sketchHash(bits &+ 0xa076_1d64_78bd_642f) }
}

/// What a shadow cache keeps of a resident key beside its mark: 16 bytes.
struct KeyRecord: KeyedRecord {
  var key: ShadowKey
  var links: Links
}

/// Finds a `KeyTable`'s slots by key. `hash` is whatever `hash(_:)` made of the key.
protocol SlotIndex: ~Copyable {
  /// What the other calls want to know of a key, so that it is computed once a request.
  static func hash(_ key: ShadowKey) -> UInt64
  /// The slot of `key`, or `Slot.none`.
  func find(_ key: ShadowKey, hash: UInt64, in slab: UnsafeMutablePointer<KeyRecord>) -> Slot
  /// Brings what `find` will read first closer.
  func prefetch(hash: UInt64)
  /// Brings the record that `find` will compare closer; `prefetch` should have come before. Whether the
  /// key seems to be absent.
  func prefetchRecord(hash: UInt64, in slab: UnsafeMutablePointer<KeyRecord>) -> Bool
  /// Files `slot` under an absent key; there are `live` entries so far.
  mutating func insert(
    hash: UInt64, slot: Slot, live: Int, in slab: UnsafeMutablePointer<KeyRecord>)
  /// Forgets `slot`, whose key the slab still holds.
  mutating func remove(_ slot: Slot, in slab: UnsafeMutablePointer<KeyRecord>)
  /// Makes room for `entries`.
  mutating func reserve(_ entries: Int, over slab: UnsafeMutablePointer<KeyRecord>)
  /// Bytes of heap in use.
  var residentBytes: Int { get }
}

extension KeyIndex<KeyRecord>: SlotIndex {
  @inline(__always)
  static func hash(_ key: ShadowKey) -> UInt64 { key.indexHash }

  @inline(__always)
  mutating func insert(
    hash: UInt64, slot: Slot, live: Int, in slab: UnsafeMutablePointer<KeyRecord>
  ) {
    if live == capacity { grow(over: slab) }
    insert(hash: hash, slot: slot)
  }
}
