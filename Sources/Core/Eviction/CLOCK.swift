/// CLOCK: first in, first out, but a block that was read since it was last looked at goes round again.
///
/// Nearly LRU's choice with a hit that writes one byte. The ring is a list whose tail is where the
/// hand points: advancing the hand over a referenced block moves it to the head. Corbató, "A paging
/// experiment with the Multics system", MIT Project MAC (1968). Insertion and hits take constant
/// time; an eviction passes each block that was hit since the last pass once.
struct CLOCK: EvictionPolicy, ~Copyable {
  private var ring = SlotList()

  private static let unreferenced: UInt8 = 0
  private static let referenced: UInt8 = 1

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {}

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool { true }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[mark: slot] = Self.unreferenced
    ring.pushHead(slot, in: &table)
  }

  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[mark: slot] = Self.unreferenced
    ring.pushTail(slot, in: &table)
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[mark: slot] = Self.referenced
  }

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    while ring.tail != .none && table[mark: ring.tail] == Self.referenced {
      table[mark: ring.tail] = Self.unreferenced
      ring.moveToHead(ring.tail, in: &table)
    }
    return ring.popTail(in: &table)
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    ring.remove(slot, in: &table)
  }
}
