import Testing

@testable import TarnCore

/// The flash tier behind memory.
@Suite struct FlashTests {
  /// Four blocks in memory, 16 segments of four blocks on flash.
  private func node(_ fill: FlashFill, _ configure: (inout CacheConfiguration) -> Void = { _ in })
    -> ClusterHarness
  {
    cell(1) {
      $0.memoryBytes = 4 * 16_384
      $0.memoryEviction = EvictionConfiguration(.lru)
      $0.memoryHeadroomPermille = 250
      $0.flashBytes = 16 << 16
      $0.flashSegmentBytes = 1 << 16
      $0.flashFill = fill
      configure(&$0)
    }
  }

  @Test func `a corrupt block on flash is a miss, counted, dropped and fetched anew`() {
    let harness = node(.allOnFill)
    for index in 0..<8 as Range<UInt32> { _ = harness.answer(Fixture.block(index), at: 0) }
    harness.conditions.flashCorruptPermille = 1000
    #expect(harness.answer(Fixture.block(0), at: 0)?.source == .origin)
    #expect(harness.nodes[0].core.counters.flashLosses == 1)
    #expect(harness.referee.originReadCount == 9)
    harness.conditions.flashCorruptPermille = 0
    for index in 4..<8 as Range<UInt32> { _ = harness.answer(Fixture.block(index), at: 0) }
    #expect(harness.answer(Fixture.block(0), at: 0)?.source == .flash)
    harness.expectCalmEnd()
  }

  @Test func `what memory evicts goes to flash and comes back from there`() {
    let harness = node(.onDemotion)
    for index in 0..<10 as Range<UInt32> { _ = harness.answer(Fixture.block(index), at: 0) }
    #expect(harness.nodes[0].core.counters.flashWrites >= 6)
    for index in 0..<10 as Range<UInt32> {
      #expect(harness.answer(Fixture.block(index), at: 0)?.source != .origin)
    }
    #expect(harness.referee.originReadCount == 10)
    harness.expectCalmEnd()
  }

  @Test func `owners alone write to flash when only they should`() {
    let harness = cell(2) {
      $0.flashBytes = 16 << 16
      $0.flashSegmentBytes = 1 << 16
      $0.flashFill = .ownersOnFill
    }
    _ = harness.answer(Fixture.block(ownedBy: 1, in: harness), at: 0)
    #expect(harness.nodes[0].core.counters.flashWrites == 0)
    #expect(harness.nodes[1].core.counters.flashWrites == 1)
    harness.expectCalmEnd()
  }

  @Test func `flash is cleaned under steady overwriting`() {
    let harness = node(.allOnFill) { $0.flashEviction = EvictionConfiguration(.lru) }
    var random = ClusterRandom(5)
    for _ in 0..<600 {
      let index = UInt32(random.below(60))
      _ = harness.answer(Fixture.block(index), at: 0)
      if random.chance(300) { harness.invalidate(Fixture.block(index).key, at: 0) }
    }
    let log = harness.nodes[0].core.flashLog.bytesMoved
    #expect(log > 0)
    #expect(harness.nodes[0].core.counters.flashHits > 100)
    harness.expectCalmEnd()
  }

  @Test func `a restart finds its blocks on flash`() {
    let harness = node(.allOnFill)
    for index in 0..<8 as Range<UInt32> { _ = harness.answer(Fixture.block(index), at: 0) }
    harness.crash(0)
    harness.restart(0)
    for index in 0..<8 as Range<UInt32> {
      #expect(harness.answer(Fixture.block(index), at: 0)?.source == .flash)
    }
    harness.expectCalmEnd()
  }

  @Test
  func
    `a block that is invalidated while it is written to flash and fetched again is not mistaken`()
  {
    let harness = node(.allOnFill)
    harness.conditions.flashDelay = 50 * millisecond...50 * millisecond
    let block = Fixture.block(0)
    harness.read(block, at: 0)
    harness.run(for: 30 * millisecond)
    harness.invalidate(block.key, at: 0)
    harness.read(block, at: 0)
    harness.run(for: 45 * millisecond)
    // The first write has ended, the second has not: flash has nothing to read.
    #expect(harness.nodes[0].core.counters.flashWrites == 2)
    var readable = 0
    harness.nodes[0].core.forEachFlashBlock { _, _ in readable += 1 }
    #expect(readable == 0)
    harness.run(for: 100 * millisecond)
    harness.nodes[0].core.forEachFlashBlock { _, _ in readable += 1 }
    #expect(readable == 1)
    harness.expectCalmEnd()
  }

  @Test func `blocks that flash can't hold leave it alone`() {
    let harness = node(.allOnFill) { $0.memoryBytes = 1 << 20 }
    for index in 0..<8 as Range<UInt32> { _ = harness.answer(Fixture.block(index), at: 0) }
    let empty = HarnessBlock(key: BlockKey(high: 1, low: 2), length: 0)
    let huge = HarnessBlock(key: BlockKey(high: 1, low: 3), length: (1 << 16) + 1)
    #expect(harness.answer(empty, at: 0)?.source == .origin)
    #expect(harness.answer(huge, at: 0)?.source == .origin)
    #expect(harness.nodes[0].core.counters.flashWrites == 8)
    #expect(harness.nodes[0].core.counters.flashEvictions == 0)
    harness.expectCalmEnd()
  }
}
