/// Least frequently used: the block with the fewest reads since it came in leaves, and of several the
/// one that was not read for the longest time.
///
/// Frequency as the only evidence, and never forgotten while a block stays: what was popular once
/// keeps its place, and what is new leaves first. Shah, Mitra, Matani, "An O(1) algorithm for
/// implementing the LFU cache eviction scheme" (2010): a list of classes of equal frequency, ascending,
/// each with its blocks in order of their last read. Every call takes constant time.
struct LFU: EvictionPolicy, ~Copyable {
  private var classes = LazyArray<FrequencyClass>()
  private var freeClass = FrequencyClass.none
  /// The class of the smallest frequency.
  private var lowest = FrequencyClass.none
  /// The class of each slot.
  private var classOfSlot = LazyArray<UInt32>()

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {}

  var heapBytes: Int { classes.residentBytes + classOfSlot.residentBytes }

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool { true }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    enter(slot, class: firstClass(frequency: 1), in: &table)
  }

  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let number = firstClass(frequency: 0)
    assign(slot, number)
    classes[number].list.pushTail(slot, in: &table)
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let old = classOfSlot[slot]
    let frequency = classes[old].frequency &+ 1
    let above = classes[old].above
    if classes[old].list.count == 1, above == .none || classes[above].frequency > frequency {
      // Alone, and nobody has the next frequency: the class rises with its block.
      return classes[old].frequency = frequency
    }
    let next =
      above != .none && classes[above].frequency == frequency
      ? above : makeClass(frequency: frequency, above: old)
    leave(slot, in: &table)
    enter(slot, class: next, in: &table)
  }

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    guard lowest != .none else { return .none }
    let number = lowest
    let victim = classes[number].list.popTail(in: &table)
    if classes[number].list.count == 0 { drop(number) }
    return victim
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    leave(slot, in: &table)
  }

  // MARK: Classes

  /// Blocks that were asked for equally often.
  private struct FrequencyClass: BitwiseCopyable {
    static let none = UInt32.max
    var frequency: UInt64
    var list = SlotList()
    /// The classes of the next larger and smaller frequency; `above` also chains free ones.
    var above: UInt32
    var below: UInt32
  }

  private mutating func assign(_ slot: Slot, _ number: UInt32) {
    classOfSlot.grow(toInclude: slot, filler: FrequencyClass.none)
    classOfSlot[slot] = number
  }

  private mutating func enter<Table: EntryTable & ~Copyable>(
    _ slot: Slot, class number: UInt32, in table: inout Table
  ) {
    assign(slot, number)
    classes[number].list.pushHead(slot, in: &table)
  }

  private mutating func leave<Table: EntryTable & ~Copyable>(
    _ slot: Slot, in table: inout Table
  ) {
    let number = classOfSlot[slot]
    classes[number].list.remove(slot, in: &table)
    if classes[number].list.count == 0 { drop(number) }
  }

  /// The class of `frequency`, 0 or 1, which lies at the very end or one above it.
  private mutating func firstClass(frequency: UInt64) -> UInt32 {
    if lowest == .none || classes[lowest].frequency > frequency {
      return makeClass(frequency: frequency, above: .none)
    }
    if classes[lowest].frequency == frequency { return lowest }
    let above = classes[lowest].above
    if above != .none, classes[above].frequency == frequency { return above }
    return makeClass(frequency: frequency, above: lowest)
  }

  /// A new class next above `below`, or the lowest of all.
  private mutating func makeClass(frequency: UInt64, above below: UInt32) -> UInt32 {
    let above = below == .none ? lowest : classes[below].above
    let fresh = FrequencyClass(frequency: frequency, above: above, below: below)
    let number: UInt32
    if freeClass != .none {
      number = freeClass
      freeClass = classes[number].above
      classes[number] = fresh
    } else {
      number = classes.count
      classes.append(fresh)
    }
    if above != .none { classes[above].below = number }
    if below != .none { classes[below].above = number } else { lowest = number }
    return number
  }

  private mutating func drop(_ number: UInt32) {
    let (above, below) = (classes[number].above, classes[number].below)
    if above != .none { classes[above].below = below }
    if below != .none { classes[below].above = above } else { lowest = above }
    classes[number].above = freeClass
    freeClass = number
  }
}
