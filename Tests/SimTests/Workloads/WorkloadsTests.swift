import TarnCore
import Testing

@testable import TarnSim

@Suite struct `Workloads together` {
  @Test func `each answer goes to the workload whose number it carries`() {
    var workloads = Workloads()
    let job = TrainingJob(
      nodes: [NodeRange(first: 0, count: 2)], gpusPerNode: 1, dataset: dataset(blocks: 9),
      order: .epochShuffle, bytesPerStep: UInt64(blockBytes), stepNanoseconds: second)
    workloads.add(TrainingConfiguration(name: "train", number: 99, seed: 1, jobs: [job]))
    for nodes in [3, 4] as [UInt32] {
      var cold = ColdStartConfiguration(
        name: "cold", number: 99, seed: 1, nodes: [NodeRange(first: 0, count: nodes)],
        gpusPerNode: 1, weights: dataset(blocks: 1))
      cold.startsAt = Instant(nanoseconds: 5)
      workloads.add(cold)
    }
    #expect(workloads.count == 3)

    var actions = WorkloadActions(capacity: 1)
    workloads.start(at: .zero, into: &actions)
    var events: [WorkloadEvent] = []
    for index in 0..<actions.count {
      if case .schedule(let event, _) = actions[index] { events.append(event) }
    }
    #expect(events.map(\.workload) == [0, 1, 2])
    actions.removeAll()
    let now = Instant(nanoseconds: 5)
    for event in events { workloads.handle(event, at: now, into: &actions) }
    var requests: [RequestID] = []
    for index in 0..<actions.count {
      if case .read(_, let request, _) = actions[index] { requests.append(request.request) }
    }
    // A training reader that is idle asks at once, for its own moment within the step.
    #expect(requests.map(\.workload) == [0, 0, 1, 1, 1, 2, 2, 2, 2])
    for request in requests {
      let reply = Reply(request: request, slot: 0, length: 1, source: .peer, failure: .none)
      workloads.completed(reply, at: Instant(nanoseconds: 9), into: &actions)
    }
    let figures = workloads.finish(at: Instant(nanoseconds: 20))
    #expect(figures.map(\.name) == ["train", "cold", "cold"])
    #expect(figures.map(\.completed) == [0, 3, 4])
    #expect(figures[2].slowestLoadNanoseconds == 4)
  }

  @Test func `request numbers keep all their parts apart`() {
    let request = RequestID(workload: 255, generation: 65_535, slot: 63, index: 0xff_fffe)
    #expect(request.workload == 255)
    #expect(request.generation == 65_535)
    #expect(request.slot == 63)
    #expect(request.workloadIndex == 0xff_fffe)
  }

  @Test func `records are as small as the fleet needs them`() {
    #expect(MemoryLayout<WorkloadEvent>.size == 8)
    #expect(MemoryLayout<WorkloadAction>.stride <= 64)
    #expect(MemoryLayout<TrainingNode>.stride <= 64)
    #expect(MemoryLayout<ColdStartWorkload.Node>.stride <= 64)
    #expect(MemoryLayout<InferenceNode>.stride <= 64)
    #expect(MemoryLayout<ReadSlot>.stride == 16)
  }

  @Test(arguments: [1, 2, 7, 1000, 65_537] as [UInt32])
  func `a sample takes one block of each stratum, in order`(blocks: UInt32) {
    for rate in [0.001, 0.1, 0.5, 0.9, 1] {
      let sample = SampledBlocks(of: dataset(blocks: blocks), rate: rate, seed: 8)
      let drawn = (0..<sample.count).map { sample[$0] }
      #expect(zip(drawn, drawn.dropFirst()).allSatisfy { $0 < $1 })
      #expect(drawn.allSatisfy { $0 < blocks })
      #expect(sample.count == max(1, UInt32((Double(blocks) * rate).rounded())))
    }
    let largest = Dataset(
      object: ObjectIdentity(high: 1, low: 2), tenant: TenantID(3), bytes: UInt64(UInt32.max),
      blockBytes: 1)
    let all = SampledBlocks(of: largest, rate: 1, seed: 8)
    #expect(all[UInt32.max - 1] == UInt32.max - 1)
  }

  @Test func `stall is split over the intervals that it spans`() {
    var ledger = WorkloadLedger(intervalNanoseconds: 100)
    ledger.stalled(gpus: 3, from: Instant(nanoseconds: 150), to: Instant(nanoseconds: 420))
    #expect(ledger.intervals.map(\.stallGPUNanoseconds) == [0, 150, 300, 300, 60])
    ledger.answered(by: .flash, after: 10, at: Instant(nanoseconds: 399))
    ledger.answered(by: .flash, after: 10, at: Instant(nanoseconds: 400))
    #expect(ledger.intervals.map(\.flash) == [0, 0, 0, 1, 1])
  }

  @Test func `quantiles are within a hundredth`() {
    var histogram = LatencyHistogram()
    for value in 1...100_000 as ClosedRange<UInt64> { histogram.record(value * 1000) }
    for share in [0.5, 0.9, 0.99, 0.999] {
      let exact = share * 100_000_000
      #expect(abs(Double(histogram.quantile(share)) - exact) <= exact / 100)
    }
    #expect(abs(histogram.microseconds.p50 - 50_000) <= 500)
    let points = histogram.quantiles()
    #expect(points.last?.share == 1)
    #expect(points.count > 500)
    #expect(zip(points, points.dropFirst()).allSatisfy { $0.value < $1.value })
  }
}
