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

  @Test func `a queue that forgets bytes on eviction is caught, and its sound twin is not`() {
    let model = NaiveS3FIFO(capacity: 200, ghostShare: 0)
    #expect(divergence(of: TwoQueues<Sound>.self, from: model) == nil)
    #expect(divergence(of: TwoQueues<ForgetsBytes>.self, from: model) != nil)
  }

  @Test func `a hand that stays on a removed block is caught`() {
    #expect(divergence(of: StaleHand.self, from: NaiveSIEVE(capacity: 200)) != nil)
  }
}

/// FIFO that throws out its newest block.
private struct WrongEndFIFO: EvictionPolicy, ~Copyable {
  var list = SlotList()
  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {}
  mutating func prepare(key: BlockKey, length: UInt32, in table: inout BlockTable) {}
  mutating func insert(_ slot: Slot, in table: inout BlockTable) {
    list.pushHead(slot, in: &table)
  }
  mutating func insertCold(_ slot: Slot, in table: inout BlockTable) {
    list.pushTail(slot, in: &table)
  }
  mutating func hit(_ slot: Slot, in table: inout BlockTable) {}
  mutating func evict(from table: inout BlockTable) -> Slot {
    let slot = list.head
    if slot != .none { list.remove(slot, in: &table) }
    return slot
  }
  mutating func remove(_ slot: Slot, in table: inout BlockTable) { list.remove(slot, in: &table) }
}

private protocol Accounting { static var subtractsOnEviction: Bool { get } }
private enum Sound: Accounting { static var subtractsOnEviction: Bool { true } }
private enum ForgetsBytes: Accounting { static var subtractsOnEviction: Bool { false } }

/// S3-FIFO without ghosts that keeps the small queue's bytes itself, rightly or wrongly.
private struct TwoQueues<Rule: Accounting>: EvictionPolicy, ~Copyable {
  var small = SlotList()
  var main = SlotList()
  var smallBytes: UInt64 = 0
  var filling = true
  let share: UInt64
  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) { share = capacityBytes / 10 }
  var takesFromSmall: Bool { small.count > 0 && (smallBytes >= share || main.count == 0) }
  mutating func prepare(key: BlockKey, length: UInt32, in table: inout BlockTable) {}
  mutating func insert(_ slot: Slot, in table: inout BlockTable) {
    if filling && smallBytes >= share {
      table[slot].policy = 4
      main.pushHead(slot, in: &table)
    } else {
      smallBytes += UInt64(table[slot].length)
      small.pushHead(slot, in: &table)
    }
  }
  mutating func insertCold(_ slot: Slot, in table: inout BlockTable) {
    if takesFromSmall {
      smallBytes += UInt64(table[slot].length)
      small.pushTail(slot, in: &table)
    } else {
      table[slot].policy = 4
      main.pushTail(slot, in: &table)
    }
  }
  mutating func hit(_ slot: Slot, in table: inout BlockTable) {
    if table[slot].policy & 3 < 3 { table[slot].policy += 1 }
  }
  mutating func evict(from table: inout BlockTable) -> Slot {
    filling = false
    var searches = false
    // Once begun, the search goes on to the end of the small queue.
    while takesFromSmall || (small.count > 0 && searches) {
      searches = true
      let slot = small.popTail(in: &table)
      let isVictim = table[slot].policy < 2
      if !isVictim || Rule.subtractsOnEviction { smallBytes -= UInt64(table[slot].length) }
      if isVictim { return slot }
      table[slot].policy = 4
      main.pushHead(slot, in: &table)
    }
    while main.tail != .none && table[main.tail].policy & 3 > 0 {
      table[main.tail].policy -= 1
      main.moveToHead(main.tail, in: &table)
    }
    return main.popTail(in: &table)
  }
  mutating func remove(_ slot: Slot, in table: inout BlockTable) {
    if table[slot].policy & 4 != 0 { return main.remove(slot, in: &table) }
    smallBytes -= min(smallBytes, UInt64(table[slot].length))
    small.remove(slot, in: &table)
  }
}

/// SIEVE that starts again at the oldest block when the one under the hand is removed.
private struct StaleHand: EvictionPolicy, ~Copyable {
  var queue = SlotList()
  var hand = Slot.none
  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {}
  mutating func prepare(key: BlockKey, length: UInt32, in table: inout BlockTable) {}
  mutating func insert(_ slot: Slot, in table: inout BlockTable) {
    queue.pushHead(slot, in: &table)
  }
  mutating func insertCold(_ slot: Slot, in table: inout BlockTable) {
    if hand == .none { return queue.pushTail(slot, in: &table) }
    queue.insert(slot, behind: hand, in: &table)
    hand = slot
  }
  mutating func hit(_ slot: Slot, in table: inout BlockTable) { table[slot].policy = 1 }
  mutating func evict(from table: inout BlockTable) -> Slot {
    if queue.count == 0 { return .none }
    var victim = hand == .none ? queue.tail : hand
    while table[victim].policy == 1 {
      table[victim].policy = 0
      let newer = table[victim].previous
      victim = newer == .none ? queue.tail : newer
    }
    hand = table[victim].previous
    queue.remove(victim, in: &table)
    return victim
  }
  mutating func remove(_ slot: Slot, in table: inout BlockTable) {
    if hand == slot { hand = .none }
    queue.remove(slot, in: &table)
  }
}
