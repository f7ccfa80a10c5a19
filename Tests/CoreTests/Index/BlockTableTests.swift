import Testing

@testable import TarnCore

@Suite struct BlockTableTests {
  @Test func `an empty table allocates nothing and finds nothing`() {
    let table = BlockTable()
    let found = table.find(numberedKey(1))
    #expect(found == .none)
    #expect(table.residentBytes == 0)
    #expect(table.slotLimit == 0)
    #expect(table.isLive(0) == false)
  }

  @Test func `an inserted block is found until it is removed`() {
    var table = BlockTable()
    let slot = table.insert(key: numberedKey(5), length: 4096, tenant: TenantID(3))
    #expect(slot == 0)
    #expect(table.find(numberedKey(5)) == 0)
    #expect(table[slot].length == 4096)
    #expect(table[slot].tenant == TenantID(3))
    table.remove(slot)
    #expect(table.find(numberedKey(5)) == .none)
    #expect(table.count == 0)
    #expect(table.isLive(slot) == false)
  }

  @Test func `keys that share their low half are told apart`() {
    var table = BlockTable()
    let first = table.insert(key: BlockKey(high: 1, low: 9), length: 1, tenant: TenantID(0))
    let second = table.insert(key: BlockKey(high: 2, low: 9), length: 1, tenant: TenantID(0))
    #expect(table.find(BlockKey(high: 1, low: 9)) == first)
    #expect(table.find(BlockKey(high: 2, low: 9)) == second)
    #expect(table.find(BlockKey(high: 3, low: 9)) == .none)
    table.remove(first)
    #expect(table.find(BlockKey(high: 2, low: 9)) == second)
    table.checkInvariants()
  }

  @Test func `slots are reused last in first out`() {
    var table = BlockTable()
    for id in 0..<4 as Range<UInt64> {
      #expect(table.insert(key: numberedKey(id), length: 1, tenant: TenantID(0)) == Slot(id))
    }
    table.remove(1)
    table.remove(3)
    #expect(table.insert(key: numberedKey(10), length: 1, tenant: TenantID(0)) == 3)
    #expect(table.insert(key: numberedKey(11), length: 1, tenant: TenantID(0)) == 1)
    #expect(table.insert(key: numberedKey(12), length: 1, tenant: TenantID(0)) == 4)
    #expect(table.slotLimit == 5)
  }

  @Test func `an entry keeps its slot and content while the table grows`() {
    var table = BlockTable()
    let slot = table.insert(key: numberedKey(7), length: 77, tenant: TenantID(1))
    table[slot].policy = 42
    for id in 100..<3000 as Range<UInt64> {
      _ = table.insert(key: numberedKey(id), length: 1, tenant: TenantID(0))
    }
    #expect(table.find(numberedKey(7)) == slot)
    #expect(table[slot].length == 77)
    #expect(table[slot].policy == 42)
    table.checkInvariants()
  }

  @Test func `a table does what an array of pairs does`() {
    for seed in 1...4 as ClosedRange<UInt64> {
      var random = HarnessRandom(seed: seed)
      var table = BlockTable()
      var model: [(key: BlockKey, slot: Slot)] = []
      for step in 0..<3000 {
        // Phases of growth and of shrinking; few low halves, so that probes collide.
        let grows = step / 500 % 2 == 0 ? 7 : 3
        let wanted = BlockKey(high: random.next(below: 3), low: random.next(below: 120))
        let position = model.firstIndex { $0.key == wanted }
        let expected = position.map { model[$0].slot } ?? .none
        let found = table.find(wanted)
        #expect(found == expected, "seed \(seed), step \(step)")
        if random.next(below: 10) < grows {
          if position != nil { continue }
          let slot = table.insert(key: wanted, length: UInt32(step), tenant: TenantID(0))
          #expect(!model.contains { $0.slot == slot }, "seed \(seed), step \(step)")
          model.append((wanted, slot))
        } else if let position {
          table.remove(model.remove(at: position).slot)
        }
        #expect(table.count == model.count, "seed \(seed), step \(step)")
        if step % 100 == 0 { table.checkInvariants() }
      }
    }
  }

  @Test func `a slot that was never handed out is refused`() async {
    await #expect(processExitsWith: .failure) {
      let table = BlockTable()
      _ = table[0].length
    }
  }

  @Test func `a block that a policy holds cannot be removed`() async {
    await #expect(processExitsWith: .failure) {
      var table = BlockTable()
      var policy = AnyEviction(EvictionConfiguration(.lru), capacityBytes: 10)
      let slot = table.insert(key: BlockKey(high: 0, low: 1), length: 1, tenant: TenantID(0))
      policy.insert(slot, in: &table)
      table.remove(slot)
    }
  }
}
