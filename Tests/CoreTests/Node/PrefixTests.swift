import Testing

@testable import TarnCore

/// KV chains.
@Suite struct PrefixTests {
  @Test func `a look-up counts the leading blocks here and asks the home for the rest`() throws {
    let harness = cell(3)
    let chain = Fixture.chain(6, homeOf: 1, in: harness)
    for block in chain.prefix(2) { harness.put(block, at: 0) }
    harness.run(for: 10 * millisecond)
    for block in chain[2..<5] { harness.put(block, at: 2) }
    harness.run(for: 10 * millisecond)
    let request = harness.lookUp(chain.map(\.key), at: 0)
    harness.run(for: 10 * millisecond)
    let answer = try #require(harness.referee[request])
    #expect(answer.localBlocks == 2)
    #expect(answer.totalBlocks == 5)
    #expect(harness.sent[.askPrefix] == 1)
    harness.expectCalmEnd()
  }

  @Test func `the home answers for itself, and a whole prompt is not looked for elsewhere`() throws
  {
    let harness = cell(2)
    let chain = Fixture.chain(4, homeOf: 1, in: harness)
    for block in chain { harness.put(block, at: 0) }
    harness.run(for: 10 * millisecond)
    let keys = chain.map(\.key)
    for node in 0..<2 {
      let request = harness.lookUp(keys, at: node)
      #expect(try #require(harness.referee[request]).localBlocks == 4)
    }
    let empty = harness.lookUp([], at: 0)
    #expect(harness.referee[empty]?.totalBlocks == 0)
    #expect(harness.sent[.askPrefix] == nil)
    harness.expectCalmEnd()
  }

  @Test func `a dead home costs a look-up its patience, once`() throws {
    let harness = cell(3)
    let chain = Fixture.chain(2, homeOf: 1, in: harness)
    harness.crash(1)
    let called = harness.now
    let first = harness.lookUp(chain.map(\.key), at: 0)
    harness.run(for: 600 * millisecond)
    #expect(try #require(harness.referee[first]).time - called == 250 * millisecond)
    let start = harness.now
    let second = harness.lookUp(chain.map(\.key), at: 0)
    harness.run(for: 600 * millisecond)
    #expect(try #require(harness.referee[second]).time - start < 5 * millisecond)
  }

  @Test func `a put is offered to its home, which serves it to others`() {
    let harness = cell(3)
    let chain = Fixture.chain(1, homeOf: 1, in: harness)
    harness.put(chain[0], at: 0)
    harness.run(for: 10 * millisecond)
    #expect(harness.sent[.offer] == 1)
    #expect(harness.holds(chain[0].key, at: 1))
    #expect(harness.answer(chain[0], at: 2)?.source == .peer)
    harness.expectCalmEnd()
  }

  @Test(arguments: EvictionKind.allCases)
  func `a prompt's suffix leaves before its prefix`(kind: EvictionKind) {
    let harness = cell(1) {
      $0.memoryBytes = 12 * 4096
      $0.memoryEviction = EvictionConfiguration(kind)
    }
    let chain = Fixture.chain(8, homeOf: 0, in: harness)
    for block in chain { harness.put(block, at: 0) }
    // Strangers push the chain out; the audit after every step sees each block that leaves.
    for index in 0..<40 as Range<UInt64> {
      let key = BlockKey(high: 1, low: 1_000_000 + mix64(index))
      harness.put(HarnessBlock(key: key, length: 4096, kvAfter: key), at: 0)
      let isHere = chain.map { harness.holds($0.key, at: 0) }
      let leading = isHere.prefix { $0 }.count
      #expect(isHere.count { $0 } == leading)
    }
    #expect(harness.nodes[0].core.memory.count == 12)
    harness.expectCalmEnd()
  }

  @Test func `a block that comes back to its slot does not inherit its children`() {
    let harness = cell(1) { $0.memoryBytes = 6 * 4096 }
    let chain = Fixture.chain(2, homeOf: 0, in: harness)
    let sibling = HarnessBlock(
      key: BlockKey(high: chain[0].key.high, low: 99), length: 4096, kvAfter: chain[0].key)
    harness.put(chain[0], at: 0)
    harness.put(chain[1], at: 0)
    harness.invalidate(chain[0].key, at: 0)
    harness.put(chain[0], at: 0)
    harness.put(sibling, at: 0)
    // The first child, of the earlier stay, leaves; the second still keeps its parent.
    harness.invalidate(chain[1].key, at: 0)
    let slot = harness.nodes[0].core.memory.find(chain[0].key)
    #expect(harness.nodes[0].core.memory.table[slot].flags.contains(.hasChildren))
    harness.expectCalmEnd()
  }
}
