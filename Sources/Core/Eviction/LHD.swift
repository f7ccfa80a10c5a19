/// Least hit density: of a few blocks drawn at random the one leaves from which the fewest hits are
/// expected for the space and time that it takes.
///
/// A block's hit density is the probability that it is hit, over its size and the time until it is hit
/// or evicted; it is looked up by the block's age in a table for its class, and the tables are learnt
/// from all hits and evictions (see `HitDensity`). Eight blocks are drawn for each eviction, and eight
/// recent newcomers of low density are looked at with them. One block in 32 is made an explorer, which
/// is kept for a while whatever its density, so that long reuse distances are seen at all. Beckmann,
/// Chen, Cidon, "LHD: improving cache hit rate by maximizing hit density", NSDI 2018. A hit takes
/// constant time, and so does an eviction.
struct LHD: EvictionPolicy, ~Copyable {
  /// What is known of a block: 8 bytes.
  private struct Trail: BitwiseCopyable {
    /// The request that read it last, modulo 2^32.
    var time: UInt32
    /// Its age at its last hit and at the one before that.
    var last: UInt16 = 0
    var lastButOne: UInt16 = UInt16(HitDensity.ages)
  }

  private struct Newcomer: BitwiseCopyable {
    var slot = Slot.none
    var fingerprint: UInt32 = 0
  }

  private var density = HitDensity()
  private var trails = LazyArray<Trail>()
  /// All blocks, in no order, to draw from; a block's place is in its `previous` link.
  private var slots = LazyArray<Slot>()
  private var newcomers = InlineArray<8, Newcomer>(repeating: Newcomer())
  private var newcomerCount = 0
  /// Moving average of the victims' density.
  private var victimDensity: Float = 0
  /// Bytes that may still be given to explorers; may be overdrawn by one block.
  private var explorerBudget: Int64
  /// SplitMix64's state.
  private var random: UInt64 = 0

  private static let ordinary: UInt8 = 0
  private static let explorer: UInt8 = 1
  private static let cold: UInt8 = 2
  private static let draws = 8
  private static let explorerBonus: Float = 1

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {
    explorerBudget = Int64(share(10, of: min(capacityBytes, UInt64(Int64.max))))
  }

  var heapBytes: Int { density.residentBytes + trails.residentBytes + slots.residentBytes }

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool { true }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    enter(slot, in: &table)
    let isLucky = draw(explorerFor: slot, in: &table)
    if !isLucky && rank(slot, in: table) < victimDensity { remember(slot, in: table) }
    density.tick(objects: slots.count)
  }

  /// Looked at by the next evictions, as the least of all.
  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    enter(slot, in: &table)
    table[mark: slot] = Self.cold
    remember(slot, in: table)
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let trail = trails[slot]
    let age = density.age(since: trail.time)
    density.countHit(class: hitClass(trail), age: age)
    if table[mark: slot] == Self.explorer { explorerBudget += Int64(table.length(of: slot)) }
    trails[slot] = Trail(
      time: density.now, last: UInt16(truncatingIfNeeded: age), lastButOne: trail.last)
    _ = draw(explorerFor: slot, in: &table)
    density.tick(objects: slots.count)
  }

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    guard slots.count > 0 else { return .none }
    var best = Slot.none
    var bestRank = Float.infinity
    for _ in 0..<Self.draws {
      let place = UInt32(
        truncatingIfNeeded: nextRandom().multipliedFullWidth(by: UInt64(slots.count)).high)
      consider(slots[place], &best, &bestRank, in: table)
    }
    for position in newcomers.indices {
      let newcomer = newcomers[position]
      guard isHere(newcomer, in: table) else { continue }
      consider(newcomer.slot, &best, &bestRank, in: table)
    }
    if bestRank.isFinite { victimDensity = 0.9 * victimDensity + 0.1 * bestRank }
    let trail = trails[best]
    density.countEviction(class: hitClass(trail), age: density.age(since: trail.time))
    remove(best, in: &table)
    return best
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if table[mark: slot] == Self.explorer { explorerBudget += Int64(table.length(of: slot)) }
    let place = table[links: slot].previous
    let last = slots[slots.count - 1]
    slots.swapRemove(at: place)
    if last != slot { table[links: last].previous = place }
    table[links: slot].previous = .none
  }

  // MARK: Blocks

  private mutating func enter<Table: EntryTable & ~Copyable>(
    _ slot: Slot, in table: inout Table
  ) {
    table[links: slot].previous = slots.count
    slots.append(slot)
    trails.grow(toInclude: slot, filler: Trail(time: 0))
    trails[slot] = Trail(time: density.now)
    table[mark: slot] = Self.ordinary
  }

  /// Makes the block an explorer by a chance of 1 in 32 and while the budget lasts; whether the chance
  /// fell on it.
  private mutating func draw<Table: EntryTable & ~Copyable>(
    explorerFor slot: Slot, in table: inout Table
  ) -> Bool {
    let isLucky = nextRandom() & 31 == 0
    let explores = isLucky && explorerBudget > 0
    table[mark: slot] = explores ? Self.explorer : Self.ordinary
    if explores { explorerBudget -= Int64(table.length(of: slot)) }
    return isLucky
  }

  private mutating func remember<Table: EntryTable & ~Copyable>(
    _ slot: Slot, in table: borrowing Table
  ) {
    newcomers[newcomerCount & 7] = Newcomer(
      slot: slot, fingerprint: table.key(of: slot).ghostFingerprint)
    newcomerCount &+= 1
  }

  /// Whether the block is still held; its slot may have another by now.
  private func isHere<Table: EntryTable & ~Copyable>(
    _ newcomer: Newcomer, in table: borrowing Table
  ) -> Bool {
    guard newcomer.slot != .none else { return false }
    let place = table[links: newcomer.slot].previous
    return place < slots.count && slots[place] == newcomer.slot
      && table.key(of: newcomer.slot).ghostFingerprint == newcomer.fingerprint
  }

  private func consider<Table: EntryTable & ~Copyable>(
    _ slot: Slot, _ best: inout Slot, _ bestRank: inout Float, in table: borrowing Table
  ) {
    let rank = rank(slot, in: table)
    if best == .none || rank < bestRank { (best, bestRank) = (slot, rank) }
  }

  private func rank<Table: EntryTable & ~Copyable>(
    _ slot: Slot, in table: borrowing Table
  ) -> Float {
    let mark = table[mark: slot]
    if mark == Self.cold { return -.infinity }
    let trail = trails[slot]
    let hits = density[hitClass(trail), density.age(since: trail.time)]
    return hits / Float(max(1, table.length(of: slot)))
      + (mark == Self.explorer ? Self.explorerBonus : 0)
  }

  private func hitClass(_ trail: Trail) -> Int {
    HitDensity.class(ofAges: Int(trail.last) + Int(trail.lastButOne))
  }

  private mutating func nextRandom() -> UInt64 {
    random &+= 0x9e37_79b9_7f4a_7c15
    return mix64(random)
  }
}
