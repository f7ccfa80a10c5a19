/// GreedyDual-Size with Frequency: the block that is worth least for its size leaves.
///
/// A block's priority is L + frequency / size, and L, the inflation, is the priority of the last
/// victim, so what is not read any more is overtaken in time. Small and popular blocks stay; the
/// ratio of requests that hit is maximised, not that of bytes. The newcomer competes: if it would be
/// the least it is declined. Cherkasova, "Improving WWW proxies performance with
/// Greedy-Dual-Size-Frequency caching policy", HP Labs 98-69R1 (1998), with a cost of 1 a block.
/// Equal priorities leave in order of their last read. Insertion, hits and evictions take
/// logarithmic time: a heap of four children a node.
struct GDSF: EvictionPolicy, ~Copyable {
  private var heap = SlotHeap()
  /// Reads of each slot since it came in.
  private var reads = LazyArray<UInt32>()
  private var inflation = 0.0
  /// The block being prepared: the inflation that it met, and its length.
  private var arriving: (inflation: Double, length: UInt32)?

  /// Priorities count in millionths of a read a byte; it matters through rounding alone.
  private static let scale = 1e6

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {}

  var heapBytes: Int { heap.residentBytes + reads.residentBytes }

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool {
    arriving = (inflation, length)
    return true
  }

  /// Whether the block being prepared is worth less than all that could leave for it.
  mutating func declines<Table: EntryTable & ~Copyable>(in table: inout Table) -> Bool {
    guard let arriving, let least = heap.leastPriority else { return false }
    let own = Self.priority(reads: 1, length: arriving.length, over: arriving.inflation)
    guard own < least else { return false }
    inflation = own
    self.arriving = nil
    return true
  }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let priority = Self.priority(
      reads: 1, length: table.length(of: slot), over: arriving?.inflation ?? inflation)
    arriving = nil
    reads.grow(toInclude: slot, filler: 0)
    reads[slot] = 1
    heap.insert(slot, priority: priority, in: &table)
  }

  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    reads.grow(toInclude: slot, filler: 0)
    reads[slot] = 0
    heap.insert(slot, priority: -.infinity, in: &table)
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let count = reads[slot] == .max ? .max : reads[slot] + 1
    reads[slot] = count
    let priority = Self.priority(
      reads: count, length: table.length(of: slot), over: inflation)
    heap.raise(slot, to: priority, in: &table)
  }

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    guard let least = heap.leastPriority else { return .none }
    if least > inflation { inflation = least }
    return heap.removeLeast(in: &table)
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    heap.remove(slot, in: &table)
  }

  private static func priority(
    reads: UInt32, length: UInt32, over inflation: Double
  ) -> Double {
    inflation + Double(reads) * scale / Double(max(1, length))
  }
}
