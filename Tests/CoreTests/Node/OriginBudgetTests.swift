import Testing

@testable import TarnCore

/// The cell's allowance of origin reads.
@Suite struct OriginBudgetTests {
  /// 400 reads of distinct blocks over `count` nodes, at 100 requests/s.
  private func busyCell(_ count: Int) -> ClusterHarness {
    let harness = cell(count) {
      $0.memoryBytes = 64 << 20
      $0.originRequestsPerSecond = 100
    }
    for index in 0..<400 as Range<UInt32> {
      harness.read(Fixture.block(index), at: Int(index) % count, within: 60_000 * millisecond)
    }
    return harness
  }

  private func reads(_ harness: ClusterHarness, from start: Nanoseconds, to end: Nanoseconds) -> Int
  {
    harness.referee.originReadTimes.count {
      let age = $0 - Instant(nanoseconds: 1000 * millisecond)
      return age >= start * millisecond && age < end * millisecond
    }
  }

  @Test func `a cell reads the origin at its rate and no faster`() {
    let harness = busyCell(4)
    harness.run(for: 3000 * millisecond)
    #expect((95...105).contains(reads(harness, from: 1000, to: 2000)))
    #expect(harness.violation == nil)
  }

  @Test func `bytes are rationed as requests are`() {
    let harness = cell(2) {
      $0.memoryBytes = 64 << 20
      $0.originBytesPerSecond = 16_384 * 50
    }
    for index in 0..<200 as Range<UInt32> {
      harness.read(Fixture.block(index), at: Int(index) % 2, within: 60_000 * millisecond)
    }
    harness.run(for: 3000 * millisecond)
    #expect((47...53).contains(reads(harness, from: 1000, to: 2000)))
    #expect(harness.violation == nil)
  }

  @Test func `a 503 stops the whole cell for its Retry-After, and the rate recovers`() {
    let harness = busyCell(4)
    harness.run(for: 1000 * millisecond)
    harness.conditions.retryAfterMilliseconds = 500...500
    harness.conditions.originThrottlePermille = 1000
    harness.run(for: 40 * millisecond)
    harness.conditions.originThrottlePermille = 0
    harness.run(for: 4960 * millisecond)
    // Grants that were out already end within the horizon of 250 ms; then nobody reads.
    #expect(reads(harness, from: 1320, to: 1500) == 0)
    // 70 % of the rate to begin with, and 2 % more every 100 ms: all of it 1.5 s later.
    let early = reads(harness, from: 1600, to: 2100)
    let late = reads(harness, from: 3600, to: 4100)
    #expect((30...45).contains(early))
    #expect((47...53).contains(late))
    #expect(harness.violation == nil)
  }

  @Test func `what waits for bytes saves up no more than a burst of requests`() {
    var budget = OriginBudget()
    func ask(_ length: UInt32, at milliseconds: UInt64) -> OriginBudget.Answer {
      budget.announce(
        length: length, at: Instant(nanoseconds: milliseconds * millisecond), requestsPerSecond: 20,
        bytesPerSecond: 200_000, horizon: 250 * millisecond)
    }
    _ = ask(1, at: 0)
    // A request takes 50 ms, 16,384 bytes 81.92 ms, 4,096 bytes 20.48 ms.
    let answers = [16_384, 16_384, 16_384, 4096, 4096, 4096].map { ask($0, at: 1000) }
    let delays: [Nanoseconds] = [0, 31_920, 113_840, 195_760, 216_240, 245_760]
    #expect(answers == delays.map { .granted($0 * 1000) })
  }

  @Test func `a budget keeper that takes over grants nothing for one horizon`() {
    var budget = OriginBudget()
    let horizon = 250 * millisecond
    func ask(at milliseconds: UInt64) -> OriginBudget.Answer {
      budget.announce(
        length: 1, at: Instant(nanoseconds: milliseconds * millisecond), requestsPerSecond: 1000,
        bytesPerSecond: 1_000_000, horizon: horizon)
    }
    #expect(ask(at: 1000) == .granted(horizon))
    #expect(ask(at: 1100) == .granted(151 * millisecond))
    #expect(ask(at: 2000) == .granted(0))
    budget.resign()
    #expect(ask(at: 3000) == .granted(horizon))
  }

  @Test func `when the keeper dies its successor grants after one horizon`() throws {
    let harness = cell(4)
    let keeper = harness.nodes[0].core.budgetKeeper(at: harness.now)
    let owner = (0..<4).first { $0 != Int(keeper.ordinal) } ?? 0
    harness.crash(Int(keeper.ordinal))
    harness.announce(within: 0) { $0 != Int(keeper.ordinal) }
    harness.run(for: millisecond)
    let start = harness.now
    var index: UInt32 = 0
    while Int(harness.views[1].owner(of: Fixture.block(index).key).ordinal) != owner { index += 1 }
    let request = harness.read(Fixture.block(index), at: owner)
    harness.run(for: 1000 * millisecond)
    let taken = try #require(harness.referee[request]).time - start
    #expect((250 * millisecond...280 * millisecond).contains(taken))
    harness.expectCalmEnd()
  }

  @Test func `back-off does not vanish after many attempts`() {
    let harness = cell(1) { $0.fetch.originAttempts = 200 }
    harness.conditions.originFailPermille = 1000
    harness.read(Fixture.block(0), at: 0, within: 600_000 * millisecond)
    harness.run(for: 500_000 * millisecond)
    // 50 ms doubled six times are 3.2 s, and half as much again by chance at most.
    #expect((100...180).contains(harness.referee.originReadCount))
  }
}
