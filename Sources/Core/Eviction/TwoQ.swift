/// 2Q: newcomers pass through a FIFO queue, and only what is asked for again after that is kept.
///
/// A1in holds newcomers in order of arrival, A1out remembers the keys of those that left it, Am is an
/// LRU list of blocks that A1out remembered when they were asked for again. A hit in A1in moves
/// nothing: reads in quick succession are no evidence. While A1in has more than its share, it loses
/// its oldest; else Am loses its least recent. Johnson, Shasha, "2Q: a low overhead high performance
/// buffer management replacement algorithm", VLDB 1994, the full version, with bytes for pages: A1in
/// 25 % and A1out 50 % of the capacity. A block larger than A1in's share is declined. Every call
/// takes constant time, amortised.
struct TwoQ: EvictionPolicy, ~Copyable {
  private var newcomers = SlotList()
  private var frequent = SlotList()
  private var ghosts = GhostQueue()
  private var promises = Promises()
  private let newcomerShare: UInt64
  private let ghostShare: UInt64

  private static let isNewcomer: UInt8 = 0
  private static let isFrequent: UInt8 = 1

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {
    newcomerShare = share(configuration.smallPermille, of: capacityBytes)
    ghostShare = share(configuration.ghostPermille, of: capacityBytes)
  }

  var heapBytes: Int { ghosts.residentBytes + promises.residentBytes }

  @inline(__always)
  func prefetch<Key: CacheKey>(missOf key: Key) { ghosts.prefetch(key.ghostFingerprint) }

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool {
    let fingerprint = key.ghostFingerprint
    let isRemembered = ghosts.remove(fingerprint)
    guard UInt64(length) <= newcomerShare else { return false }
    if isRemembered { promises.add(fingerprint) }
    return true
  }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if promises.redeem(table.key(of: slot).ghostFingerprint) {
      table[mark: slot] = Self.isFrequent
      frequent.pushHead(slot, in: &table)
    } else {
      table[mark: slot] = Self.isNewcomer
      newcomers.pushHead(slot, in: &table)
    }
  }

  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if evictsNewcomer {
      table[mark: slot] = Self.isNewcomer
      newcomers.pushTail(slot, in: &table)
    } else {
      table[mark: slot] = Self.isFrequent
      frequent.pushTail(slot, in: &table)
    }
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if table[mark: slot] == Self.isFrequent { frequent.moveToHead(slot, in: &table) }
  }

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    guard evictsNewcomer else { return frequent.popTail(in: &table) }
    let victim = newcomers.popTail(in: &table)
    if victim == .none { return victim }
    let length = table.length(of: victim)
    ghosts.trim(toBytes: ghostShare - min(ghostShare, UInt64(length)))
    if UInt64(length) <= ghostShare {
      ghosts.insert(table.key(of: victim).ghostFingerprint, length: length)
    }
    return victim
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if table[mark: slot] == Self.isFrequent {
      frequent.remove(slot, in: &table)
    } else {
      newcomers.remove(slot, in: &table)
    }
  }

  private var evictsNewcomer: Bool {
    newcomers.count > 0 && (newcomers.bytes > newcomerShare || frequent.count == 0)
  }
}
