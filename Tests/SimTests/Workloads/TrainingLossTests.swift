import TarnCore
import Testing

@testable import TarnSim

/// Three nodes of 4 GPUs, one block a node and step, steps of 100 ms, reads of 10 ms.
private func world(restartAfter: Nanoseconds) -> FakeWorld<TrainingWorkload> {
  var job = TrainingJob(
    nodes: [NodeRange(first: 0, count: 3, stride: 2)], gpusPerNode: 4,
    dataset: dataset(blocks: 999), order: .epochShuffle, bytesPerStep: UInt64(blockBytes),
    stepNanoseconds: 100 * millisecond)
  job.readerDepth = 2
  job.prefetchSteps = 1
  var configuration = TrainingConfiguration(name: "test", number: 1, seed: 5, jobs: [job])
  configuration.jitterPermille = 0
  configuration.restartAfterNanoseconds = restartAfter
  var world = FakeWorld(TrainingWorkload(configuration))
  world.answer = { _, _, _ in .init(delay: 10 * millisecond) }
  return world
}

@Suite struct `Training with lost nodes` {
  @Test func `a lost node stops its job until it returns, and that time is lost, not stalled`() {
    var world = world(restartAfter: 30 * second)
    world.lose(2, at: 150 * millisecond)
    world.restore(2, at: 450 * millisecond)
    let figures = world.run(until: 500 * millisecond)
    // Steps at 10 and 110; the second ends at 210; the third starts at 450, its blocks being there.
    #expect(figures.stallGPUNanoseconds == Double(12 * 10 * millisecond))
    let own = 4 * 300 * millisecond
    let others = 8 * 240 * millisecond
    #expect(figures.lostGPUNanoseconds == Double(own + others))
    #expect(figures.completed == 2)
    #expect(figures.staleReplies == 0)
  }

  @Test func `answers from before a loss are ignored and the blocks asked for again`() {
    var world = world(restartAfter: 30 * second)
    // The read issued at 110 for the third step is under way when the node goes.
    world.lose(2, at: 115 * millisecond)
    world.restore(2, at: 118 * millisecond)
    let figures = world.run(until: 300 * millisecond)
    #expect(figures.staleReplies == 1)
    #expect(figures.retries == 1)
    let again = world.reads.filter { $0.node == 2 }
    #expect(again[2].at == 110 * millisecond)
    #expect(again[3].at == 118 * millisecond)
    #expect(again[2].key == again[3].key)
    #expect(figures.lostGPUNanoseconds == Double(4 * 3 * millisecond))
  }

  @Test func `a job goes on without a node that stays away, and takes it back at a later step`() {
    var world = world(restartAfter: 100 * millisecond)
    world.lose(4, at: 115 * millisecond)
    world.restore(4, at: 560 * millisecond)
    let figures = world.run(until: 720 * millisecond)
    // Steps at 10, 110, then without the node at 215, 315, 415, 515; it joins the step that
    // opens at 615, whose block it reads.
    #expect(figures.completed == 7)
    let times = world.reads.filter { $0.node == 4 }.map { $0.at / millisecond }
    #expect(times == [0, 10, 110, 615, 715])
    // Its own GPUs from 115 to 560; the others' only from 210, a step's end, to 215.
    #expect(figures.lostGPUNanoseconds == Double((4 * 445 + 8 * 5) * millisecond))
  }

  @Test func `a job whose nodes are all gone neither computes nor stalls`() {
    var world = world(restartAfter: 50 * millisecond)
    for node in [0, 2, 4] as [UInt32] { world.lose(node, at: 115 * millisecond) }
    let figures = world.run(until: 1_115 * millisecond)
    #expect(figures.completed == 2)
    #expect(figures.lostGPUNanoseconds == Double(12 * second))
    #expect(figures.stallGPUNanoseconds == Double(12 * 10 * millisecond))
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `losses at random never confuse the barrier`(seed: UInt64) {
    var random = TestRandom(state: seed)
    var world = world(restartAfter: 150 * millisecond)
    for node in [0, 2, 4] as [UInt32] {
      var time = UInt64.random(in: 0...400_000_000, using: &random)
      while time < 4 * second {
        world.lose(node, at: time)
        time += .random(in: 1...400_000_000, using: &random)
        world.restore(node, at: time)
        time += .random(in: 1...900_000_000, using: &random)
      }
    }
    var answers = random
    world.answer = { _, _, _ in
      .init(
        delay: .random(in: 1...90_000_000, using: &answers),
        failure: UInt8.random(in: 0..<10, using: &answers) == 0 ? .deadline : .none)
    }
    let figures = world.run(until: 10 * second)
    // After the last return at 5.3 s at the latest, a step takes 390 ms at most.
    #expect(figures.completed > 12, "seed \(seed)")
    let total = figures.stallGPUNanoseconds + figures.lostGPUNanoseconds
    #expect(total < Double(12 * 10 * second), "seed \(seed)")
  }
}
