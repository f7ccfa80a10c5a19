import CPrefetch

/// Finds a key's last request: open addressing with linear probing, at most half full, 16 bytes a
/// bucket so that a request touches one cache line of it.
struct RecencyIndex: ~Copyable {
  /// What is known of a key.
  struct Entry: BitwiseCopyable {
    var key: UInt64
    /// Where the key lies in the timeline; `vacant` in an empty bucket.
    var position: UInt32
    /// The size with which it lies there.
    var weight: UInt32
  }

  /// No key's position.
  static let vacant = UInt32.max
  private static let empty = Entry(key: 0, position: vacant, weight: 0)

  private var entries: UnsafeMutablePointer<Entry>
  private var mask: Int
  private(set) var count = 0

  init(buckets: Int = 1 << 12) {
    precondition(buckets & (buckets - 1) == 0, "a table has a power of two of buckets")
    mask = buckets - 1
    entries = Self.allocate(buckets)
  }

  deinit { entries.deallocate() }

  @inline(__always)
  static func hash(_ key: UInt64) -> Int { Int(truncatingIfNeeded: TraceRandom.mix(key)) }

  /// Brings the bucket closer in which a search for a key of this hash begins.
  @inline(__always)
  func prefetch(_ hash: Int) { tarn_prefetch(entries + (hash & mask)) }

  /// The bucket of `key`, which has position `vacant` if the key is new: give it one before the next
  /// call. Valid until then.
  @inline(__always)
  mutating func entry(_ key: UInt64, hash: Int) -> UnsafeMutablePointer<Entry> {
    var bucket = hash & mask
    while entries[bucket].position != Self.vacant {
      if entries[bucket].key == key { return entries + bucket }
      bucket = (bucket &+ 1) & mask
    }
    count += 1
    if count * 2 > mask {
      grow()
      bucket = vacancy(hash)
    }
    entries[bucket].key = key
    return entries + bucket
  }

  /// Gives every key the position that `place` makes of its old one, in no particular order.
  mutating func relocate(_ place: (UInt32) -> UInt32) {
    for bucket in 0...mask where entries[bucket].position != Self.vacant {
      entries[bucket].position = place(entries[bucket].position)
    }
  }

  /// Calls `body` with every key's entry, in no particular order.
  func forEach(_ body: (Entry) -> Void) {
    for bucket in 0...mask where entries[bucket].position != Self.vacant { body(entries[bucket]) }
  }

  private func vacancy(_ hash: Int) -> Int {
    var bucket = hash & mask
    while entries[bucket].position != Self.vacant { bucket = (bucket &+ 1) & mask }
    return bucket
  }

  private mutating func grow() {
    let old = entries
    let oldCount = mask + 1
    mask = oldCount * 2 - 1
    entries = Self.allocate(oldCount * 2)
    for bucket in 0..<oldCount where old[bucket].position != Self.vacant {
      entries[vacancy(Self.hash(old[bucket].key))] = old[bucket]
    }
    old.deallocate()
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Entry> {
    let entries = UnsafeMutablePointer<Entry>.allocate(capacity: count)
    if count >= 1 << 17 { _ = tarn_advise_huge_pages(entries, count * 16) }
    entries.initialize(repeating: empty, count: count)
    return entries
  }
}
