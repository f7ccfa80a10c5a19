struct Auto: EvictionPolicy, ~Copyable {
  private(set) var panel: ShadowPanel
  var vote: Vote
  private let capacity: UInt64
  /// Whether a length was ever other than 1; until then each block stands for 4 MiB.
  private var isSized = false
  /// While the panel watches every key: blocks that the followed shadow holds, and the others.
  private var kept = SlotList()
  private var condemned = SlotList()
  /// Beyond that: the policy that orders the blocks.
  private var order: AnyEviction
  private var held = 0
  private var sinceSwitch: UInt64 = 0
  private(set) var switches: UInt64 = 0
  /// The block prepared last is one that the followed shadow would not keep.
  private var isUnwanted = false

  private static let isKept: UInt8 = 0
  private static let isCondemned: UInt8 = 1

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {
    capacity = capacityBytes
    panel = ShadowPanel(tune.kinds, capacityBytes: capacityBytes)
    vote = Vote(tune.kinds.count)
    vote.leader = tune.start
    order = AnyEviction(EvictionConfiguration(.fifo), capacityBytes: capacityBytes)
  }

  var heapBytes: Int { panel.residentBytes + order.residentBytes + vote.residentBytes }

  private var follows: Bool { panel.shift == 0 }

  private var budget: Int {
    let bytes = isSized ? capacity / 100 : min(capacity, 1 << 40) * (4 << 20) / 100
    return max(64 << 10, Int(bytes))
  }

  mutating func observe<Table: EntryTable & ~Copyable>(
    _ key: ShadowKey, length: UInt32, in table: inout Table
  ) {
    if length != 1 { isSized = true }
    sinceSwitch += 1
    guard panel.samples(key) else { return }
    while (!panel.keys.hasRoom && panel.keys.grownBytes + panel.ownBytes > budget)
      || panel.shadows[vote.leader].count > tune.entries
    {
      thin(in: &table)
    }
    guard panel.samples(key) else { return }
    let missed = panel.access(key, length: length, followed: vote.leader, counts: true)
    if follows { condemn(in: &table) }
    let horizon = tune.horizon * Double(max(16, panel.shadows[vote.leader].count))
    vote.count(missed, horizon: max(horizon, tune.minHorizon))
    guard missed != 0 else { return }
    consider(in: &table)
  }

  private mutating func condemn<Table: EntryTable & ~Copyable>(in table: inout Table) {
    for position in 0..<panel.droppedCount {
      let slot = panel.dropped[position]
      if table[mark: slot] == Self.isCondemned { continue }
      kept.remove(slot, in: &table)
      table[mark: slot] = Self.isCondemned
      condemned.pushHead(slot, in: &table)
    }
  }

  private mutating func consider<Table: EntryTable & ~Copyable>(in table: inout Table) {
    let count = panel.shadows[vote.leader].count
    let rival = vote.best
    guard rival != vote.leader else { return }
    let lead = vote.scores[vote.leader] - vote.scores[rival]
    let margin = tune.marginBase + (follows ? tune.marginShare : tune.marginLarge) * Double(count)
      + tune.marginRoot * vote.scores[rival].squareRoot()
    guard lead > margin else { return }
    guard Double(sinceSwitch) > (follows ? tune.gap : tune.gapLarge) * Double(held) else { return }
    vote.leader = rival
    switches += 1
    if tune.trace { print("switch at", panel.requests, "to", panel.shadows[rival].policy.kind.name, "lead", lead, "count", count, "scores", (0..<vote.count).map { Int(vote.scores[$0]) }) }
    sinceSwitch = 0
    if follows { resort(in: &table) } else { reorder(in: &table) }
  }

  /// After a switch: what the followed shadow holds is kept, everything else condemned.
  private mutating func resort<Table: EntryTable & ~Copyable>(in table: inout Table) {
    var (oldKept, oldCondemned) = (kept, condemned)
    (kept, condemned) = (SlotList(), SlotList())
    while true {
      var slot = oldCondemned.popTail(in: &table)
      if slot == .none { slot = oldKept.popTail(in: &table) }
      if slot == .none { break }
      file(slot, panel.keys.find(ShadowKey(table.key(of: slot).sketchHash)), in: &table)
    }
  }

  private mutating func file<Table: EntryTable & ~Copyable>(
    _ slot: Slot, _ record: Slot, in table: inout Table
  ) {
    if record != .none && panel.holds(record, shadow: vote.leader) {
      table[mark: slot] = Self.isKept
      kept.pushHead(slot, in: &table)
    } else {
      table[mark: slot] = Self.isCondemned
      condemned.pushHead(slot, in: &table)
    }
  }

  private mutating func reorder<Table: EntryTable & ~Copyable>(in table: inout Table) {
    let kind = panel.shadows[vote.leader].policy.kind
    var successor = AnyEviction(EvictionConfiguration(kind), capacityBytes: capacity)
    while true {
      let slot = follows ? .none : order.evict(from: &table)
      if slot == .none { break }
      successor.insert(slot, in: &table)
    }
    order = successor
  }

  private mutating func thin<Table: EntryTable & ~Copyable>(in table: inout Table) {
    if follows {
      let kind = panel.shadows[vote.leader].policy.kind
      order = AnyEviction(EvictionConfiguration(kind), capacityBytes: capacity)
      while true {
        var slot = condemned.popTail(in: &table)
        if slot == .none { slot = kept.popTail(in: &table) }
        if slot == .none { break }
        table.leavePolicy(slot)
        order.insert(slot, in: &table)
      }
    }
    panel.halve()
  }

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool {
    let shadowKey = ShadowKey(key.sketchHash)
    observe(shadowKey, length: length, in: &table)
    guard follows else { return order.prepare(key: key, length: length, in: &table) }
    let record = panel.keys.find(shadowKey)
    isUnwanted = record == .none || !panel.holds(record, shadow: vote.leader)
    return true
  }

  mutating func declines<Table: EntryTable & ~Copyable>(in table: inout Table) -> Bool {
    guard follows else { return order.declines(in: &table) }
    return isUnwanted
  }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    held += 1
    guard follows else {
      table.leavePolicy(slot)
      return order.insert(slot, in: &table)
    }
    let record = panel.keys.find(ShadowKey(table.key(of: slot).sketchHash))
    if record != .none { panel.place(record, at: slot) }
    file(slot, record, in: &table)
  }

  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    held += 1
    guard follows else {
      table.leavePolicy(slot)
      return order.insertCold(slot, in: &table)
    }
    let record = panel.keys.find(ShadowKey(table.key(of: slot).sketchHash))
    if record != .none { panel.place(record, at: slot) }
    table[mark: slot] = Self.isCondemned
    condemned.pushTail(slot, in: &table)
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let key = ShadowKey(table.key(of: slot).sketchHash)
    observe(key, length: table.length(of: slot), in: &table)
    guard follows else { return order.hit(slot, in: &table) }
    if table[mark: slot] == Self.isKept {
      kept.moveToHead(slot, in: &table)
      return
    }
    let record = panel.keys.find(key)
    condemned.remove(slot, in: &table)
    if record != .none { panel.place(record, at: slot) }
    file(slot, record, in: &table)
  }

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    guard follows else {
      let slot = order.evict(from: &table)
      if slot != .none { held -= 1 }
      return slot
    }
    var slot = condemned.popTail(in: &table)
    if slot == .none { slot = kept.popTail(in: &table) }
    if slot != .none { depart(slot, in: &table) }
    return slot
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    guard follows else {
      held -= 1
      return order.remove(slot, in: &table)
    }
    if table[mark: slot] == Self.isKept {
      kept.remove(slot, in: &table)
    } else {
      condemned.remove(slot, in: &table)
    }
    depart(slot, in: &table)
  }

  private mutating func depart<Table: EntryTable & ~Copyable>(
    _ slot: Slot, in table: inout Table
  ) {
    held -= 1
    let record = panel.keys.find(ShadowKey(table.key(of: slot).sketchHash))
    if record != .none { panel.displace(record) }
  }
}

struct Vote: ~Copyable {
  var leader = 0
  let scores: UnsafeMutablePointer<Double>
  let count: Int
  var weight = 1.0
  init(_ count: Int) {
    self.count = count
    scores = .allocate(capacity: count)
    scores.initialize(repeating: 0, count: count)
  }
  deinit { scores.deallocate() }
  var residentBytes: Int { count * 8 }

  mutating func count(_ missed: UInt32, horizon: Double) {
    let keep = 1 - 1 / horizon
    for i in 0..<count {
      scores[i] = scores[i] * keep + ((missed >> UInt32(i)) & 1 == 1 ? 1 : 0)
    }
  }

  var best: Int {
    var best = 0
    for i in 1..<max(1, count) where scores[i] < scores[best] { best = i }
    return best
  }
}

struct Tune {
  var kinds: [EvictionKind] = [.s3fifo, .lru, .arc, .twoQ, .wtinylfu, .gdsf]
  var start = 0
  var entries = 4096
  var horizon = 10.0
  var minHorizon = 200.0
  var marginBase = 1.0
  var marginShare = 0.05
  var marginLarge = 0.1
  var marginRoot = 0.0
  var gap = 0.5
  var gapLarge = 1.0
  var trace = false
}
nonisolated(unsafe) var tune = Tune()
