import Testing

@testable import TarnCore

/// Reads in a calm cell.
@Suite struct ReadTests {
  @Test func `a memory hit is touched and answered in one step`() throws {
    let harness = cell(1) {
      $0.memoryBytes = 3 * 16_384
      $0.memoryEviction = EvictionConfiguration(.lru)
    }
    for index in 0..<3 as Range<UInt32> { _ = harness.answer(Fixture.block(index), at: 0) }
    let steps = harness.steps
    let effects = harness.counting { _, _ in true }
    let request = harness.read(Fixture.block(0), at: 0)
    #expect(harness.steps == steps + 1)
    #expect(effects.count == 1)
    let answer = try #require(harness.referee[request])
    #expect(answer.source == .memory && answer.failure == .none)
    // Block 0 was touched, so block 1 is the coldest.
    _ = harness.answer(Fixture.block(3), at: 0)
    #expect(harness.holds(Fixture.block(0).key, at: 0))
    #expect(!harness.holds(Fixture.block(1).key, at: 0))
    harness.expectCalmEnd()
  }

  @Test func `fifty readers of one absent block cause one ask`() {
    let harness = cell(2)
    let block = Fixture.block(ownedBy: 1, in: harness)
    let requests = (0..<50).map { _ in harness.read(block, at: 0) }
    harness.run(for: 1000 * millisecond)
    #expect(harness.sent[.ask] == 1)
    #expect(harness.referee.originReadCount == 1)
    #expect(harness.nodes[0].core.counters.coalesced == 49)
    #expect(requests.allSatisfy { harness.referee[$0]?.source == .peer })
    harness.expectCalmEnd()
  }

  @Test func `two hundred readers of one block are answered over several steps`() {
    let harness = cell(1)
    let requests = (0..<200).map { _ in harness.read(Fixture.block(0), at: 0) }
    harness.run(for: 100 * millisecond)
    #expect(requests.allSatisfy { harness.referee[$0]?.source == .origin })
    #expect(harness.referee.originReadCount == 1)
    harness.expectCalmEnd()
  }

  @Test func `two hundred readers of a block that does not exist all learn that it does not`() {
    let harness = cell(1)
    harness.conditions.missing = [Fixture.block(0).key]
    let requests = (0..<200).map { _ in harness.read(Fixture.block(0), at: 0) }
    harness.run(for: 100 * millisecond)
    #expect(requests.allSatisfy { harness.referee[$0]?.failure == .notFound })
    harness.expectCalmEnd()
  }

  @Test func `what the origin does not have is asked of it once, whoever wants it`() {
    let harness = cell(6)
    let block = Fixture.block(ownedBy: 2, in: harness)
    harness.conditions.missing = [block.key]
    let requests = (0..<6).map { harness.read(block, at: $0) }
    harness.run(for: 2000 * millisecond)
    #expect(requests.allSatisfy { harness.referee[$0]?.failure == .notFound })
    #expect(harness.referee.originReadCount == 1)
    harness.expectCalmEnd()
  }

  @Test func `a read that outlasts its deadline is answered at the deadline`() throws {
    let harness = cell(1)
    harness.conditions.originDelay = 900 * millisecond...900 * millisecond
    let early = harness.read(Fixture.block(0), at: 0, within: 100 * millisecond)
    let late = harness.read(Fixture.block(0), at: 0, within: 2000 * millisecond)
    harness.run(for: 3000 * millisecond)
    let given = try #require(harness.referee[early])
    #expect(given.failure == .deadline)
    #expect(given.time == Instant(nanoseconds: 1100 * millisecond))
    #expect(harness.referee[late]?.source == .origin)
    harness.expectCalmEnd()
  }

  @Test func `a fetch that nobody waits for any more is called off`() {
    let harness = cell(1)
    harness.conditions.originDelay = 900 * millisecond...900 * millisecond
    let cancels = harness.counting { effect, _ in if case .cancel = effect { true } else { false } }
    harness.read(Fixture.block(0), at: 0, within: 100 * millisecond)
    harness.run(for: 150 * millisecond)
    #expect(cancels.count == 1)
    #expect(harness.nodes[0].core.flightsUnderWay == 0)
    #expect(harness.nodes[0].core.memory.usedBytes == 0)
    harness.expectCalmEnd()
  }

  @Test func `a KV block that is nowhere is absent at once, on its home and elsewhere`() {
    let harness = cell(2)
    let chain = Fixture.chain(1, homeOf: 0, in: harness)
    #expect(harness.answer(chain[0], at: 0)?.failure == .absent)
    #expect(harness.answer(chain[0], at: 1)?.failure == .absent)
    #expect(harness.referee.originReadCount == 0)
    harness.expectCalmEnd()
  }

  @Test func `who waits past the owner's first deadline is served all the same`() throws {
    let harness = cell(2)
    harness.conditions.originDelay = 500 * millisecond...500 * millisecond
    let block = Fixture.block(ownedBy: 1, in: harness)
    // The ask carries the deadline of the first; the owner drops it then.
    let hasty = harness.read(block, at: 0, within: 100 * millisecond)
    let patient = harness.read(block, at: 0, within: 30_000 * millisecond)
    harness.run(for: 2000 * millisecond)
    #expect(harness.referee[hasty]?.failure == .deadline)
    #expect(try #require(harness.referee[patient]).source == .peer)
    harness.expectCalmEnd()
  }

  @Test
  func `a block that is invalidated while it fills is given to those who wait and kept nowhere`() {
    let harness = cell(1) {
      $0.flashBytes = 1 << 20
      $0.flashSegmentBytes = 1 << 16
      $0.flashFill = .allOnFill
    }
    let request = harness.read(Fixture.block(0), at: 0)
    harness.run(for: 5 * millisecond)
    harness.invalidate(Fixture.block(0).key, at: 0)
    harness.run(for: 1000 * millisecond)
    #expect(harness.referee[request]?.source == .origin)
    #expect(!harness.holds(Fixture.block(0).key, at: 0))
    harness.expectCalmEnd()
  }

  @Test func `a block that is invalidated while its readers are answered is kept nowhere`() {
    let harness = cell(1)
    let requests = (0..<200).map { _ in harness.read(Fixture.block(0), at: 0) }
    let replies = harness.counting { effect, _ in if case .reply = effect { true } else { false } }
    while replies.count == 0 { harness.run(for: millisecond / 10) }
    harness.run(for: 0)
    harness.invalidate(Fixture.block(0).key, at: 0)
    harness.run(for: 1000 * millisecond)
    #expect(requests.allSatisfy { harness.referee[$0]?.failure == Failure.none })
    #expect(!harness.holds(Fixture.block(0).key, at: 0))
    harness.expectCalmEnd()
  }
}
