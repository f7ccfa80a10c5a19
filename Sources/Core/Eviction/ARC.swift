/// ARC: balances recency and frequency by what its ghosts would have hit.
///
/// T1 holds blocks seen once, T2 blocks seen again, each in LRU order; B1 and B2 remember what left
/// them. A miss that B1 remembers raises `target`, the bytes that T1 should have; one that B2
/// remembers lowers it. Megiddo, Modha, "ARC: a self-tuning, low overhead replacement cache", FAST
/// 2003, figure 4, with bytes for pages. Of equal blocks the lists keep |T1| + |B1| <= c and all four
/// <= 2c; of mixed ones a ghost is forgotten for each eviction, whatever its bytes. Every call is
/// constant time, amortised.
struct ARC: EvictionPolicy, ~Copyable {
  private var recent = SlotList()
  private var frequent = SlotList()
  private var recentGhosts = GhostQueue()
  private var frequentGhosts = GhostQueue()
  private var promises = Promises()
  private let capacity: UInt64
  /// The paper's p: bytes that T1 should have, real-valued.
  private var target: Double = 0
  /// What stands for the paper's page, the step of `target`: the greatest common divisor of all
  /// lengths, so that equal blocks are pages and mixed ones count bytes.
  private var page: UInt32 = 0
  /// A cache of mixed lengths learns as fast as one of this many pages at least.
  private static let mostPages: UInt64 = 1 << 18
  private var arriving = Arrival()

  /// The block being prepared: where it was remembered, and its bytes if nowhere.
  private struct Arrival: BitwiseCopyable {
    var isRemembered = false
    var isFromFrequent = false
    var length: UInt64 = 0
  }

  private static let inRecent: UInt8 = 0
  private static let inFrequent: UInt8 = 1

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {
    capacity = min(capacityBytes, .max / 4)
  }

  /// Bytes of heap behind the struct.
  var heapBytes: Int {
    recentGhosts.residentBytes + frequentGhosts.residentBytes + promises.residentBytes
  }

  @inline(__always)
  func prefetch<Key: CacheKey>(missOf key: Key) {
    recentGhosts.prefetch(key.ghostFingerprint)
    frequentGhosts.prefetch(key.ghostFingerprint)
  }

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool {
    let fingerprint = key.ghostFingerprint
    let recentBytes = Double(recentGhosts.bytes)
    let frequentBytes = Double(frequentGhosts.bytes)
    if length != page { page = commonDivisor(page, length) }
    arriving = Arrival(length: UInt64(length))
    if recentGhosts.remove(fingerprint) {
      target = min(Double(capacity), target + step * max(1, frequentBytes / recentBytes))
      arriving.isRemembered = true
    } else if frequentGhosts.remove(fingerprint) {
      target = max(0, target - step * max(1, recentBytes / frequentBytes))
      arriving.isRemembered = true
      arriving.isFromFrequent = true
    }
    if arriving.isRemembered { promises.add(fingerprint) }
    return true
  }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if promises.redeem(table.key(of: slot).ghostFingerprint) {
      table[mark: slot] = Self.inFrequent
      frequent.pushHead(slot, in: &table)
    } else {
      table[mark: slot] = Self.inRecent
      recent.pushHead(slot, in: &table)
    }
    arriving = Arrival()
  }

  /// The next victim of the list that the next eviction takes from.
  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if evictsRecent || frequent.count == 0 {
      table[mark: slot] = Self.inRecent
      recent.pushTail(slot, in: &table)
    } else {
      table[mark: slot] = Self.inFrequent
      frequent.pushTail(slot, in: &table)
    }
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if table[mark: slot] == Self.inFrequent {
      frequent.moveToHead(slot, in: &table)
    } else {
      recent.remove(slot, in: &table)
      table[mark: slot] = Self.inFrequent
      frequent.pushHead(slot, in: &table)
    }
  }

  /// The paper's case IV for a block that nothing remembers, then its REPLACE.
  ///
  /// One ghost is forgotten for a block evicted. Where T1 and its ghosts would fill the cache and there
  /// are none, T1's victim is not remembered.
  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    if !arriving.isRemembered {
      if recent.bytes + recentGhosts.bytes + arriving.length > capacity {
        if recentGhosts.count == 0 && recent.count > 0 { return recent.popTail(in: &table) }
        recentGhosts.removeOldest()
      } else if recent.bytes + frequent.bytes + recentGhosts.bytes + frequentGhosts.bytes
        >= 2 * capacity
      {
        frequentGhosts.removeOldest()
      }
    }
    if evictsRecent || frequent.count == 0 {
      let victim = recent.popTail(in: &table)
      if victim != .none {
        recentGhosts.insert(
          table.key(of: victim).ghostFingerprint, length: table.length(of: victim))
      }
      return victim
    }
    let victim = frequent.popTail(in: &table)
    frequentGhosts.insert(table.key(of: victim).ghostFingerprint, length: table.length(of: victim))
    return victim
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if table[mark: slot] == Self.inFrequent {
      frequent.remove(slot, in: &table)
    } else {
      recent.remove(slot, in: &table)
    }
  }

  private var step: Double { Double(max(UInt64(page), capacity / Self.mostPages)) }

  private var evictsRecent: Bool {
    guard recent.count > 0 else { return false }
    let bytes = Double(recent.bytes)
    return bytes > target || (arriving.isFromFrequent && bytes == target)
  }
}

/// Euclid's; 0 divides nothing and so leaves the other.
private func commonDivisor(_ left: UInt32, _ right: UInt32) -> UInt32 {
  var (larger, smaller) = (left, right)
  while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
  return larger
}
