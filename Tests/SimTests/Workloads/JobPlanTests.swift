import Testing

@testable import TarnSim

private let train = JobPlan.Pool(
  name: "train", nodes: NodeRange(first: 100, count: 54), gpusPerNode: 4, nodesPerRack: 18)
private let infer = JobPlan.Pool(
  name: "infer", nodes: NodeRange(first: 500, count: 10), gpusPerNode: 8, nodesPerRack: 5)

@Suite struct `Job plan` {
  @Test func `big jobs start at a rack, small ones stay within one`() throws {
    let plan = try JobPlan.allot(
      [
        .init(name: "a", gpus: 40), .init(name: "b", gpus: 80), .init(name: "c", gpus: 30),
        .init(name: "d", gpus: 4),
      ], on: [train, infer])
    #expect(plan[0].nodes == [NodeRange(first: 100, count: 10)])
    #expect(plan[1].nodes == [NodeRange(first: 118, count: 20)])
    #expect(plan[2].nodes == [NodeRange(first: 110, count: 8)])
    #expect(plan[3].nodes == [NodeRange(first: 138, count: 1)])
    #expect(plan.allSatisfy { $0.pool == 0 && $0.gpusPerNode == 4 })
  }

  @Test func `jobs that ask for all GPUs get them, in pieces if need be`() throws {
    let plan = try JobPlan.allot(
      [.init(name: "a", gpus: 76), .init(name: "b", gpus: 72), .init(name: "c", gpus: 68)],
      on: [train])
    #expect(plan[0].nodes == [NodeRange(first: 100, count: 19)])
    #expect(plan[1].nodes == [NodeRange(first: 136, count: 18)])
    #expect(plan[2].nodes == [NodeRange(first: 119, count: 17)])
    let pieces = try JobPlan.allot(
      [.init(name: "a", gpus: 4), .init(name: "b", gpus: 144), .init(name: "c", gpus: 68)],
      on: [train])
    #expect(pieces[1].nodes == [NodeRange(first: 118, count: 36)])
    let rest = try JobPlan.allot(
      [
        .init(name: "a", gpus: 4), .init(name: "b", gpus: 72), .init(name: "c", gpus: 140),
      ], on: [train])
    #expect(
      rest[2].nodes == [NodeRange(first: 101, count: 17), NodeRange(first: 136, count: 18)])
  }

  @Test func `a job goes to the pool it names`() throws {
    let plan = try JobPlan.allot([.init(name: "a", gpus: 9, pool: "infer")], on: [train, infer])
    #expect(plan[0] == .init(pool: 1, nodes: [NodeRange(first: 500, count: 2)], gpusPerNode: 8))
  }

  @Test func `what cannot be had is refused with the reason`() {
    #expect(
      throws: WorkloadError(
        "job \"b\" asks for 20 GPUs, but only 16 are free in pool \"train\"; make the job smaller "
          + "or the pool larger")
    ) {
      try JobPlan.allot(
        [.init(name: "a", gpus: 200), .init(name: "b", gpus: 20, pool: "train")],
        on: [train, infer])
    }
    #expect(
      throws: WorkloadError(
        "job \"a\" wants pool \"gold\", which does not exist; there are: train, infer")
    ) {
      try JobPlan.allot([.init(name: "a", gpus: 1, pool: "gold")], on: [train, infer])
    }
    #expect(throws: WorkloadError("job \"a\" asks for no GPUs; give it at least one")) {
      try JobPlan.allot([.init(name: "a", gpus: 0)], on: [train])
    }
  }

  @Test(arguments: 1...30 as ClosedRange<UInt64>)
  func `no node goes to two jobs, and every job gets its GPUs`(seed: UInt64) throws {
    var random = TestRandom(state: seed)
    var left: UInt64 = 54
    var jobs: [JobPlan.Request] = []
    while left > 0 {
      let nodes = UInt64.random(in: 1...min(left, 25), using: &random)
      jobs.append(.init(name: "\(jobs.count)", gpus: nodes * 4))
      left -= nodes
    }
    let plan = try JobPlan.allot(jobs, on: [train])
    var seen: Set<UInt32> = []
    for (job, allotment) in zip(jobs, plan) {
      var count: UInt64 = 0
      for range in allotment.nodes {
        for index in 0..<range.count {
          #expect(seen.insert(range[index]).inserted, "seed \(seed)")
          count += 1
        }
      }
      #expect(count * 4 == job.gpus, "seed \(seed)")
    }
    #expect(seen == Set(100..<154), "seed \(seed)")
  }
}
