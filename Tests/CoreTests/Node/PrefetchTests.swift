import Testing

@testable import TarnCore

/// Fetching ahead, and when not to fetch.
@Suite struct PrefetchTests {
  private func hint(seed: UInt64, window: UInt8, count: UInt32 = 64) -> PrefetchHint {
    PrefetchHint(
      object: Fixture.object, seed: seed, count: count, position: 0, stride: 1,
      length: Fixture.length, tenant: TenantID(0), stream: 2, window: window)
  }

  @Test(arguments: [0, 42] as [UInt64])
  func `the window is kept ahead of a reader in its order`(seed: UInt64) {
    let harness = cell(2) { $0.memoryBytes = 4 << 20 }
    harness.step(harness.nodes[0], .hint(hint(seed: seed, window: 4)))
    harness.run(for: 1000 * millisecond)
    let order = EpochOrder(seed: seed, count: 64)
    for position in 0..<64 as Range<UInt32> {
      for ahead in position..<min(64, position + 4) {
        #expect(harness.holds(Fixture.block(order[ahead]).key, at: 0))
      }
      let request = harness.read(Fixture.block(order[position]), at: 0, stream: 2)
      #expect(harness.referee[request]?.source == .memory)
      harness.run(for: 100 * millisecond)
    }
    #expect(harness.nodes[0].core.counters.prefetches == 64)
    #expect(harness.nodes[0].core.counters.prefetchHits == 64)
    harness.expectCalmEnd()
  }

  @Test func `a read that comes while its block is prefetched joins the prefetch`() {
    let harness = cell(1)
    harness.step(harness.nodes[0], .hint(hint(seed: 0, window: 4)))
    let request = harness.read(Fixture.block(1), at: 0, stream: 2)
    harness.run(for: 100 * millisecond)
    #expect(harness.referee[request]?.source == .origin)
    // Blocks 0 to 3 by the hint, and one more because a read named the stream.
    #expect(harness.referee.originReadCount == 5)
    #expect(harness.nodes[0].core.counters.coalesced == 1)
    #expect(harness.nodes[0].core.counters.prefetchHits == 1)
    harness.expectCalmEnd()
  }

  @Test func `what is fetched ahead does not take the slot of the reply`() {
    // Two blocks fit: every prefetch pushes one out, in the step that answers a hit.
    let harness = cell(1) {
      $0.memoryBytes = 2 * 16_384
      $0.memoryEviction = EvictionConfiguration(.fifo)
    }
    harness.step(harness.nodes[0], .hint(hint(seed: 0, window: 1)))
    for position in 0..<32 as Range<UInt32> {
      #expect(harness.answer(Fixture.block(position), at: 0, stream: 2)?.failure == Failure.none)
    }
    harness.expectCalmEnd()
  }

  @Test func `a stream that ends fetches nothing more`() {
    let harness = cell(1)
    harness.step(harness.nodes[0], .hint(hint(seed: 0, window: 2)))
    harness.step(harness.nodes[0], .hint(hint(seed: 0, window: 0)))
    harness.run(for: 100 * millisecond)
    _ = harness.answer(Fixture.block(0), at: 0, stream: 2)
    #expect(harness.referee.originReadCount == 2)
    harness.expectCalmEnd()
  }

  /// KV blocks at `home` that are read from the other node, the keys of every sixteenth left out.
  private func chains(_ harness: ClusterHarness) -> [HarnessBlock] {
    Fixture.chain(20, homeOf: 1, in: harness).filter { $0.key.low & 15 != 0 }
  }

  @Test func `a KV block that is faster to recompute than to fetch is refused`() {
    let harness = cell(2)
    let blocks = chains(harness)
    for block in blocks { harness.put(block, at: 1) }
    _ = harness.answer(blocks[0], at: 0)
    // The peer took 2 ms.
    let cheap = harness.read(blocks[1], at: 0, recomputeMicroseconds: 1500)
    let dear = harness.read(blocks[2], at: 0, recomputeMicroseconds: 2500)
    harness.run(for: 10 * millisecond)
    #expect(harness.referee[cheap]?.failure == .bypass)
    #expect(harness.referee[dear]?.source == .peer)
    harness.expectCalmEnd()
  }

  @Test func `every sixteenth block is read all the same, so the estimate can recover`() throws {
    let harness = cell(2)
    let blocks = chains(harness)
    let probe = HarnessBlock(
      key: BlockKey(high: blocks[0].key.high, low: 160), length: 4096, kvAfter: blocks[0].key)
    for block in blocks + [probe] { harness.put(block, at: 1) }
    _ = harness.answer(blocks[0], at: 0)
    let request = harness.read(probe, at: 0, recomputeMicroseconds: 1)
    harness.run(for: 10 * millisecond)
    #expect(try #require(harness.referee[request]).source == .peer)
    harness.expectCalmEnd()
  }

  @Test func `peers that are slower than the origin are read past`() {
    let harness = cell(2) { $0.fetch.bypassPercent = 100 }
    let theirs = (0..<60).map { Fixture.block($0) }.filter {
      harness.views[0].owner(of: $0.key) == NodeID(1) && $0.key.low & 15 != 0
    }
    _ = harness.answer(Fixture.block(ownedBy: 0, in: harness), at: 0)
    // Messages take 40 ms now, the origin 20 ms.
    harness.conditions.messageDelay = 40 * millisecond...40 * millisecond
    #expect(harness.answer(theirs[0], at: 0)?.source == .peer)
    #expect(harness.answer(theirs[1], at: 0)?.source == .origin)
    #expect(harness.nodes[0].core.counters.bypasses == 1)
    harness.expectCalmEnd()
  }
}
