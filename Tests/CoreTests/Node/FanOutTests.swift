import Testing

@testable import TarnCore

/// One block that many nodes want at once.
@Suite struct FanOutTests {
  @Test func `twelve nodes read a cold block with one origin read and few copies from each`() {
    let harness = cell(12) { $0.fetch.fanOut = 2 }
    var given = [Int](repeating: 0, count: 12)
    harness.observe = { effect, node in
      if case .send(let message, _, _) = effect, message.kind == .give { given[node] += 1 }
    }
    let block = Fixture.block(ownedBy: 3, in: harness)
    let requests = (0..<12).map { harness.read(block, at: $0) }
    harness.run(for: 2000 * millisecond)
    #expect(requests.allSatisfy { harness.referee[$0]?.failure == Failure.none })
    #expect(harness.referee.originReadCount == 1)
    #expect((harness.sent[.redirect] ?? 0) >= 9)
    #expect(given.reduce(0, +) == 11)
    #expect(given[3] == 2)
    #expect((given.max() ?? 0) <= 4)
    harness.expectCalmEnd()
  }

  @Test func `without a limit the owner serves everyone`() {
    let harness = cell(12) { $0.fetch.fanOut = 0 }
    let block = Fixture.block(ownedBy: 3, in: harness)
    for node in 0..<12 { harness.read(block, at: node) }
    harness.run(for: 2000 * millisecond)
    #expect(harness.sent[.redirect] == nil)
    #expect(harness.nodes[3].core.counters.given == 11)
    harness.expectCalmEnd()
  }

  @Test func `a redirection to a node that lost the block leads back to the owner`() {
    let harness = cell(3) { $0.fetch.fanOut = 1 }
    let block = Fixture.block(ownedBy: 0, in: harness)
    harness.read(block, at: 1)
    harness.run(for: 100 * millisecond)
    harness.invalidate(block.key, at: 1)
    let request = harness.read(block, at: 2)
    harness.run(for: 100 * millisecond)
    #expect(harness.referee[request]?.source == .peer)
    #expect(harness.sent[.redirect] == 1)
    #expect(harness.sent[.decline] == 1)
    #expect(harness.nodes[0].core.counters.given == 2)
    harness.expectCalmEnd()
  }
}
