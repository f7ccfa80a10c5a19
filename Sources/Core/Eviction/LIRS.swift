/// LIRS: what was asked for twice within a short reach stays; one block in a hundred is on trial.
///
/// Blocks with low inter-reference recency (LIR) hold nearly all of the capacity, the others (HIR) wait
/// in a small queue Q for a second read. Stack S orders LIR blocks and the records of HIR blocks,
/// resident or not, by their last read, and always ends in an LIR block: a HIR block that is read while
/// its record is in S was read within a shorter reach than the LIR block at the end, and takes its
/// place. So a loop larger than the cache keeps most of the capacity, and a scan takes none. Jiang,
/// Zhang, "LIRS: an efficient low inter-reference recency set replacement policy to improve buffer
/// cache performance", SIGMETRICS 2002, section 3, with bytes for pages. The paper leaves the size of
/// S open; here the records of blocks that left are worth the capacity at most. A block larger than
/// Q's share is declined. Every call takes constant time, amortised.
struct LIRS: EvictionPolicy, ~Copyable {
  private var stack = RecencyStack()
  /// Resident HIR blocks, the oldest last.
  private var queue = SlotList()
  private var promises = Promises()
  /// Bytes of LIR blocks, and what they may be.
  private var stayingBytes: UInt64 = 0
  private let stayingShare: UInt64
  private let trialShare: UInt64
  private let capacity: UInt64

  private static let stays: UInt8 = 0
  private static let onTrial: UInt8 = 1

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {
    capacity = capacityBytes
    trialShare = min(max(1, share(configuration.smallPermille, of: capacityBytes)), capacityBytes)
    stayingShare = capacityBytes - trialShare
  }

  var heapBytes: Int { stack.residentBytes + promises.residentBytes }

  @inline(__always)
  func prefetch<Key: CacheKey>(missOf key: Key) { stack.prefetch(key.ghostFingerprint) }

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool {
    let fingerprint = key.ghostFingerprint
    let isRemembered = stack.forget(fingerprint, isGhost: true, in: &table)
    guard UInt64(length) <= trialShare else { return false }
    if isRemembered { promises.add(fingerprint) }
    return true
  }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let isRemembered = promises.redeem(table.key(of: slot).ghostFingerprint)
    if isRemembered || stayingBytes + UInt64(table.length(of: slot)) <= stayingShare {
      keep(slot, in: &table)
    } else {
      putOnTrial(slot, in: &table)
    }
  }

  /// On trial, and the next to leave.
  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[mark: slot] = Self.onTrial
    queue.pushTail(slot, in: &table)
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if table[mark: slot] == Self.stays {
      stack.moveToTop(slot, in: &table)
      stack.prune(in: &table)
      return
    }
    queue.remove(slot, in: &table)
    if stack.forget(table.key(of: slot).ghostFingerprint, isGhost: false, in: &table) {
      keep(slot, in: &table)
    } else {
      putOnTrial(slot, in: &table)
    }
  }

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    if queue.count == 0 { demote(in: &table) }
    let victim = queue.popTail(in: &table)
    if victim != .none {
      stack.becomeGhost(
        table.key(of: victim).ghostFingerprint, length: table.length(of: victim),
        limit: capacity, in: &table)
    }
    return victim
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if table[mark: slot] == Self.stays {
      stack.remove(slot, in: &table)
      stayingBytes -= UInt64(table.length(of: slot))
    } else {
      queue.remove(slot, in: &table)
      _ = stack.forget(table.key(of: slot).ghostFingerprint, isGhost: false, in: &table)
    }
    stack.prune(in: &table)
  }

  /// Makes the block, which is in no list, one that stays; others make room for it.
  private mutating func keep<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[mark: slot] = Self.stays
    stack.pushTop(slot, in: &table)
    stayingBytes += UInt64(table.length(of: slot))
    while stayingBytes > stayingShare { demote(in: &table) }
  }

  /// Puts the block, which is in no list, at the recent end of the queue and a record of it on the
  /// stack.
  private mutating func putOnTrial<Table: EntryTable & ~Copyable>(
    _ slot: Slot, in table: inout Table
  ) {
    table[mark: slot] = Self.onTrial
    queue.pushHead(slot, in: &table)
    stack.addRecord(
      table.key(of: slot).ghostFingerprint, length: table.length(of: slot), in: &table)
    stack.prune(in: &table)
  }

  /// Puts the block at the stack's end on trial.
  private mutating func demote<Table: EntryTable & ~Copyable>(in table: inout Table) {
    stack.prune(in: &table)
    let slot = stack.popBottom(in: &table)
    guard slot != .none else { return }
    stayingBytes -= UInt64(table.length(of: slot))
    table[mark: slot] = Self.onTrial
    queue.pushHead(slot, in: &table)
    stack.prune(in: &table)
  }
}
