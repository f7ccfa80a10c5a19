import TarnCore
import Testing

@testable import TarnSim

/// Two nodes of 4 GPUs, one block a node and step, steps of 100 ms, one step ahead, no jitter.
private func smallJob(nodes: UInt32 = 2, blocks: UInt32 = 64) -> TrainingJob {
  var job = TrainingJob(
    nodes: [NodeRange(first: 10, count: nodes)], gpusPerNode: 4, dataset: dataset(blocks: blocks),
    order: .epochShuffle, bytesPerStep: UInt64(blockBytes), stepNanoseconds: 100 * millisecond)
  job.readerDepth = 1
  job.prefetchSteps = 1
  return job
}

private func training(_ jobs: [TrainingJob], rate: Double = 1) -> TrainingConfiguration {
  var configuration = TrainingConfiguration(name: "test", number: 7, seed: 42, jobs: jobs)
  configuration.samplingRate = rate
  configuration.jitterPermille = 0
  return configuration
}

@Suite struct `Training workload` {
  @Test func `reads faster than compute stall nothing but the first step`() {
    var world = FakeWorld(TrainingWorkload(training([smallJob()])))
    world.answer = { _, _, _ in .init(delay: 40 * millisecond, source: .peer) }
    let figures = world.run(until: second)
    // The first step waits 40 ms on 8 GPUs; steps then follow each other every 100 ms.
    #expect(figures.stallGPUNanoseconds == Double(8 * 40 * millisecond))
    #expect(figures.coldStallGPUNanoseconds == Double(8 * 40 * millisecond))
    #expect(figures.completed == 9)
    #expect(figures.gpuNanoseconds == Double(8 * second))
    #expect(figures.result.hitRatio.peer == 1)
    #expect(figures.result.latencyMicroseconds.p50 == 40_000)
  }

  @Test func `reads slower than compute stall each step by the difference`() {
    var world = FakeWorld(TrainingWorkload(training([smallJob()])))
    world.answer = { _, _, _ in .init(delay: 150 * millisecond) }
    let figures = world.run(until: 1_050 * millisecond)
    // Steps start at 150, 300, ... 1,050: 150 ms for the first, then 50 ms before each of 6.
    #expect(figures.stallGPUNanoseconds == Double(8 * (150 + 6 * 50) * millisecond))
    #expect(figures.coldStallGPUNanoseconds == Double(8 * 150 * millisecond))
    #expect(figures.completed == 6)
    // The last wait, 1,000 to 1,050, lies in the second interval.
    #expect(figures.intervals.count == 2)
    #expect(figures.intervals[0].stallGPUNanoseconds == 8 * (150 + 5 * 50) * millisecond)
    #expect(figures.intervals[1].stallGPUNanoseconds == 8 * 50 * millisecond)
  }

  @Test func `one slow node stalls its whole job and no other`() {
    var other = smallJob(nodes: 3)
    other.nodes = [NodeRange(first: 100, count: 3)]
    var world = FakeWorld(TrainingWorkload(training([smallJob(nodes: 5), other])))
    world.answer = { node, _, _ in .init(delay: (node == 14 ? 130 : 10) * millisecond) }
    let figures = world.run(until: 650 * millisecond)
    // Job 1 (20 GPUs) starts steps at 130, 260, 390, 520, 650; job 2 (12 GPUs) stalls 10 ms once.
    #expect(
      figures.stallGPUNanoseconds == Double((20 * (130 + 4 * 30) + 12 * 10) * millisecond))
  }

  @Test(arguments: [1, 3, 8, 64] as [UInt16])
  func `a node never has more reads outstanding than its depth`(depth: UInt16) {
    var job = smallJob(nodes: 2, blocks: 1000)
    job.bytesPerStep = 70 * UInt64(blockBytes)
    job.readerDepth = depth
    var random = TestRandom(state: 9)
    var world = FakeWorld(TrainingWorkload(training([job])))
    world.answer = { _, _, _ in .init(delay: .random(in: 1...20_000_000, using: &random)) }
    _ = world.run(until: second)
    #expect(world.mostOutstanding == Int(depth))
  }

  @Test(arguments: [(5, 103), (4, 64), (7, 3)] as [(UInt32, UInt32)])
  func `an epoch reads every block exactly once across the nodes`(nodes: UInt32, blocks: UInt32) {
    var job = smallJob(nodes: nodes, blocks: blocks)
    job.readerDepth = 3
    var world = FakeWorld(TrainingWorkload(training([job])))
    _ = world.run(until: 20 * second)
    // In equal steps everybody is equally far: the first k whole epochs are the first k x blocks.
    let epochs = world.reads.count / Int(blocks)
    #expect(epochs >= 1)
    var counts: [BlockKey: Int] = [:]
    for read in world.reads { counts[read.key, default: 0] += 1 }
    #expect(counts.count == Int(blocks))
    #expect(counts.values.allSatisfy { $0 == epochs || $0 == epochs + 1 })
  }

  @Test func `static shards read their own blocks, each once an epoch, in a new order`() {
    var job = smallJob(nodes: 4, blocks: 42)
    job.order = .staticShards
    var world = FakeWorld(TrainingWorkload(training([job])))
    _ = world.run(until: 10 * second)
    let object = job.dataset.object
    for rank in 0..<4 as Range<UInt32> {
      let shard = (rank * 42 / 4..<(rank + 1) * 42 / 4)
      let keys = Set(shard.map { object.block(index: $0, blockBytes: blockBytes) })
      let read = world.reads.filter { $0.node == 10 + rank }.map(\.key)
      let first = Array(read.prefix(shard.count))
      let second = Array(read.dropFirst(shard.count).prefix(shard.count))
      #expect(Set(first) == keys)
      #expect(Set(second) == keys)
      #expect(first != second)
    }
  }

  @Test func `the last block is as short as the data set says`() {
    var job = smallJob(nodes: 1, blocks: 3)
    job.dataset = Dataset(
      object: ObjectIdentity(high: 1, low: 2), tenant: TenantID(3),
      bytes: 2 * UInt64(blockBytes) + 7, blockBytes: blockBytes)
    var world = FakeWorld(TrainingWorkload(training([job])))
    _ = world.run(until: 250 * millisecond)
    #expect(world.reads.prefix(3).map(\.length).sorted() == [7, blockBytes, blockBytes])
  }

  @Test func `sampling keeps the mean demand and reads only the sampled blocks`() {
    var job = smallJob(nodes: 50, blocks: 100_000)
    job.bytesPerStep = 37 * UInt64(blockBytes)
    job.readerDepth = 8
    var world = FakeWorld(TrainingWorkload(training([job], rate: 0.01)))
    let figures = world.run(until: 20 * second)
    // 200 steps and one ahead, 0.37 sampled blocks a step, 50 nodes: 3,718.5, each within 1.
    #expect(abs(Double(world.reads.count) - 201 * 0.37 * 50) < 51)
    let sample = SampledBlocks(of: job.dataset, rate: 0.01, seed: 42)
    let keys = Set(
      (0..<sample.count).map { job.dataset.object.block(index: sample[$0], blockBytes: blockBytes) }
    )
    #expect(keys.count == 1000)
    #expect(Set(world.reads.map(\.key)) == keys)
    #expect(figures.completed == 199)
  }

  @Test func `no two steps of a node differ in demand by more than one block`() {
    let demand = StepDemand(bytesPerStep: 10, blockBytes: 4, rate: 0.3)
    var sum: UInt32 = 0
    for step in 0..<1000 as Range<UInt32> {
      let blocks = demand.blocks(of: step, phase: 0x8000_0000)
      #expect(blocks <= 1)
      sum += blocks
    }
    #expect(sum == 750)
  }

  @Test func `jitter spreads a step's reads over the first half of the step`() {
    var configuration = training([smallJob(nodes: 200, blocks: 100_000)])
    configuration.jitterPermille = 500
    var world = FakeWorld(TrainingWorkload(configuration))
    _ = world.run(until: 49 * millisecond)
    let times = world.reads.map(\.at)
    #expect(times.count > 150)
    #expect(times.allSatisfy { $0 < 50 * millisecond })
    #expect(Set(times).count == times.count)
  }

  @Test func `the same seed gives the same reads, another one others`() {
    func reads(seed: UInt64) -> [FakeWorld<TrainingWorkload>.Read] {
      var configuration = training([smallJob(nodes: 9, blocks: 500)], rate: 0.5)
      configuration.seed = seed
      configuration.jitterPermille = 500
      var random = TestRandom(state: 4)
      var world = FakeWorld(TrainingWorkload(configuration))
      world.answer = { _, _, _ in .init(delay: .random(in: 1...200_000_000, using: &random)) }
      _ = world.run(until: 5 * second)
      return world.reads
    }
    let first = reads(seed: 1)
    #expect(first.count > 100)
    #expect(first == reads(seed: 1))
    #expect(first != reads(seed: 2))
  }

  @Test func `a failed read is tried again after the delay and delays its step`() {
    var world = FakeWorld(TrainingWorkload(training([smallJob(nodes: 1)])))
    world.answer = { _, _, now in
      .init(delay: 10 * millisecond, failure: now == 0 ? .originFailed : .none)
    }
    let figures = world.run(until: 300 * millisecond)
    // Fails at 10, again at 210, there at 220.
    #expect(figures.coldStallGPUNanoseconds == Double(4 * 220 * millisecond))
    #expect(figures.retries == 1)
    #expect(figures.totals.failures == 1)
    #expect(world.reads.prefix(2).map(\.at) == [0, 210 * millisecond])
    #expect(world.reads[0].key == world.reads[1].key)
  }

  @Test func `hints name the order that the reads then follow`() {
    var configuration = training([smallJob(nodes: 3, blocks: 12)])
    configuration.hintWindow = 4
    var world = FakeWorld(TrainingWorkload(configuration))
    _ = world.run(until: 150 * millisecond)
    #expect(world.hints.count == 3)
    for (rank, hint) in world.hints.enumerated() {
      let order = EpochOrder(seed: hint.seed, count: hint.count)
      #expect(hint.position == UInt32(rank))
      #expect(hint.stride == 3)
      let expected = (0..<3 as Range<UInt32>).map {
        hint.object.block(index: order[hint.position + $0 * 3], blockBytes: hint.length)
      }
      #expect(world.reads.filter { $0.node == 10 + UInt32(rank) }.map(\.key) == expected)
    }
  }
}
