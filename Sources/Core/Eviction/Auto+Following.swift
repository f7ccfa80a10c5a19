/// Small caches: the blocks that the followed shadow holds are kept, the others are condemned.
///
/// The cache and the shadow are of one size, and a block that is asked for enters both. So whenever
/// room has to be made, some block is condemned, and each miss that only the cache has makes the two
/// more alike.
extension Auto {
  private static var isKept: UInt8 { 0 }
  private static var isCondemned: UInt8 { 1 }

  /// Puts a block into the list where it belongs now.
  mutating func file<Table: EntryTable & ~Copyable>(
    _ slot: Slot, _ key: KeyDigest, in table: inout Table
  ) {
    let record = panel.keys.find(key)
    if record != .none { panel.place(record, at: slot) }
    if panel.holds(record, shadow: vote.leader) {
      table[mark: slot] = Self.isKept
      kept.pushHead(slot, in: &table)
    } else {
      table[mark: slot] = Self.isCondemned
      condemned.pushHead(slot, in: &table)
    }
  }

  /// Puts a block where it leaves next.
  mutating func fileCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let record = panel.keys.find(KeyDigest(bits: table.key(of: slot).sketchHash))
    if record != .none { panel.place(record, at: slot) }
    table[mark: slot] = Self.isCondemned
    condemned.pushTail(slot, in: &table)
  }

  /// A block was read: the followed shadow may have taken it back.
  mutating func refile<Table: EntryTable & ~Copyable>(
    _ slot: Slot, _ key: KeyDigest, in table: inout Table
  ) {
    if table[mark: slot] == Self.isKept { return kept.moveToHead(slot, in: &table) }
    condemned.remove(slot, in: &table)
    file(slot, key, in: &table)
  }

  mutating func unfile<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if table[mark: slot] == Self.isKept {
      kept.remove(slot, in: &table)
    } else {
      condemned.remove(slot, in: &table)
    }
  }

  /// Takes the next victim out of its list.
  mutating func popExact<Table: EntryTable & ~Copyable>(in table: inout Table) -> Slot {
    condemned.tail != .none ? condemned.popTail(in: &table) : kept.popTail(in: &table)
  }

  /// Tells the panel that the cache no longer holds a block.
  mutating func depart<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let record = panel.keys.find(KeyDigest(bits: table.key(of: slot).sketchHash))
    if record != .none { panel.displace(record) }
  }

  /// Condemns what the followed shadow threw out in the last request.
  mutating func condemnDropped<Table: EntryTable & ~Copyable>(in table: inout Table) {
    for position in 0..<panel.droppedCount {
      let slot = panel.dropped[position]
      guard table[mark: slot] == Self.isKept else { continue }
      kept.remove(slot, in: &table)
      table[mark: slot] = Self.isCondemned
      condemned.pushHead(slot, in: &table)
    }
  }

  /// Files all blocks anew, after another shadow has been chosen; the coldest stay the coldest.
  mutating func sortOut<Table: EntryTable & ~Copyable>(in table: inout Table) {
    var (oldKept, oldCondemned) = (kept, condemned)
    (kept, condemned) = (SlotList(), SlotList())
    while oldCondemned.tail != .none || oldKept.tail != .none {
      let slot =
        oldCondemned.tail != .none
        ? oldCondemned.popTail(in: &table) : oldKept.popTail(in: &table)
      file(slot, KeyDigest(bits: table.key(of: slot).sketchHash), in: &table)
    }
  }
}
