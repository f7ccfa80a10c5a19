import Testing

@testable import TarnCore

private let frontEnd = OriginPath(index: 0)
private let direct = OriginPath(index: 1)
private let sibling = OriginPath(index: 2)

/// Reads that may take more than one way to the origin.
@Suite struct OriginPathTests {
  /// One core with a rationed front end (60 ms) and a direct path (10 ms).
  private func node(
    _ configure: (inout CacheConfiguration) -> Void = { _ in }
  ) -> (harness: ClusterHarness, reads: PathTally) {
    let harness = cell(1) {
      $0.memoryBytes = 64 << 20
      $0.originPaths = [
        OriginPathConfiguration(), OriginPathConfiguration(isBudgeted: false),
      ]
      configure(&$0)
    }
    harness.conditions.pathDelays = [
      frontEnd: 60 * millisecond...60 * millisecond, direct: 10 * millisecond...10 * millisecond,
    ]
    let reads = PathTally()
    harness.observe = { [unowned harness] effect, _ in
      if case .readOrigin(_, _, _, _, let path) = effect { reads.note(path, harness.now) }
    }
    return (harness, reads)
  }

  /// One read every 20 ms for `count` times.
  private func readOn(
    _ harness: ClusterHarness, _ count: UInt32, from first: UInt32 = 0,
    within span: Nanoseconds = 10_000 * millisecond
  ) -> [RequestID] {
    (first..<first + count).map { index in
      let request = harness.read(Fixture.block(index), at: 0, within: span)
      harness.run(for: 20 * millisecond)
      return request
    }
  }

  @Test func `each path is tried, then the faster one is taken, and the other every 64th time`() {
    let (harness, reads) = node()
    _ = readOn(harness, 256)
    #expect(Array(reads.paths.prefix(5)) == [frontEnd, direct, direct, direct, direct])
    // The 64th, 128th, 192nd and 256th choice explore what was measured longest ago.
    #expect(reads.paths.filter { $0 == frontEnd }.count == 5)
    harness.expectCalmEnd()
  }

  @Test func `a path that becomes the faster one is found out`() {
    let (harness, reads) = node()
    _ = readOn(harness, 32)
    harness.conditions.pathDelays[frontEnd] = 2 * millisecond...2 * millisecond
    _ = readOn(harness, 512, from: 32)
    #expect(reads.paths.suffix(60).filter { $0 == frontEnd }.count >= 58)
    harness.expectCalmEnd()
  }

  @Test(arguments: [PathTrouble.fails, .stalls, .throttles])
  func `reads leave a path that fails within a second, and come back when it heals`(
    _ trouble: PathTrouble
  ) {
    let (harness, reads) = node()
    _ = readOn(harness, 50)
    harness.conditions.troubles = [direct: trouble]
    let broken = harness.now
    let during = readOn(harness, 500, from: 50)
    harness.run(for: 2000 * millisecond)
    #expect(during.allSatisfy { harness.referee[$0]?.failure == .some(.none) })
    // No read waits longer than patience and the other path's time.
    let late = reads.starts.filter { $0.path == direct && $0.at > broken + 1000 * millisecond }
    // Probes after 1, 2, 4 and 8 s, and no more.
    #expect(late.count <= 4)
    #expect(harness.counters.originSuspensions >= 1)
    harness.conditions.troubles = [:]
    _ = readOn(harness, 600, from: 550)
    #expect(reads.paths.suffix(100).filter { $0 == direct }.count >= 95)
    harness.expectCalmEnd()
  }

  @Test func `a stalled read starts over on another path after 250 ms, once`() {
    let (harness, reads) = node()
    _ = readOn(harness, 10)
    harness.conditions.troubles = [direct: .stalls]
    let request = harness.read(Fixture.block(100), at: 0)
    let asked = harness.now
    harness.run(for: 1000 * millisecond)
    #expect(reads.paths.suffix(2) == [direct, frontEnd])
    #expect(harness.referee[request].map { $0.time - asked } == 310 * millisecond)
    #expect(harness.counters.originShifts == 1)
    harness.expectCalmEnd()
  }

  @Test func `only a rationed path spends the budget, and its 503s slow the cell down`() {
    let (harness, reads) = node { $0.originRequestsPerSecond = 1 }
    _ = readOn(harness, 200)
    #expect(reads.paths.filter { $0 == direct }.count >= 196)
    harness.conditions.troubles = [direct: .throttles]
    _ = readOn(harness, 1, from: 200)
    #expect(harness.nodes[0].core.budget.ratePermille == 1000)
    harness.conditions.troubles = [frontEnd: .throttles, direct: .fails]
    _ = readOn(harness, 100, from: 201)
    #expect(harness.nodes[0].core.budget.ratePermille < 1000)
  }

  @Test func `a path's own time-out ends a read where there is no other path`() {
    let (harness, reads) = node {
      $0.originPaths = [OriginPathConfiguration(isBudgeted: false, timeoutNanoseconds: 5_000_000)]
    }
    let request = harness.read(Fixture.block(1), at: 0)
    harness.run(for: 20_000 * millisecond)
    #expect(reads.paths == [frontEnd, frontEnd, frontEnd, frontEnd])
    #expect(harness.referee[request]?.failure == .originFailed)
    harness.expectCalmEnd()
  }

  @Test func `a path that lacks a block is not the last word, and is asked less and less`() {
    let (harness, reads) = node {
      $0.originPaths.append(OriginPathConfiguration(isBudgeted: false, isAuthoritative: false))
    }
    harness.conditions.pathDelays[sibling] = 5 * millisecond...5 * millisecond
    harness.conditions.troubles = [sibling: .lacks]
    let requests = readOn(harness, 300)
    harness.run(for: 1000 * millisecond)
    #expect(requests.allSatisfy { harness.referee[$0]?.failure == .some(.none) })
    #expect(reads.paths.prefix(100).filter { $0 == sibling }.count > 5)
    #expect(reads.paths.suffix(100).filter { $0 == sibling }.count <= 3)
    #expect(harness.counters.originSuspensions == 0)
    harness.conditions.missing = [Fixture.block(400).key]
    #expect(harness.answer(Fixture.block(400), at: 0)?.failure == .notFound)
    harness.expectCalmEnd()
  }

  @Test func `a penalty keeps a dear path for when the cheap one is that much slower`() {
    let (harness, reads) = node { $0.originPaths[1].penaltyMicroseconds = 100_000 }
    _ = readOn(harness, 60)
    #expect(reads.paths.filter { $0 == direct }.count == 1)
    harness.conditions.pathDelays[frontEnd] = 200 * millisecond...200 * millisecond
    _ = readOn(harness, 100, from: 60)
    #expect(reads.paths.suffix(50).filter { $0 == direct }.count >= 48)
    harness.expectCalmEnd()
  }

  @Test func `when all paths fail, reads fail by their attempts and the origin is found healed`() {
    let (harness, _) = node()
    harness.conditions.troubles = [frontEnd: .fails, direct: .fails]
    let failed = readOn(harness, 20)
    harness.run(for: 5000 * millisecond)
    #expect(failed.allSatisfy { harness.referee[$0]?.failure == .originFailed })
    harness.conditions.troubles = [:]
    let healed = readOn(harness, 20, from: 20)
    harness.run(for: 1000 * millisecond)
    #expect(healed.allSatisfy { harness.referee[$0]?.failure == .some(.none) })
    harness.expectCalmEnd()
  }

  @Test func `clients with less patience than the cache teach it all the same`() {
    let (harness, reads) = node()
    _ = readOn(harness, 20)
    harness.conditions.troubles = [direct: .stalls]
    _ = readOn(harness, 100, from: 20, within: 100 * millisecond)
    #expect(reads.paths.suffix(50).filter { $0 == direct }.count <= 2)
    #expect(harness.violation == nil)
  }
}

/// Which paths were taken, and when.
private final class PathTally {
  private(set) var starts: [(path: OriginPath, at: Instant)] = []
  var paths: [OriginPath] { starts.map(\.path) }
  func note(_ path: OriginPath, _ now: Instant) { starts.append((path, now)) }
}
