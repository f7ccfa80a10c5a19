/// First in, first out: the block that came first leaves, read or not.
///
/// A hit writes nothing, and on flash the order of eviction is the order of writing, so a log's
/// oldest segment holds the next victims. Belady, Nelson, Shedler, "An anomaly in space-time
/// characteristics of certain programs running in a paging machine", CACM 12 (1969). Every call
/// takes constant time.
struct FIFO: EvictionPolicy, ~Copyable {
  private var list = SlotList()

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {}

  mutating func prepare(key: BlockKey, length: UInt32, in table: inout BlockTable) {}

  mutating func insert(_ slot: Slot, in table: inout BlockTable) {
    list.pushHead(slot, in: &table)
  }

  mutating func insertCold(_ slot: Slot, in table: inout BlockTable) {
    list.pushTail(slot, in: &table)
  }

  mutating func hit(_ slot: Slot, in table: inout BlockTable) {}

  mutating func evict(from table: inout BlockTable) -> Slot { list.popTail(in: &table) }

  mutating func remove(_ slot: Slot, in table: inout BlockTable) {
    list.remove(slot, in: &table)
  }
}
