import TarnCore
import Testing

@testable import TarnSim

private func coldStart(nodes: UInt32, blocks: UInt32) -> ColdStartConfiguration {
  var configuration = ColdStartConfiguration(
    name: "restart", number: 2, seed: 3, nodes: [NodeRange(first: 5, count: nodes)],
    gpusPerNode: 8, weights: dataset(blocks: blocks))
  configuration.depth = 4
  return configuration
}

@Suite struct `Cold start workload` {
  @Test func `every node reads every block, and stalls until its last one`() {
    var world = FakeWorld(ColdStartWorkload(coldStart(nodes: 3, blocks: 10)))
    world.answer = { node, _, _ in .init(delay: node == 6 ? 30 : 10, source: .origin) }
    let figures = world.run(until: 200)
    // 10 blocks at depth 4 take 3 rounds: 30 ns, and 90 ns on the slow node.
    #expect(figures.slowestLoadNanoseconds == 90)
    #expect(figures.completed == 3)
    #expect(figures.stallGPUNanoseconds == 8 * (30 + 30 + 90))
    #expect(figures.gpuNanoseconds == 24 * 200)
    #expect(world.mostOutstanding == 4)
    for node in 5..<8 as Range<UInt32> {
      #expect(Set(world.reads.filter { $0.node == node }.map(\.key)).count == 10)
    }
    #expect(world.reads.count == 30)
    #expect(figures.counters[2].value == 3)
  }

  @Test func `GPUs of a job that starts together wait for its slowest node`() {
    var configuration = coldStart(nodes: 3, blocks: 10)
    configuration.together = true
    var world = FakeWorld(ColdStartWorkload(configuration))
    world.answer = { node, _, _ in .init(delay: node == 6 ? 30 : 10, source: .origin) }
    let figures = world.run(until: 200)
    #expect(figures.slowestLoadNanoseconds == 90)
    #expect(figures.stallGPUNanoseconds == 8 * 3 * 90)
  }

  @Test func `a job that starts together waits for the spare of a node that is gone`() {
    var configuration = coldStart(nodes: 3, blocks: 10)
    configuration.together = true
    var world = FakeWorld(ColdStartWorkload(configuration))
    world.answer = { _, _, _ in .init(delay: 10, source: .origin) }
    world.lose(6, at: 15)
    world.restore(6, at: 65)
    let figures = world.run(until: 200)
    // The spare has loaded after 65 + 30 ns; its GPUs were gone for 50 of them.
    #expect(figures.slowestLoadNanoseconds == 95)
    #expect(figures.stallGPUNanoseconds == 8 * (95 + 95 + 45))
    #expect(figures.lostGPUNanoseconds == 8 * 50)
  }

  @Test func `shards share the weights out without overlap`() {
    var configuration = coldStart(nodes: 8, blocks: 42)
    configuration.shards = 4
    configuration.rotated = true
    var world = FakeWorld(ColdStartWorkload(configuration))
    let figures = world.run(until: second)
    #expect(figures.completed == 8)
    var copies: [BlockKey: Int] = [:]
    for read in world.reads { copies[read.key, default: 0] += 1 }
    #expect(copies.count == 42)
    #expect(copies.values.allSatisfy { $0 == 2 })
  }

  @Test func `rotated nodes start at blocks of their own, the others all at the first`() {
    var configuration = coldStart(nodes: 20, blocks: 1000)
    configuration.depth = 1
    func firstBlocks() -> Int {
      var world = FakeWorld(ColdStartWorkload(configuration))
      world.answer = { _, _, _ in .init(delay: second) }
      _ = world.run(until: 1)
      return Set(world.reads.map(\.key)).count
    }
    #expect(firstBlocks() == 1)
    configuration.rotated = true
    #expect(firstBlocks() > 15)
  }

  @Test func `sampling reads the same share of blocks on every node`() {
    var configuration = coldStart(nodes: 4, blocks: 1000)
    configuration.samplingRate = 0.05
    var world = FakeWorld(ColdStartWorkload(configuration))
    _ = world.run(until: second)
    #expect(world.reads.count == 200)
    #expect(Set(world.reads.map(\.key)).count == 50)
  }

  @Test func `a node lost while loading begins anew, and answers from before are ignored`() {
    var world = FakeWorld(ColdStartWorkload(coldStart(nodes: 2, blocks: 10)))
    world.answer = { _, _, _ in .init(delay: 10) }
    world.lose(5, at: 15)
    world.restore(5, at: 17)
    world.lose(6, at: 100)
    let figures = world.run(until: 200)
    #expect(figures.slowestLoadNanoseconds == 17 + 30)
    #expect(figures.staleReplies == 4)
    #expect(world.reads.filter { $0.node == 5 }.count == 8 + 10)
    #expect(figures.stallGPUNanoseconds == 8 * (45 + 30))
    #expect(figures.lostGPUNanoseconds == 8 * (2 + 100))
  }

  @Test func `nobody is slowest while a node still loads`() {
    var world = FakeWorld(ColdStartWorkload(coldStart(nodes: 2, blocks: 10)))
    world.answer = { node, _, _ in .init(delay: node == 5 ? 10 : 100) }
    let figures = world.run(until: 200)
    #expect(figures.slowestLoadNanoseconds == nil)
    #expect(figures.completed == 1)
    #expect(figures.stallGPUNanoseconds == 8 * (30 + 200))
  }
}
