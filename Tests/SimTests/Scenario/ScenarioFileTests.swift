import Foundation
import TarnSim
import Testing

/// The repository's root, from this file's place in it.
private let root = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

private func load(_ name: String, overrides: [String] = []) throws -> Scenario {
  try Scenario.load(
    root.appendingPathComponent("scenarios/\(name).yaml").path, overrides: overrides
  )
  .scenario
}

@Suite struct `Scenarios of the repository` {
  @Test func `the flagship is 21 clusters of 5,000 nodes`() throws {
    let flagship = try load("fleet-100k")
    #expect(flagship.nodes == 105_000)
    #expect(flagship.gpus == 440_000)
    #expect(flagship.topology.pools.reduce(0) { $0 + $1.cells } == 21)
    #expect(flagship.sampling.rate < 1)
    #expect(flagship.sampling.reference != nil)
    #expect(flagship.durationNanoseconds == 60_000_000_000)
    #expect(flagship.faults.rackLosses.first?.racks == 10)
    #expect(flagship.tenants == ["default", "chat"])
  }

  @Test func `the flagship's training jobs take all 400,000 GPUs`() throws {
    var gpus = 0
    for workload in try load("fleet-100k").workloads {
      guard case .training(let training) = workload.kind else { continue }
      for job in training.jobs { gpus += job.gpus * job.count }
    }
    #expect(gpus == 400_000)
  }

  @Test func `the laptop's fleet has 64 nodes`() throws {
    #expect(try load("laptop").nodes == 64)
  }

  @Test func `the cold start is one job of 100,000 GPUs`() throws {
    let scenario = try load("cold-start")
    guard case .coldStart(let coldStart) = scenario.workloads.first?.kind else {
      Issue.record("no cold start")
      return
    }
    #expect(coldStart.jobs == [Scenario.JobSize(gpus: 100_000, count: 1)])
    #expect(coldStart.weightsBytes == 755_000_000_000)
    #expect(coldStart.shard == 1.0 / 64)
  }

  @Test func `the inference fleet has 40,000 GPUs`() throws {
    #expect(try load("inference-40k").gpus == 40_000)
  }

  @Test(arguments: [
    "training", "restart", "checkpoint", "rollout", "kv", "scan", "mixed",
  ])
  func `every scenario of comparisons fits every design`(name: String) throws {
    let scenario = try load("compare-\(name)")
    #expect(scenario.comparison.gpuDollarsPerHour == 3)
    _ = try Comparison(scenario, designs: Design.all, seeds: 1)
  }

  @Test(arguments: ["fleet-100k", "laptop", "cold-start", "inference-40k"])
  func `every scenario survives scaling down and up`(name: String) throws {
    let scenario = try load(name)
    for nodes in [60, 1_000, 7_001, 210_000] {
      let scaled = try scenario.scaled(toNodes: nodes)
      #expect(scaled.nodes <= nodes)
      #expect(Double(scaled.nodes) > 0.97 * Double(nodes))
    }
  }
}
