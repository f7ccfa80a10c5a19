/// W-TinyLFU: a newcomer may stay only if it was asked for more often than the block it displaces.
///
/// Blocks enter an LRU window (1 % of the bytes). The window's oldest meets the main area's next
/// victim, and a frequency sketch decides which of the two leaves. The main area is a segmented
/// LRU: probation, and for blocks hit there protected (80 % of main). Einziger, Friedman, Manes,
/// "TinyLFU: a highly efficient cache admission policy", ACM TOS 13 (2017). Every call is constant
/// time, amortised; a hit touches the sketch and one or two lists.
struct WTinyLFU: EvictionPolicy, ~Copyable {
  private var window = SlotList()
  private var probation = SlotList()
  private var protected = SlotList()
  private var sketch = FrequencySketch()
  private let windowShare: UInt64
  private let mainShare: UInt64
  private let protectedShare: UInt64
  /// Bytes of the block being prepared, which will enter the window.
  private var arriving: UInt64 = 0

  private static let inWindow: UInt8 = 0
  private static let inProbation: UInt8 = 1
  private static let inProtected: UInt8 = 2
  /// In probation, and to leave without a duel.
  private static let cold: UInt8 = 3

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {
    windowShare = share(configuration.windowPermille, of: capacityBytes)
    mainShare = capacityBytes - min(windowShare, capacityBytes)
    protectedShare = share(800, of: mainShare)
  }

  /// Bytes of heap behind the struct.
  var heapBytes: Int { sketch.residentBytes }

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool {
    sketch.reserve(Int(window.count + probation.count + protected.count) + 1)
    sketch.increment(key.sketchHash)
    arriving = UInt64(length)
    return true
  }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[mark: slot] = Self.inWindow
    window.pushHead(slot, in: &table)
    arriving = 0
    while window.bytes > windowShare && window.count > 1 {
      let bytes = probation.bytes + protected.bytes + UInt64(table.length(of: window.tail))
      if bytes > mainShare { break }
      enterMain(window.popTail(in: &table), in: &table)
    }
  }

  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[mark: slot] = Self.cold
    probation.pushTail(slot, in: &table)
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    sketch.reserve(1)
    sketch.increment(table.key(of: slot).sketchHash)
    switch table[mark: slot] {
    case Self.inWindow: window.moveToHead(slot, in: &table)
    case Self.inProtected: protected.moveToHead(slot, in: &table)
    default:
      probation.remove(slot, in: &table)
      table[mark: slot] = Self.inProtected
      protected.pushHead(slot, in: &table)
      while protected.bytes > protectedShare {
        enterMain(protected.popTail(in: &table), in: &table)
      }
    }
  }

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    let candidate = window.tail
    let victim = probation.tail != .none ? probation.tail : protected.tail
    if victim == .none { return window.popTail(in: &table) }
    let duels = candidate != .none && window.bytes + arriving > windowShare
    if duels && !wins(candidate, over: victim, in: table) { return window.popTail(in: &table) }
    remove(victim, in: &table)
    if duels { enterMain(window.popTail(in: &table), in: &table) }
    return victim
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    switch table[mark: slot] {
    case Self.inWindow: window.remove(slot, in: &table)
    case Self.inProtected: protected.remove(slot, in: &table)
    default: probation.remove(slot, in: &table)
    }
  }

  private func wins<Table: EntryTable & ~Copyable>(
    _ candidate: Slot, over victim: Slot, in table: borrowing Table
  ) -> Bool {
    if table[mark: victim] == Self.cold { return true }
    return sketch.estimate(table.key(of: candidate).sketchHash)
      > sketch.estimate(table.key(of: victim).sketchHash)
  }

  private mutating func enterMain<Table: EntryTable & ~Copyable>(
    _ slot: Slot, in table: inout Table
  ) {
    table[mark: slot] = Self.inProbation
    probation.pushHead(slot, in: &table)
  }
}
