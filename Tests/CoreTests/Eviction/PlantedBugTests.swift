import Testing

@testable import TarnCore

/// The harness that clears the policies must also catch a broken one.
@Suite struct PlantedBugTests {
  func divergence<Policy: EvictionPolicy & ~Copyable>(
    of policy: Policy.Type, from model: some NaiveModel
  ) -> String? {
    var configuration = EvictionConfiguration(.s3fifo)
    configuration.ghostPermille = 0
    return firstDivergence(
      of: policy, from: model, configuration: configuration, capacity: 200, isSized: true, seed: 1)
  }

  @Test func `a policy that evicts the wrong end is caught`() {
    #expect(divergence(of: WrongEndFIFO.self, from: NaiveFIFO(capacity: 200)) != nil)
  }

  @Test
  func
    `a queue that counts the bytes of what it takes over twice is caught, and its sound twin is not`()
  {
    let model = NaiveS3FIFO(capacity: 200, ghostShare: 0)
    #expect(divergence(of: TwoQueues<Sound>.self, from: model) == nil)
    #expect(divergence(of: TwoQueues<CountsTwice>.self, from: model) != nil)
  }

  @Test func `a hand that stays on a removed block is caught`() {
    #expect(divergence(of: StaleHand.self, from: NaiveSIEVE(capacity: 200)) != nil)
  }
}

/// FIFO that throws out its newest block.
private struct WrongEndFIFO: EvictionPolicy, ~Copyable {
  var list = SlotList()
  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {}
  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool { true }
  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    list.pushHead(slot, in: &table)
  }
  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    list.pushTail(slot, in: &table)
  }
  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {}
  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    let slot = list.head
    if slot != .none { list.remove(slot, in: &table) }
    return slot
  }
  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    list.remove(slot, in: &table)
  }
}

private protocol Accounting { static var bytesOfMoved: UInt64 { get } }
private enum Sound: Accounting { static var bytesOfMoved: UInt64 { 1 } }
private enum CountsTwice: Accounting { static var bytesOfMoved: UInt64 { 2 } }

/// S3-FIFO without ghosts that keeps the main queue's bytes itself, rightly or wrongly.
private struct TwoQueues<Rule: Accounting>: EvictionPolicy, ~Copyable {
  var small = SlotList()
  var main = SlotList()
  var mainBytes: UInt64 = 0
  var filling = true
  let smallShare: UInt64
  let mainShare: UInt64
  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {
    smallShare = max(1, capacityBytes / 10)
    mainShare = capacityBytes - smallShare
  }
  var takesFromSmall: Bool { small.count > 0 && (mainBytes <= mainShare || main.count == 0) }
  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool { true }
  mutating func enterMain<Table: EntryTable & ~Copyable>(
    _ slot: Slot, atTail: Bool, in table: inout Table
  ) {
    table[mark: slot] = 4
    mainBytes += UInt64(table.length(of: slot))
    if atTail { main.pushTail(slot, in: &table) } else { main.pushHead(slot, in: &table) }
  }
  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if filling && small.bytes >= smallShare { return enterMain(slot, atTail: false, in: &table) }
    small.pushHead(slot, in: &table)
  }
  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if !takesFromSmall { return enterMain(slot, atTail: true, in: &table) }
    small.pushTail(slot, in: &table)
  }
  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if table[mark: slot] & 3 < 3 { table[mark: slot] += 1 }
  }
  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    filling = false
    while takesFromSmall {
      // Once begun, the search goes on to the end of the small queue.
      while small.count > 0 {
        let slot = small.popTail(in: &table)
        if table[mark: slot] < 2 { return slot }
        enterMain(slot, atTail: false, in: &table)
        mainBytes += UInt64(table.length(of: slot)) * (Rule.bytesOfMoved - 1)
      }
    }
    while main.tail != .none && table[mark: main.tail] & 3 > 0 {
      table[mark: main.tail] -= 1
      main.moveToHead(main.tail, in: &table)
    }
    let victim = main.popTail(in: &table)
    if victim != .none { mainBytes -= UInt64(table.length(of: victim)) }
    return victim
  }
  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    guard table[mark: slot] & 4 != 0 else { return small.remove(slot, in: &table) }
    mainBytes -= min(mainBytes, UInt64(table.length(of: slot)))
    main.remove(slot, in: &table)
  }
}

/// SIEVE that starts again at the oldest block when the one under the hand is removed.
private struct StaleHand: EvictionPolicy, ~Copyable {
  var queue = SlotList()
  var hand = Slot.none
  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {}
  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool { true }
  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    queue.pushHead(slot, in: &table)
  }
  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if hand == .none { return queue.pushTail(slot, in: &table) }
    queue.insert(slot, behind: hand, in: &table)
    hand = slot
  }
  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table[mark: slot] = 1
  }
  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    if queue.count == 0 { return .none }
    var victim = hand == .none ? queue.tail : hand
    while table[mark: victim] == 1 {
      table[mark: victim] = 0
      let newer = table[links: victim].previous
      victim = newer == .none ? queue.tail : newer
    }
    hand = table[links: victim].previous
    queue.remove(victim, in: &table)
    return victim
  }
  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if hand == slot { hand = .none }
    queue.remove(slot, in: &table)
  }
}
