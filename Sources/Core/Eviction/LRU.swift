/// Least recently used: the block that was not read for the longest time leaves.
///
/// Recency as the only evidence; scans and loops larger than the cache flush it. Mattson, Gecsei,
/// Slutz, Traiger, "Evaluation techniques for storage hierarchies", IBM Systems Journal 9 (1970).
/// Every call takes constant time; a hit writes up to five entries' links.
struct LRU: EvictionPolicy, ~Copyable {
  private var list = SlotList()

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {}

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool { true }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    list.pushHead(slot, in: &table)
  }

  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    list.pushTail(slot, in: &table)
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    list.moveToHead(slot, in: &table)
  }

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    list.popTail(in: &table)
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    list.remove(slot, in: &table)
  }
}
