import TarnCore
import Testing

@testable import TarnSim

private func recorded(_ requests: [(at: UInt64, key: UInt64)]) -> ReplayRequests {
  var recorded = ReplayRequests()
  recorded.times = requests.map(\.at)
  recorded.keys = requests.map { BlockKey(high: 1, low: $0.key) }
  recorded.lengths = requests.map { _ in 4096 }
  return recorded
}

private func replay(
  nodes: UInt32 = 1, _ requests: [ReplayRequests], clients: UInt16? = nil
) -> ReplayConfiguration {
  var configuration = ReplayConfiguration(
    name: "again", number: 3, tenant: TenantID(0), nodes: [NodeRange(first: 5, count: nodes)],
    requests: requests)
  configuration.clients = clients
  return configuration
}

@Suite struct `Replay workload` {
  @Test func `an open loop asks at the recorded times, whatever is under way`() {
    let requests = recorded([(0, 1), (10, 2), (10, 3), (25, 1)])
    var world = FakeWorld(ReplayWorkload(replay([requests])))
    world.answer = { _, _, _ in .init(delay: 100, source: .flash) }
    let figures = world.run(until: 1000)
    #expect(world.reads.map(\.at) == [0, 10, 10, 25])
    #expect(world.reads.map(\.key.low) == [1, 2, 3, 1])
    #expect(world.reads.allSatisfy { $0.node == 5 && $0.length == 4096 })
    #expect(world.mostOutstanding == 4)
    #expect(figures.completed == 4)
    #expect(figures.requests == 4)
    #expect(figures.totals.flash == 4)
    #expect(figures.latency.flash.quantile(1) == 100)
  }

  @Test func `a closed loop keeps each client's request under way and goes by order`() {
    var requests = recorded((0..<7).map { (1_000_000, $0) })
    requests.times = []
    var world = FakeWorld(ReplayWorkload(replay([requests], clients: 2)))
    world.answer = { _, _, _ in .init(delay: 10) }
    let figures = world.run(until: 1000)
    #expect(world.reads.map(\.at) == [0, 0, 10, 10, 20, 20, 30])
    #expect(world.reads.map(\.key.low) == [0, 1, 2, 3, 4, 5, 6])
    #expect(world.mostOutstanding == 2)
    #expect(figures.completed == 7)
  }

  @Test func `every node is asked what was recorded there, and nodes without a recording nothing`()
  {
    let first = recorded([(0, 1), (20, 2)])
    let second = recorded([(5, 3)])
    var world = FakeWorld(ReplayWorkload(replay(nodes: 4, [first, second])))
    let figures = world.run(until: 1000)
    #expect(world.reads.map(\.node) == [5, 6, 5])
    #expect(world.reads.map(\.at) == [0, 5, 20])
    #expect(figures.nodes == 2)
    #expect(figures.gpus == 0)
  }

  @Test func `what is not sent by the end is counted and said`() {
    let requests = recorded([(0, 1), (500, 2), (1500, 3)])
    var world = FakeWorld(ReplayWorkload(replay([requests])))
    let figures = world.run(until: 1000)
    #expect(figures.counters.map(\.value) == [3, 1, 0])
    #expect(figures.notes.count == 1)
  }

  @Test func `an open loop loses what is due while its node is down, and then goes on`() {
    let requests = recorded([(0, 1), (95, 2), (110, 3), (120, 4), (300, 5)])
    var world = FakeWorld(ReplayWorkload(replay([requests])))
    world.answer = { _, _, _ in .init(delay: 10) }
    world.lose(5, at: 100)
    world.restore(5, at: 200)
    let figures = world.run(until: 1000)
    #expect(world.reads.map(\.key.low) == [1, 2, 5])
    // One was under way when the node was lost, two came while it was down.
    #expect(figures.counters.map(\.value) == [5, 0, 3])
    #expect(figures.completed == 2)
    #expect(figures.totals.failures == 3)
  }

  @Test func `a closed loop waits for its node`() {
    var requests = recorded((0..<4).map { (0, $0) })
    requests.times = []
    var world = FakeWorld(ReplayWorkload(replay([requests], clients: 1)))
    world.answer = { _, _, _ in .init(delay: 60) }
    world.lose(5, at: 100)
    world.restore(5, at: 200)
    let figures = world.run(until: 1000)
    #expect(world.reads.map(\.at) == [0, 60, 200, 260])
    #expect(figures.completed == 3)
    #expect(figures.counters.map(\.value) == [4, 0, 1])
  }

  @Test func `more than 65,536 requests under way wait for a number, and their latency says so`() {
    let requests = recorded((0..<65_537).map { (0, $0) })
    var world = FakeWorld(ReplayWorkload(replay([requests])))
    world.answer = { _, _, _ in .init(delay: 100) }
    let figures = world.run(until: 1000)
    #expect(world.mostOutstanding == 65_536)
    #expect(world.reads.last?.at == 100)
    #expect(figures.completed == 65_537)
    #expect(figures.latency.memory.quantile(1) == 200)
  }
}
