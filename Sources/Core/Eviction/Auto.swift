/// Auto: follows whichever of seven policies would have missed least of late.
///
/// Every fixed policy loses somewhere: LRU on loops, S3-FIFO on agents' prompts, all but GDSF where
/// sizes differ. So small shadow caches of several run over one sample of the keys (`ShadowPanel`), and
/// a vote with hysteresis (`Vote`) picks the one to follow. A change flushes nothing.
///
/// While the cache is small, up to 4,096 entries, the shadows see every request and so know what the
/// followed policy would hold: blocks that it would not are *condemned* and leave first, and the cache
/// comes to hold just what that policy would, ghosts and history included. Beyond that the sample
/// thins, and the blocks stand in the order of the followed policy itself; a change hands them over,
/// coldest first, at most once per turnover of the cache, and the newcomer learns its ghosts afresh.
///
/// Costs. Memory: shadows take at most 1 % of the capacity, where a capacity that counts equal blocks
/// stands for 4 MiB each, or 64 KiB if that is more; each limit thins the sample. Time: seven steps of
/// a shadow a sampled request: all of them up to 4,096 entries, one in 16 at 65,536, fewer beyond.
struct Auto: EvictionPolicy, ~Copyable {
  var panel: ShadowPanel
  var vote: Vote
  /// While the panel watches every key: blocks that the followed shadow holds, and the others.
  var kept = SlotList()
  var condemned = SlotList()
  /// Beyond that: the policy that orders the blocks.
  private var order: AnyEviction
  private let capacity: UInt64
  /// The block prepared last is one that the followed shadow did not keep.
  private var isUnwanted = false
  private var sizes = SizeSpread()
  private var hasEvicted = false

  /// S3-FIFO first: it is the best of them on average and so leads until there is evidence.
  private static let kinds: [EvictionKind] = [.s3fifo, .lru, .arc, .twoQ, .wtinylfu, .gdsf, .lirs]
  private static let first = 0
  private static let firstOfMixedSizes = 5
  private static let mostExactEntries = 4096
  private static let mostSampledEntries = 2048
  private static let leastBudget = 64 << 10
  private static let nominalBlockBytes: UInt64 = 4 << 20
  private static let checkInterval: UInt64 = 256

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {
    capacity = capacityBytes
    panel = ShadowPanel(Self.kinds, capacityBytes: capacityBytes)
    vote = Vote(Self.kinds.count, leader: Self.first)
    order = AnyEviction(EvictionConfiguration(.fifo), capacityBytes: capacityBytes)
  }

  var heapBytes: Int { panel.residentBytes + order.residentBytes + vote.residentBytes }

  var report: AdaptiveReport {
    AdaptiveReport(
      choice: kind, switches: vote.switches, sampledRequests: panel.requests,
      sampledOneIn: 1 << panel.shift, shadowBytes: panel.residentBytes, shadowBytesLimit: budget,
      shadows: (0..<panel.count).map { panel.report(of: $0) })
  }

  /// Whether the cache holds what the followed shadow does, block by block.
  var isExact: Bool { panel.shift == 0 }

  /// The followed policy.
  private var kind: EvictionKind { panel.shadows[vote.leader].policy.kind }

  /// Bytes of heap that the panel may take.
  private var budget: Int {
    let bytes =
      sizes.areAllOne ? min(capacity, 1 << 40) * Self.nominalBlockBytes : min(capacity, 1 << 62)
    return max(Self.leastBudget, Int(bytes / 100))
  }

  // MARK: The vote

  /// Shows the shadows a request and lets them vote.
  private mutating func observe<Table: EntryTable & ~Copyable>(
    _ key: KeyDigest, length: UInt32, in table: inout Table
  ) {
    if !hasEvicted || length != 1 { sizes.add(length) }
    guard let missed = show(key, length: length, counts: true, in: &table) else { return }
    let entries = panel.shadows[vote.leader].count
    vote.count(missed, entries: entries)
    guard missed != 0, let rival = vote.rival(entries: entries) else { return }
    let strangers = panel.strangers(to: vote.leader, among: rival)
    guard vote.isWorth(rival, strangers: strangers) else { return }
    vote.follow(rival)
    reorder(in: &table)
  }

  /// The shadows that missed the request; nil if its key is not in the sample.
  private mutating func show<Table: EntryTable & ~Copyable>(
    _ key: KeyDigest, length: UInt32, counts: Bool, in table: inout Table
  ) -> UInt32? {
    guard panel.samples(key) else { return nil }
    if isCrowded {
      thin(in: &table)
      guard panel.samples(key) else { return nil }
    }
    let missed = panel.access(key, length: length, followed: vote.leader, counts: counts)
    if isExact { condemnDropped(in: &table) }
    return missed
  }

  private var isCrowded: Bool {
    let most = isExact ? Self.mostExactEntries : Self.mostSampledEntries
    if panel.shadows[vote.leader].count > most { return true }
    if !panel.keys.hasRoom { return panel.keys.grownBytes + panel.ownBytes > budget }
    return panel.requests % Self.checkInterval == 0 && panel.residentBytes > budget
  }

  private mutating func thin<Table: EntryTable & ~Copyable>(in table: inout Table) {
    while isCrowded && panel.shift < 32 {
      if isExact {
        order = AnyEviction(EvictionConfiguration(kind), capacityBytes: capacity)
        handOver(in: &table)
      }
      panel.halve()
    }
  }

  /// Gives the blocks the followed policy's order.
  private mutating func reorder<Table: EntryTable & ~Copyable>(in table: inout Table) {
    if isExact { return sortOut(in: &table) }
    var successor = AnyEviction(EvictionConfiguration(kind), capacityBytes: capacity)
    var slot = order.evict(from: &table)
    while slot != .none {
      successor.insert(slot, in: &table)
      slot = order.evict(from: &table)
    }
    order = successor
  }

  private mutating func handOver<Table: EntryTable & ~Copyable>(in table: inout Table) {
    var slot = popExact(in: &table)
    while slot != .none {
      enter(slot, isCold: false, in: &table)
      slot = popExact(in: &table)
    }
  }

  /// The first eviction: until then all policies hold the same, and another may lead at no cost.
  private mutating func begin<Table: EntryTable & ~Copyable>(in table: inout Table) {
    hasEvicted = true
    guard sizes.areMixed else { return }
    vote.leader = Self.firstOfMixedSizes
    reorder(in: &table)
  }

  // MARK: A tier's calls

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool {
    let shadowKey = KeyDigest(bits: key.sketchHash)
    observe(shadowKey, length: length, in: &table)
    guard isExact else { return order.prepare(key: key, length: length, in: &table) }
    isUnwanted = !panel.holds(panel.keys.find(shadowKey), shadow: vote.leader)
    return true
  }

  mutating func declines<Table: EntryTable & ~Copyable>(in table: inout Table) -> Bool {
    isExact ? isUnwanted : order.declines(in: &table)
  }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let key = KeyDigest(bits: table.key(of: slot).sketchHash)
    if panel.samples(key) && panel.keys.find(key) == .none {
      // It came without a request, from another policy or tier: it is known from now on.
      _ = show(key, length: table.length(of: slot), counts: false, in: &table)
    }
    guard isExact else { return enter(slot, isCold: false, in: &table) }
    file(slot, key, in: &table)
  }

  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    guard isExact else { return enter(slot, isCold: true, in: &table) }
    fileCold(slot, in: &table)
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let key = KeyDigest(bits: table.key(of: slot).sketchHash)
    observe(key, length: table.length(of: slot), in: &table)
    guard isExact else { return order.hit(slot, in: &table) }
    refile(slot, key, in: &table)
  }

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    if !hasEvicted { begin(in: &table) }
    guard isExact else { return order.evict(from: &table) }
    let slot = popExact(in: &table)
    if slot != .none { depart(slot, in: &table) }
    return slot
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    guard isExact else { return order.remove(slot, in: &table) }
    unfile(slot, in: &table)
    depart(slot, in: &table)
  }

  /// Gives a block to the ordering policy, which tells the table so itself: it was told already.
  private mutating func enter<Table: EntryTable & ~Copyable>(
    _ slot: Slot, isCold: Bool, in table: inout Table
  ) {
    table.leavePolicy(slot)
    if isCold { order.insertCold(slot, in: &table) } else { order.insert(slot, in: &table) }
  }
}

/// Whether requests differ in size so much that size should decide what stays.
private struct SizeSpread: BitwiseCopyable {
  private var count = 0.0
  private var sum = 0.0
  private var squares = 0.0
  private(set) var areAllOne = true

  mutating func add(_ length: UInt32) {
    let length = Double(length)
    if length != 1 { areAllOne = false }
    count += 1
    sum += length
    squares += length * length
  }

  /// The standard deviation is above the mean; blocks of one size with short last ones are far below.
  var areMixed: Bool { squares * count > 2 * sum * sum }
}
