/// A 64-bit key of a shadow cache: an id, or the hash of a larger key.
public struct ShadowKey: Equatable, Sendable, BitwiseCopyable {
  /// The key's bits.
  public var bits: UInt64

  /// The key with these bits.
  @inline(__always)
  public init(_ bits: UInt64) { self.bits = bits }
}

/// A `ShadowKey` as a hashed table keeps it: a bijection of its bits that looks random.
///
/// So a key is mixed once a request, and its hash, its ghosts' fingerprint and its sketch's hash are
/// parts of it.
struct KeyDigest: CacheKey {
  var bits: UInt64

  @inline(__always)
  var indexHash: UInt64 { bits }

  @inline(__always)
  var ghostFingerprint: UInt32 { max(1, UInt32(truncatingIfNeeded: bits &>> 32)) }

  @inline(__always)
  var sketchHash: UInt64 { TarnCore.sketchHash(bits &+ 0xa076_1d64_78bd_642f) }
}

/// A `ShadowKey` that is a small number, as a table of interned keys keeps it.
struct InternedKey: CacheKey {
  var bits: UInt64

  @inline(__always)
  var indexHash: UInt64 { bits }

  /// Multiples of an odd constant have well-spread high bits (Knuth, The Art of Computer Programming 3,
  /// 6.4, Fibonacci hashing).
  @inline(__always)
  var ghostFingerprint: UInt32 {
    max(1, UInt32(truncatingIfNeeded: (bits &* 0x9e37_79b9_7f4a_7c15) &>> 32))
  }

  @inline(__always)
  var sketchHash: UInt64 { TarnCore.sketchHash(bits &+ 0xa076_1d64_78bd_642f) }
}

/// What a shadow cache keeps of a resident key beside its mark: 16 bytes.
struct KeyRecord<Key: CacheKey>: KeyedRecord {
  var key: Key
  var links: Links
}

/// Finds a `KeyTable`'s slots by key.
protocol SlotIndex: ~Copyable {
  /// What it files keys as.
  associatedtype Key: CacheKey
  /// What it files `key` as.
  static func key(_ key: ShadowKey) -> Key
  /// The slot of `key`, or `Slot.none`.
  func find(_ key: Key, in slab: UnsafeMutablePointer<KeyRecord<Key>>) -> Slot
  /// Brings what `find` will read first closer.
  func prefetch(_ key: Key)
  /// Brings the record that `find` will compare closer; `prefetch` should have come before. Whether the
  /// key seems to be absent.
  func prefetchRecord(_ key: Key, in slab: UnsafeMutablePointer<KeyRecord<Key>>) -> Bool
  /// Files `slot` under an absent key; there are `live` entries so far.
  mutating func insert(
    _ key: Key, slot: Slot, live: Int, in slab: UnsafeMutablePointer<KeyRecord<Key>>)
  /// Forgets `slot`, whose key the slab still holds.
  mutating func remove(_ slot: Slot, in slab: UnsafeMutablePointer<KeyRecord<Key>>)
  /// Makes room for `entries`.
  mutating func reserve(_ entries: Int, over slab: UnsafeMutablePointer<KeyRecord<Key>>)
  /// Bytes of heap in use.
  var residentBytes: Int { get }
}

/// The index of a table of any 64-bit keys.
typealias HashedIndex = KeyIndex<KeyRecord<KeyDigest>>

extension HashedIndex: SlotIndex {
  typealias Key = KeyDigest

  @inline(__always)
  static func key(_ key: ShadowKey) -> KeyDigest { KeyDigest(bits: mix64(key.bits)) }

  @inline(__always)
  func prefetchRecord(_ key: KeyDigest, in slab: UnsafeMutablePointer<KeyRecord<KeyDigest>>) -> Bool
  {
    prefetchRecord(hash: key.bits, in: slab)
  }

  @inline(__always)
  mutating func insert(
    _ key: KeyDigest, slot: Slot, live: Int, in slab: UnsafeMutablePointer<KeyRecord<KeyDigest>>
  ) {
    if live == capacity { grow(over: slab) }
    insert(key, slot: slot)
  }
}
