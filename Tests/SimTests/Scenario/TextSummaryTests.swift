import TarnSim
import Testing

private func result(workloads: Int, objectives: Int, notes: [String] = []) -> SimulationResult {
  var result = SimulationResult()
  result.scenario = "fleet-100k"
  result.nodes = 105_000
  result.gpus = 440_000
  result.seed = 1
  result.simulatedSeconds = 60
  result.wallSeconds = 35
  result.cpuSeconds = 31.4
  result.events = 182_000_000
  result.requests = 26_123_456
  result.peakResidentBytes = 1_900_000_000
  result.decisionHash = "0123456789abcdef"
  result.gpuStallFraction = 0.034
  result.goodputFraction = 0.966
  result.hitRatio.memory = 0.25
  result.hitRatio.flash = 0.25
  result.hitRatio.peer = 0.25
  result.hitRatio.origin = 0.25
  result.origin.requests = 83_123_456
  result.origin.bytes = 340_000_000_000_000
  result.origin.throttled = 1_234
  result.latencyMicroseconds.p50 = 412
  result.latencyMicroseconds.p99 = 12_345
  result.latencyMicroseconds.p999 = 120_456
  result.sampling.rate = 1.0 / 64
  result.sampling.hitRatioError = 0.0042
  result.sampling.referenceNodes = 1_050
  result.notes = notes
  for index in 0..<workloads {
    var workload = SimulationResult.Workload(name: "workload-\(index)", kind: "training")
    workload.nodes = 28_672
    workload.gpus = 114_688
    workload.requests = 12_000_000
    workload.gpuStallFraction = 0.1
    workload.hitRatio.origin = 0.01
    workload.latencyMicroseconds.p99 = 12_345
    result.workloads.append(workload)
  }
  for index in 0..<objectives {
    result.slo.append(
      .init(name: "objective-\(index)", limit: 0.1, value: 0.034, pass: index != objectives - 1))
  }
  return result
}

@Suite struct `Text summary` {
  @Test func `the screen says what matters, in these words`() {
    let lines = TextSummary(result(workloads: 1, objectives: 2, notes: ["All is assumed."])).lines
    #expect(
      lines == [
        "fleet-100k: 105,000 nodes, 440,000 GPUs, 60.0 s simulated, seed 1",
        "────────────────────────────────────────────────────────────────────────────────",
        "GPU time   goodput 96.6 %   stalled on data 3.40 %",
        "Found in   memory 25.0 %   flash 25.0 %   peer 25.0 %   origin 25.0 %",
        "           ████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒░░░░░░░░░░░░░░░░",
        "Latency    p50 412 us   p99 12.3 ms   p99.9 120 ms",
        "Origin     83.1 M requests (1.39 M/s)   340 TB (5.67 TB/s)   1,234 times 503",
        "Sampling   26.1 M reads of 1 key in 64; hit ratios ±0.42 points (1,050 nodes)",
        "Run        35.0 s (31.4 s CPU) · 5.20 M events/s · 1.90 GB · 0123456789abcdef",
        "",
        "Workload                  nodes     GPUs    reads   stalled    origin       p99",
        "workload-0   training    28,672  114,688   12.0 M    10.0 %    1.00 %   12.3 ms",
        "",
        "Objectives: 1 of 2 broken                           limit       value",
        "  objective-1                                         0.1       0.034  BROKEN",
        "  objective-0                                         0.1       0.034  holds",
        "",
        "Note: All is assumed.",
      ])
  }

  @Test(arguments: [0, 1, 5, 40], [0, 1, 5, 40])
  func `whatever the scenario holds, one screen shows it`(workloads: Int, objectives: Int) {
    let notes = [String(repeating: "A long sentence with many words. ", count: 20), "Another."]
    for notes in [[], notes] {
      let lines = TextSummary(
        result(workloads: workloads, objectives: objectives, notes: notes)
      ).lines
      #expect(lines.count <= 24)
      #expect(lines.allSatisfy { $0.count <= 80 })
      if objectives > 0 { #expect(lines.contains { $0.hasSuffix("BROKEN") }) }
    }
  }

  @Test func `an interrupted run says when it stopped`() {
    var stopped = result(workloads: 0, objectives: 0)
    stopped.complete = false
    stopped.simulatedSeconds = 12.34
    #expect(
      TextSummary(stopped).lines[0]
        == "fleet-100k: 105,000 nodes, 440,000 GPUs, stopped after 12.3 s, seed 1")
  }
}
