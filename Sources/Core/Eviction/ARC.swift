/// ARC: balances recency and frequency by what its ghosts would have hit.
///
/// T1 holds blocks seen once, T2 blocks seen again, each in LRU order; B1 and B2 remember what left
/// them. A miss that B1 remembers raises `target`, the bytes that T1 should have; one that B2
/// remembers lowers it. Megiddo, Modha, "ARC: a self-tuning, low overhead replacement cache", FAST
/// 2003, figure 4, with bytes for pages: the lists keep |T1| + |B1| <= c and all four <= 2c. Every
/// call is constant time, amortised.
struct ARC: EvictionPolicy, ~Copyable {
  private var recent = SlotList()
  private var frequent = SlotList()
  private var recentGhosts = GhostQueue()
  private var frequentGhosts = GhostQueue()
  private var promises = Promises()
  private let capacity: UInt64
  /// The paper's p: bytes that T1 should have, real-valued.
  private var target: Double = 0
  /// Bytes that the block being prepared will add to T1; 0 if it goes to T2.
  private var arrivingRecent: UInt64 = 0
  /// Whether the block being prepared was found in B2.
  private var arrivesFromFrequent = false

  private static let inRecent: UInt8 = 0
  private static let inFrequent: UInt8 = 1

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {
    capacity = min(capacityBytes, .max / 4)
  }

  /// Bytes of heap behind the struct.
  var heapBytes: Int {
    recentGhosts.residentBytes + frequentGhosts.residentBytes + promises.residentBytes
  }

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool {
    let fingerprint = key.ghostFingerprint
    let recentBytes = Double(recentGhosts.bytes)
    let frequentBytes = Double(frequentGhosts.bytes)
    arrivingRecent = 0
    arrivesFromFrequent = false
    if recentGhosts.remove(fingerprint) {
      let step = Double(length) * max(1, frequentBytes / recentBytes)
      target = min(Double(capacity), target + step)
      promises.add(fingerprint)
    } else if frequentGhosts.remove(fingerprint) {
      let step = Double(length) * max(1, recentBytes / frequentBytes)
      target = max(0, target - step)
      arrivesFromFrequent = true
      promises.add(fingerprint)
    } else {
      arrivingRecent = UInt64(length)
      trimGhosts()
    }
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
    arrivingRecent = 0
    arrivesFromFrequent = false
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

  /// The paper's REPLACE, and its case IV A for a T1 that fills the cache: the ghost that would
  /// break |T1| + |B1| <= c is trimmed at once.
  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    if evictsRecent || frequent.count == 0 {
      let victim = recent.popTail(in: &table)
      if victim != .none {
        recentGhosts.insert(
          table.key(of: victim).ghostFingerprint, length: table.length(of: victim))
      }
      trimGhosts()
      return victim
    }
    let victim = frequent.popTail(in: &table)
    frequentGhosts.insert(table.key(of: victim).ghostFingerprint, length: table.length(of: victim))
    trimGhosts()
    return victim
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if table[mark: slot] == Self.inFrequent {
      frequent.remove(slot, in: &table)
    } else {
      recent.remove(slot, in: &table)
    }
  }

  private var evictsRecent: Bool {
    guard recent.count > 0 else { return false }
    let bytes = Double(recent.bytes)
    return bytes > target || (arrivesFromFrequent && bytes == target)
  }

  private mutating func trimGhosts() {
    let recentBytes = recent.bytes + arrivingRecent
    recentGhosts.trim(toBytes: capacity - min(capacity, recentBytes))
    let rest = recentBytes + frequent.bytes + recentGhosts.bytes
    frequentGhosts.trim(toBytes: 2 * capacity - min(2 * capacity, rest))
  }
}
