/// First in, first out: the block that came first leaves, read or not.
///
/// A hit writes nothing, and on flash the order of eviction is the order of writing, so a log's
/// oldest segment holds the next victims. Belady, Nelson, Shedler, "An anomaly in space-time
/// characteristics of certain programs running in a paging machine", CACM 12 (1969). Every call
/// takes constant time.
struct FIFO: EvictionPolicy, ~Copyable {
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

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {}

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    list.popTail(in: &table)
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    list.remove(slot, in: &table)
  }
}
