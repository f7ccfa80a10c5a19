import Testing

@testable import TarnCore

/// Peers that die, stall, restart or lose what was sent to them.
@Suite struct PeerFailureTests {
  @Test
  func `an owner that dies in the middle is suspected within a second and the next owner serves`() {
    let harness = cell(4)
    let victim = harness.bystander
    let block = Fixture.block(ownedBy: victim, in: harness)
    let requests = (0..<4).filter { $0 != victim }.map { harness.read(block, at: $0) }
    harness.run(for: 5 * millisecond)
    harness.crash(victim)
    harness.run(for: 1000 * millisecond)
    #expect(requests.allSatisfy { harness.referee[$0]?.failure == Failure.none })
    #expect(harness.counters.suspicions >= 1)
    #expect(harness.referee.originReadCount == 2)
    harness.expectCalmEnd()
  }

  @Test func `a read during suspicion goes to the next owner at once`() throws {
    let harness = cell(4)
    let victim = harness.bystander
    harness.crash(victim)
    let reader = harness.keeper
    harness.read(Fixture.block(ownedBy: victim, in: harness), at: reader)
    harness.run(for: 700 * millisecond)
    let other = Fixture.block(ownedBy: victim, in: harness, after: 40)
    let start = harness.now
    let request = harness.read(other, at: reader)
    harness.run(for: 1000 * millisecond)
    #expect(try #require(harness.referee[request]).time - start < 40 * millisecond)
    harness.expectCalmEnd()
  }

  @Test func `a slow owner is hedged and not abandoned, so the origin is read once`() {
    let harness = cell(4)
    harness.conditions.originDelay = 1500 * millisecond...1500 * millisecond
    let block = Fixture.block(ownedBy: 2, in: harness)
    let request = harness.read(block, at: 0)
    harness.run(for: 3000 * millisecond)
    #expect(harness.referee[request]?.source == .peer)
    #expect(harness.counters.hedges == 1)
    #expect(harness.counters.suspicions == 0)
    #expect(harness.referee.originReadCount == 1)
    harness.expectCalmEnd()
  }

  @Test func `a busy peer that answers pings is pinged, and asked neither again nor elsewhere`() {
    let harness = cell(4)
    harness.conditions.originDelay = 900 * millisecond...900 * millisecond
    let block = Fixture.block(ownedBy: 2, in: harness)
    let request = harness.read(block, at: 0)
    harness.run(for: 1500 * millisecond)
    #expect(harness.referee[request]?.source == .peer)
    #expect((harness.sent[.ping] ?? 0) >= 3)
    #expect(harness.sent[.ask] == 1)
    harness.expectCalmEnd()
  }

  @Test func `the longer peers take, the later one is asked again`() {
    let harness = cell(4)
    harness.conditions.originDelay = 900 * millisecond...900 * millisecond
    for start in stride(from: UInt32(0), to: 800, by: 100) {
      _ = harness.answer(Fixture.block(ownedBy: 2, in: harness, after: start), at: 0)
    }
    harness.conditions.originDelay = 3000 * millisecond...3000 * millisecond
    let before = harness.sent[.ask] ?? 0
    _ = harness.answer(Fixture.block(ownedBy: 2, in: harness, after: 900), at: 0)
    #expect(harness.sent[.ask] == before + 1)
    harness.expectCalmEnd()
  }

  @Test func `an owner that restarts before it is suspected is asked again`() throws {
    let harness = cell(2)
    let block = Fixture.block(ownedBy: 1, in: harness)
    let request = harness.read(block, at: 0, within: 60_000 * millisecond)
    harness.run(for: 5 * millisecond)
    harness.crash(1)
    harness.restart(1)
    harness.run(for: 3000 * millisecond)
    #expect(try #require(harness.referee[request]).source == .peer)
    harness.expectCalmEnd()
  }

  @Test func `a prefetch whose ask was lost does not wait for ever`() {
    let harness = cell(2)
    harness.conditions.messageLossPermille = 1000
    harness.step(
      harness.nodes[0],
      .hint(
        PrefetchHint(
          object: Fixture.object, seed: 0, count: 8, position: 0, stride: 1,
          length: Fixture.length, tenant: TenantID(0), stream: 0, window: 4)))
    harness.run(for: 10 * millisecond)
    harness.conditions.messageLossPermille = 0
    harness.expectCalmEnd()
    #expect(harness.nodes[0].core.memory.count == 4)
  }

  @Test func `members that leave the view are not waited for`() throws {
    let harness = cell(3)
    let block = Fixture.block(ownedBy: 2, in: harness)
    let request = harness.read(block, at: 0)
    harness.run(for: millisecond / 2)
    harness.crash(2)
    harness.announce(within: 0) { $0 != 2 }
    let start = harness.now
    harness.run(for: 1000 * millisecond)
    // At once, but for the horizon that a budget keeper which took over is silent.
    #expect(try #require(harness.referee[request]).time - start < 600 * millisecond)
    harness.expectCalmEnd()
  }
}
