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
  mutating func pushHead(_ slot: Slot, in table: inout BlockTable) {
    link(slot, in: &table)
    bytes += UInt64(table[slot].length)
    count += 1
  }

  /// Puts `slot` at the victim's end.
  mutating func pushTail(_ slot: Slot, in table: inout BlockTable) {
    table[slot].next = .none
    table[slot].previous = tail
    if tail == .none { head = slot } else { table[tail].next = slot }
    tail = slot
    bytes += UInt64(table[slot].length)
    count += 1
  }

  /// Puts `slot` next to `anchor`, which must be in this list, on the victim's side of it.
  mutating func insert(_ slot: Slot, behind anchor: Slot, in table: inout BlockTable) {
    let next = table[anchor].next
    if next == .none { return pushTail(slot, in: &table) }
    table[slot].previous = anchor
    table[slot].next = next
    table[anchor].next = slot
    table[next].previous = slot
    bytes += UInt64(table[slot].length)
    count += 1
  }

  /// Takes `slot`, which must be in this list, out of it.
  @inline(__always)
  mutating func remove(_ slot: Slot, in table: inout BlockTable) {
    unlink(slot, in: &table)
    bytes -= UInt64(table[slot].length)
    count -= 1
  }

  /// Takes the next victim out and returns it; `Slot.none` from an empty list.
  ///
  /// The entry after it was touched on the way, so its key is at hand: its bucket is fetched now,
  /// a miss or so before its own turn comes and the index has to forget it.
  @inline(__always)
  mutating func popTail(in table: inout BlockTable) -> Slot {
    let slot = tail
    if slot == .none { return slot }
    remove(slot, in: &table)
    if tail != .none { table.prefetch(table[tail].key) }
    return slot
  }

  /// Moves `slot`, which must be in this list, to the most recent end.
  @inline(__always)
  mutating func moveToHead(_ slot: Slot, in table: inout BlockTable) {
    if slot == head { return }
    unlink(slot, in: &table)
    link(slot, in: &table)
  }

  @inline(__always)
  private mutating func link(_ slot: Slot, in table: inout BlockTable) {
    table[slot].previous = .none
    table[slot].next = head
    if head == .none { tail = slot } else { table[head].previous = slot }
    head = slot
  }

  @inline(__always)
  private mutating func unlink(_ slot: Slot, in table: inout BlockTable) {
    let previous = table[slot].previous
    let next = table[slot].next
    if previous == .none { head = next } else { table[previous].next = next }
    if next == .none { tail = previous } else { table[next].previous = previous }
  }
}
