/// Least recently used: the block that was not read for the longest time leaves.
///
/// Recency as the only evidence; scans and loops larger than the cache flush it. Mattson, Gecsei,
/// Slutz, Traiger, "Evaluation techniques for storage hierarchies", IBM Systems Journal 9 (1970).
/// Every call takes constant time; a hit writes up to five entries' links.
struct LRU: EvictionPolicy, ~Copyable {
  private var list = SlotList()

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {}

  mutating func prepare(key: BlockKey, length: UInt32, in table: inout BlockTable) {}

  mutating func insert(_ slot: Slot, in table: inout BlockTable) {
    list.pushHead(slot, in: &table)
  }

  mutating func insertCold(_ slot: Slot, in table: inout BlockTable) {
    list.pushTail(slot, in: &table)
  }

  mutating func hit(_ slot: Slot, in table: inout BlockTable) {
    list.moveToHead(slot, in: &table)
  }

  mutating func evict(from table: inout BlockTable) -> Slot { list.popTail(in: &table) }

  mutating func remove(_ slot: Slot, in table: inout BlockTable) {
    list.remove(slot, in: &table)
  }
}
