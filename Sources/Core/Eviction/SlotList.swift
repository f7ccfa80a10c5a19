/// A doubly linked list through the `previous` and `next` of a table's entries, with its bytes.
///
/// The head is the most recent end, the tail the next victim. 24 bytes, constant-time everything.
struct SlotList: BitwiseCopyable {
  /// Bytes of payload of the entries in the list.
  private(set) var bytes: UInt64 = 0
  /// The most recent entry.
  private(set) var head: Slot = .none
  /// The next victim.
  private(set) var tail: Slot = .none
  /// Entries in the list.
  private(set) var count: UInt32 = 0

  /// Puts `slot` at the most recent end.
  @inline(__always)
  mutating func pushHead<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    link(slot, in: &table)
    bytes += UInt64(table.length(of: slot))
    count += 1
  }

  /// Puts `slot` at the victim's end.
  mutating func pushTail<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[links: slot].next = .none
    table[links: slot].previous = tail
    if tail == .none { head = slot } else { table[links: tail].next = slot }
    tail = slot
    bytes += UInt64(table.length(of: slot))
    count += 1
  }

  /// Puts `slot` next to `anchor`, which must be in this list, on the victim's side of it.
  mutating func insert<Table: EntryTable & ~Copyable>(
    _ slot: Slot, behind anchor: Slot, in table: inout Table
  ) {
    let next = table[links: anchor].next
    if next == .none { return pushTail(slot, in: &table) }
    table[links: slot].previous = anchor
    table[links: slot].next = next
    table[links: anchor].next = slot
    table[links: next].previous = slot
    bytes += UInt64(table.length(of: slot))
    count += 1
  }

  /// Takes `slot`, which must be in this list, out of it.
  @inline(__always)
  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    unlink(slot, in: &table)
    bytes -= UInt64(table.length(of: slot))
    count -= 1
  }

  /// Takes the next victim out and returns it; `Slot.none` from an empty list.
  ///
  /// The entry after it was touched on the way, so its key is at hand: its bucket is fetched now,
  /// a miss or so before its own turn comes and the index has to forget it.
  @inline(__always)
  mutating func popTail<Table: EntryTable & ~Copyable>(in table: inout Table) -> Slot {
    let slot = tail
    if slot == .none { return slot }
    remove(slot, in: &table)
    if tail != .none { table.prefetchRemoval(of: tail) }
    return slot
  }

  /// Moves `slot`, which must be in this list, to the most recent end.
  @inline(__always)
  mutating func moveToHead<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if slot == head { return }
    unlink(slot, in: &table)
    link(slot, in: &table)
  }

  @inline(__always)
  private mutating func link<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[links: slot].previous = .none
    table[links: slot].next = head
    if head == .none { tail = slot } else { table[links: head].previous = slot }
    head = slot
  }

  @inline(__always)
  private mutating func unlink<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let previous = table[links: slot].previous
    let next = table[links: slot].next
    if previous == .none { head = next } else { table[links: previous].next = next }
    if next == .none { tail = previous } else { table[links: next].previous = previous }
  }
}
