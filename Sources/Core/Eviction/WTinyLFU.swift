/// W-TinyLFU: a newcomer may stay only if it was asked for more often than the block it displaces.
///
/// Blocks enter an LRU window (1 % of the bytes). The window's oldest meets the main area's next
/// victim, and a frequency sketch decides which of the two leaves. The main area is a segmented
/// LRU: probation, and for blocks hit there protected. Einziger, Friedman, Manes, "TinyLFU: a highly
/// efficient cache admission policy", ACM TOS 13 (2017). Every call is constant time, amortised; a
/// miss, and a hit in main, touch the sketch.
///
/// Where this departs from the paper, it does so for recorded traces on which the paper's rules lose:
/// - A candidate of the victim's size must lead by two, since its own miss was counted just before the
///   contest; else a loop larger than the cache churns for ever. The smaller of two blocks wins ties.
/// - While there is room, main fills probation and then protected, so that a loop keeps its part.
/// - Protected has 60 % of main instead of 80 %, so that what the filling left there goes sooner.
/// - A candidate meets one victim, whatever more must leave for it (Einziger, Eytan, Friedman, Manes,
///   "Lightweight robust size aware cache management", ACM TOS 2022).
/// - A block that is larger than the window and twice the mean is declined where there is no room.
struct WTinyLFU: EvictionPolicy, ~Copyable {
  private var window = SlotList()
  private var probation = SlotList()
  private var protected = SlotList()
  private var sketch = DoorkeptSketch()
  private let capacity: UInt64
  private let windowShare: UInt64
  private let mainShare: UInt64
  private let protectedShare: UInt64
  private let probationShare: UInt64
  /// Bytes of the block being prepared, which will enter the window.
  private var arriving: UInt64 = 0
  /// The candidate that has won its contest and waits for room in main.
  private var winner = Slot.none

  private static let inWindow: UInt8 = 0
  private static let inProbation: UInt8 = 1
  private static let inProtected: UInt8 = 2
  /// In probation, and to leave without a contest.
  private static let cold: UInt8 = 3

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {
    capacity = capacityBytes
    windowShare = share(configuration.windowPermille, of: capacityBytes)
    mainShare = capacityBytes - min(windowShare, capacityBytes)
    protectedShare = share(600, of: mainShare)
    probationShare = mainShare - protectedShare
  }

  var heapBytes: Int { sketch.residentBytes }

  private var mainBytes: UInt64 { probation.bytes + protected.bytes }

  @inline(__always)
  func prefetch<Key: CacheKey>(missOf key: Key) { sketch.prefetch(key.sketchHash) }

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool {
    let count = UInt64(window.count) + UInt64(probation.count) + UInt64(protected.count)
    sketch.reserve(Int(count) + 1)
    sketch.count(key.sketchHash, weight: DoorkeptSketch.missWeight)
    let length = UInt64(length)
    let held = window.bytes + mainBytes
    if length > windowShare, count > 0, held + length > capacity, length > 2 * held / count {
      return false
    }
    arriving = length
    return true
  }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[mark: slot] = Self.inWindow
    window.pushHead(slot, in: &table)
    arriving = 0
    while window.bytes > windowShare && window.count > 1
      && mainBytes + UInt64(table.length(of: window.tail)) <= mainShare
    {
      enterMain(popWindow(in: &table), in: &table)
    }
  }

  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[mark: slot] = Self.cold
    probation.pushTail(slot, in: &table)
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if table[mark: slot] == Self.inWindow {
      if slot == winner { winner = .none }
      return window.moveToHead(slot, in: &table)
    }
    sketch.reserve(1)
    sketch.count(table.key(of: slot).sketchHash, weight: DoorkeptSketch.hitWeight)
    if table[mark: slot] == Self.inProtected { return protected.moveToHead(slot, in: &table) }
    probation.remove(slot, in: &table)
    table[mark: slot] = Self.inProtected
    protected.pushHead(slot, in: &table)
    while protected.bytes > protectedShare && protected.count > 1 {
      enterProbation(protected.popTail(in: &table), in: &table)
    }
  }

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    let overdue = probation.tail
    if overdue != .none,
      probation.bytes - UInt64(table.length(of: overdue)) > probationShare
    {
      return probation.popTail(in: &table)
    }
    let candidate = window.tail
    let victim = overdue != .none ? overdue : protected.tail
    if victim == .none { return popWindow(in: &table) }
    if candidate == .none || window.bytes + arriving <= windowShare {
      remove(victim, in: &table)
      return victim
    }
    if winner != candidate {
      guard wins(candidate, over: victim, in: table) else { return popWindow(in: &table) }
      winner = candidate
    }
    remove(victim, in: &table)
    if mainBytes + UInt64(table.length(of: candidate)) <= mainShare {
      enterMain(popWindow(in: &table), in: &table)
    }
    return victim
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    switch table[mark: slot] {
    case Self.inWindow:
      if slot == winner { winner = .none }
      window.remove(slot, in: &table)
    case Self.inProtected: protected.remove(slot, in: &table)
    default: probation.remove(slot, in: &table)
    }
  }

  private func wins<Table: EntryTable & ~Copyable>(
    _ candidate: Slot, over victim: Slot, in table: borrowing Table
  ) -> Bool {
    let length = table.length(of: candidate)
    if UInt64(length) > mainShare { return false }
    if table[mark: victim] == Self.cold { return true }
    let own = sketch.estimate(table.key(of: candidate).sketchHash)
    let other = sketch.estimate(table.key(of: victim).sketchHash)
    return own > other + 1 || (own >= other && length < table.length(of: victim))
  }

  private mutating func popWindow<Table: EntryTable & ~Copyable>(in table: inout Table) -> Slot {
    winner = .none
    return window.popTail(in: &table)
  }

  private mutating func enterMain<Table: EntryTable & ~Copyable>(
    _ slot: Slot, in table: inout Table
  ) {
    let length = UInt64(table.length(of: slot))
    if probation.bytes + length > probationShare && protected.bytes + length <= protectedShare {
      table[mark: slot] = Self.inProtected
      protected.pushHead(slot, in: &table)
    } else {
      enterProbation(slot, in: &table)
    }
  }

  private mutating func enterProbation<Table: EntryTable & ~Copyable>(
    _ slot: Slot, in table: inout Table
  ) {
    table[mark: slot] = Self.inProbation
    probation.pushHead(slot, in: &table)
  }
}
