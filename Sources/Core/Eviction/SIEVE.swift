/// SIEVE: a hand walks from the oldest block to the newest; what was read since its last visit stays.
///
/// Unlike CLOCK it leaves survivors where they are, so new blocks, which enter at the head, face the
/// hand soon after the old ones and one-hit wonders leave quickly. Zhang, Yang, Yue, Vigfusson,
/// Rashmi, "SIEVE is simpler than LRU", NSDI 2024, algorithm 1. A hit writes one byte; insertion is
/// constant time; an eviction passes each block that was hit since the last pass once.
struct SIEVE: EvictionPolicy, ~Copyable {
  private var queue = SlotList()
  /// The next block to look at; `Slot.none` for the tail.
  private var hand: Slot = .none

  private static let unvisited: UInt8 = 0
  private static let visited: UInt8 = 1

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {}

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool { true }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[mark: slot] = Self.unvisited
    queue.pushHead(slot, in: &table)
  }

  /// The hand moves to the block, which lies just behind where the hand was.
  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[mark: slot] = Self.unvisited
    if hand == .none {
      queue.pushTail(slot, in: &table)
    } else {
      queue.insert(slot, behind: hand, in: &table)
      hand = slot
    }
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[mark: slot] = Self.visited
  }

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    var victim = hand == .none ? queue.tail : hand
    if victim == .none { return .none }
    while table[mark: victim] == Self.visited {
      table[mark: victim] = Self.unvisited
      let newer = table[links: victim].previous
      victim = newer == .none ? queue.tail : newer
    }
    hand = table[links: victim].previous
    queue.remove(victim, in: &table)
    if hand != .none { table.prefetchRemoval(of: hand) }
    return victim
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if hand == slot { hand = table[links: slot].previous }
    queue.remove(slot, in: &table)
  }
}
