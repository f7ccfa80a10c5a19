import Testing

@testable import TarnCore

let millisecond: Nanoseconds = 1_000_000

/// A cell of `count` cores in a calm world: messages take 1 ms, flash 0.1 ms, the origin 20 ms. It
/// is a second old, so the silence of its new budget keeper is over.
func cell(
  _ count: Int, _ configure: (inout CacheConfiguration) -> Void = { _ in }
) -> ClusterHarness {
  var configuration = CacheConfiguration()
  configuration.memoryBytes = 1 << 20
  configure(&configuration)
  let harness = ClusterHarness(nodes: count, configuration)
  _ = harness.nodes[harness.keeper].core.budgetAnswer(length: 1, at: .zero)
  harness.run(for: 1000 * millisecond)
  return harness
}

/// Blocks of one object, 16 KiB each.
struct Fixture {
  static let length: UInt32 = 16_384
  static let object = ObjectIdentity(high: 7, low: 11)

  static func block(_ index: UInt32, of tenant: UInt16 = 0) -> HarnessBlock {
    HarnessBlock(
      key: object.block(index: index, blockBytes: length), length: length,
      tenant: TenantID(tenant))
  }

  /// The first block that `node` owns.
  static func block(ownedBy node: Int, in harness: ClusterHarness, after start: UInt32 = 0)
    -> HarnessBlock
  {
    var index = start
    while Int(harness.views[0].owner(of: block(index).key).ordinal) != node { index += 1 }
    return block(index)
  }

  /// A chain of KV blocks of 4 KiB that share the home `node`.
  static func chain(_ depth: Int, homeOf node: Int, in harness: ClusterHarness) -> [HarnessBlock] {
    var high: UInt64 = 1
    while Int(harness.views[0].owner(of: BlockKey(high: high, low: 0)).ordinal) != node {
      high += 1
    }
    var chain: [HarnessBlock] = []
    for index in 0..<depth {
      let key = BlockKey(high: high, low: mix64(UInt64(index) + 1))
      let parent = chain.last?.key ?? key
      chain.append(HarnessBlock(key: key, length: 4096, kvAfter: parent))
    }
    return chain
  }
}

extension ClusterHarness {
  /// The node that keeps the cell's budget.
  var keeper: Int { Int(nodes[0].core.budgetKeeper(at: now).ordinal) }

  /// A node that does not, for tests that crash one.
  var bystander: Int { keeper == 2 ? 1 : 2 }

  /// Asks for a block and waits for the answer, which is checked for its bytes.
  func answer(
    _ block: HarnessBlock, at node: Int, flags: ReadFlags = [],
    stream: UInt8 = PrefetchHint.noStream
  ) -> Referee.Answer? {
    let request = read(block, at: node, flags: flags, stream: stream)
    run(for: 10_000 * millisecond)
    return referee[request]
  }

  /// Whether the node could serve the block from memory or flash now.
  func holds(_ key: BlockKey, at node: Int) -> Bool { nodes[node].core.canServe(key) }

  /// Counts effects of one kind from now on.
  func counting(_ matches: @escaping (Effect, Int) -> Bool) -> Tally {
    let tally = Tally()
    let earlier = observe
    observe = { effect, node in
      earlier?(effect, node)
      if matches(effect, node) { tally.count += 1 }
    }
    return tally
  }

  /// Lets everything end and expects that no promise was broken.
  func expectCalmEnd(_ location: SourceLocation = #_sourceLocation) {
    drain()
    #expect(violation == nil, sourceLocation: location)
  }
}

final class Tally {
  var count = 0
}
