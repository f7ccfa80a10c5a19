import Testing

@testable import TarnCore

/// When a node gives more than its part.
@Suite struct GiveBalanceTests {
  private let block: UInt32 = 4 << 20

  @Test func `a node that takes little gives whatever it is asked for`() {
    var balance = GiveBalance()
    for _ in 0..<7 { balance.took(block, at: .zero) }
    for _ in 0..<1000 { balance.gave(block, at: .zero) }
    let isOverdrawn = balance.isOverdrawn(at: .zero)
    #expect(!isOverdrawn)
  }

  @Test func `one that takes much gives twice as much, and no more`() {
    var balance = GiveBalance()
    for _ in 0..<16 { balance.took(block, at: .zero) }
    for _ in 0..<32 { balance.gave(block, at: .zero) }
    let before = balance.isOverdrawn(at: .zero)
    balance.gave(block, at: .zero)
    let after = balance.isOverdrawn(at: .zero)
    #expect(!before && after)
  }

  @Test func `what was long ago does not count`() {
    var balance = GiveBalance()
    for _ in 0..<64 { balance.took(block, at: .zero) }
    for _ in 0..<140 { balance.gave(block, at: .zero) }
    let then = balance.isOverdrawn(at: .zero + 750 * millisecond)
    let later = balance.isOverdrawn(at: .zero + 1000 * millisecond)
    let muchLater = balance.isOverdrawn(at: .zero + 1_000_000 * millisecond)
    #expect(then && !later && !muchLater)
  }

  @Test func `an owner that gives more than it takes sends takers to others that took the block`() {
    let harness = cell(4) { $0.memoryBytes = 256 << 20 }
    func block(_ index: UInt32, ownedBy owner: UInt16) -> HarnessBlock {
      var high = UInt64(index) << 32
      while harness.views[0].owner(of: BlockKey(high: high, low: 0)) != NodeID(owner) { high += 1 }
      return HarnessBlock(key: BlockKey(high: high, low: mix64(high)), length: 4 << 20)
    }
    for index in UInt32(1)...8 { harness.read(block(index, ownedBy: 1), at: 0) }
    for index in UInt32(1)...17 { harness.read(block(index, ownedBy: 0), at: 2) }
    harness.run(for: 100 * millisecond)
    #expect(harness.sent[.redirect] == nil)
    let request = harness.read(block(1, ownedBy: 0), at: 3)
    harness.run(for: 100 * millisecond)
    #expect(harness.referee[request]?.source == .peer)
    #expect(harness.sent[.redirect] == 1)
    #expect(harness.nodes[2].core.counters.given == 1)
    harness.expectCalmEnd()
  }
}
