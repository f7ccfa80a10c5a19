/// LIRS's stack S: entries of a table and records of blocks on trial, by their last read.
///
/// An element is a slot, linked through its entry, or a record, linked through an arena of its own; the
/// top bit tells them apart. A record is found by its block's fingerprint and is a ghost once its block
/// has left; ghosts are also chained in the order in which they left. 28 bytes a record, and its share
/// of the index.
struct RecencyStack: ~Copyable {
  private typealias Element = UInt32

  private struct Record: BitwiseCopyable {
    var links = Links()
    /// Towards younger and older ghosts; `next` also chains free records.
    var ghostLinks = Links()
    var length: UInt32 = 0
    var isGhost = false
  }

  private var top = Slot.none
  private var bottom = Slot.none
  private var records = LazyArray<Record>()
  private var fingerprints: UnsafeMutablePointer<UInt32>?
  private var capacity = 0
  private var index = GhostIndex()
  private var freeRecord = Slot.none
  private var youngestGhost = Slot.none
  private var oldestGhost = Slot.none
  private var ghostBytes: UInt64 = 0

  private static let recordBit: UInt32 = 1 << 31

  init() {}

  deinit { fingerprints?.deallocate() }

  /// Bytes of heap in use.
  var residentBytes: Int {
    records.residentBytes + capacity * MemoryLayout<UInt32>.stride + index.residentBytes
  }

  // MARK: Entries

  mutating func pushTop<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    link(slot, in: &table)
  }

  mutating func moveToTop<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if slot == top { return }
    unlink(slot, in: &table)
    link(slot, in: &table)
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    unlink(slot, in: &table)
  }

  /// Takes out the entry at the end, which must be no record; `Slot.none` from an empty stack.
  mutating func popBottom<Table: EntryTable & ~Copyable>(in table: inout Table) -> Slot {
    let slot = bottom
    if slot != .none {
      precondition(slot & Self.recordBit == 0, "the stack was pruned")
      unlink(slot, in: &table)
    }
    return slot
  }

  /// Forgets the records at the end, so that an entry lies there.
  @inline(__always)
  mutating func prune<Table: EntryTable & ~Copyable>(in table: inout Table) {
    while bottom != .none && bottom & Self.recordBit != 0 {
      drop(bottom & ~Self.recordBit, in: &table)
    }
  }

  // MARK: Records

  /// Brings what the look-up of this fingerprint will read first closer.
  @inline(__always)
  func prefetch(_ fingerprint: UInt32) { index.prefetch(fingerprint) }

  /// Puts a record of a resident block on top.
  mutating func addRecord<Table: EntryTable & ~Copyable>(
    _ fingerprint: UInt32, length: UInt32, in table: inout Table
  ) {
    let number = makeRecord()
    records[number] = Record(length: length)
    fingerprints?[Int(number)] = fingerprint
    if let fingerprints { index.insert(Int(number), in: fingerprints) }
    link(number | Self.recordBit, in: &table)
  }

  /// Forgets the record of a block that left, or of one that is here; false if there is none.
  mutating func forget<Table: EntryTable & ~Copyable>(
    _ fingerprint: UInt32, isGhost: Bool, in table: inout Table
  ) -> Bool {
    guard let number = find(fingerprint), records[number].isGhost == isGhost else { return false }
    drop(number, in: &table)
    return true
  }

  /// The block of this fingerprint leaves: its record, if it has one, becomes a ghost, for which the
  /// oldest ghosts make room. Ghosts are worth `limit` bytes at most.
  mutating func becomeGhost<Table: EntryTable & ~Copyable>(
    _ fingerprint: UInt32, length: UInt32, limit: UInt64, in table: inout Table
  ) {
    guard let number = find(fingerprint), !records[number].isGhost else { return }
    while ghostBytes + UInt64(length) > limit, oldestGhost != .none {
      drop(oldestGhost, in: &table)
    }
    records[number].isGhost = true
    records[number].length = length
    records[number].ghostLinks = Links()
    records[number].ghostLinks.next = youngestGhost
    if youngestGhost == .none {
      oldestGhost = number
    } else {
      records[youngestGhost].ghostLinks.previous = number
    }
    youngestGhost = number
    ghostBytes += UInt64(length)
  }

  private func find(_ fingerprint: UInt32) -> UInt32? {
    guard let fingerprints else { return nil }
    return index.find(fingerprint, in: fingerprints).map { UInt32(truncatingIfNeeded: $0) }
  }

  private mutating func drop<Table: EntryTable & ~Copyable>(
    _ number: UInt32, in table: inout Table
  ) {
    unlink(number | Self.recordBit, in: &table)
    let record = records[number]
    if record.isGhost {
      let (younger, older) = (record.ghostLinks.previous, record.ghostLinks.next)
      if younger == .none {
        youngestGhost = older
      } else {
        records[younger].ghostLinks.next = older
      }
      if older == .none {
        oldestGhost = younger
      } else {
        records[older].ghostLinks.previous = younger
      }
      ghostBytes -= UInt64(record.length)
    }
    if let fingerprints { index.remove(Int(number), in: fingerprints) }
    records[number].ghostLinks.next = freeRecord
    freeRecord = number
  }

  private mutating func makeRecord() -> UInt32 {
    if freeRecord != .none {
      let number = freeRecord
      freeRecord = records[number].ghostLinks.next
      return number
    }
    let number = records.count
    precondition(number < Self.recordBit, "a stack has at most 2^31 records")
    if Int(number) == capacity { grow() }
    records.append(Record())
    return number
  }

  /// All records are in use: the index files them anew.
  private mutating func grow() {
    let larger = growthStep(after: capacity, atLeast: 16)
    let memory = UnsafeMutablePointer<UInt32>.allocate(capacity: larger)
    memory.initialize(repeating: 0, count: larger)
    if let fingerprints {
      memory.update(from: fingerprints, count: capacity)
      fingerprints.deallocate()
    }
    index.rebuild(over: memory, count: capacity, capacity: larger)
    (fingerprints, capacity) = (memory, larger)
  }

  // MARK: Links

  private func links<Table: EntryTable & ~Copyable>(
    _ element: Element, in table: borrowing Table
  ) -> Links {
    element & Self.recordBit == 0
      ? table[links: element] : records[element & ~Self.recordBit].links
  }

  private mutating func setPrevious<Table: EntryTable & ~Copyable>(
    _ element: Element, _ value: Element, in table: inout Table
  ) {
    if element & Self.recordBit == 0 {
      table[links: element].previous = value
    } else {
      records[element & ~Self.recordBit].links.previous = value
    }
  }

  private mutating func setNext<Table: EntryTable & ~Copyable>(
    _ element: Element, _ value: Element, in table: inout Table
  ) {
    if element & Self.recordBit == 0 {
      table[links: element].next = value
    } else {
      records[element & ~Self.recordBit].links.next = value
    }
  }

  private mutating func link<Table: EntryTable & ~Copyable>(
    _ element: Element, in table: inout Table
  ) {
    setPrevious(element, .none, in: &table)
    setNext(element, top, in: &table)
    if top == .none { bottom = element } else { setPrevious(top, element, in: &table) }
    top = element
  }

  private mutating func unlink<Table: EntryTable & ~Copyable>(
    _ element: Element, in table: inout Table
  ) {
    let links = links(element, in: table)
    if links.previous == .none {
      top = links.next
    } else {
      setNext(links.previous, links.next, in: &table)
    }
    if links.next == .none {
      bottom = links.previous
    } else {
      setPrevious(links.next, links.previous, in: &table)
    }
  }
}
