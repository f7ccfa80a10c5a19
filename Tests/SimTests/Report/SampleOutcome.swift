import Foundation
import TarnSim

/// An outcome with the figures that a run of the whole fleet might have, made without running one:
/// what the report's tests export and what a person looks at while changing the report.
enum SampleOutcome {
  static let scenarioText = """
    # A made-up scenario: it stands for the real text and is never parsed.
    name: fleet-100k
    seed: 7
    duration: 60s

    """

  static var fleet: SimulationOutcome {
    SimulationOutcome(
      result: result, series: series,
      command: ["tarn", "simulate", "scenarios/fleet-100k.yaml", "--seed", "7", "--export", "out"])
  }

  private static func hits(_ memory: Double, _ flash: Double, _ peer: Double, _ origin: Double)
    -> SimulationResult.HitRatio
  {
    var ratio = SimulationResult.HitRatio()
    (ratio.memory, ratio.flash, ratio.peer, ratio.origin) = (memory, flash, peer, origin)
    return ratio
  }

  private static func latency(_ p50: Double, _ p99: Double, _ p999: Double)
    -> SimulationResult.Latency
  {
    var latency = SimulationResult.Latency()
    (latency.p50, latency.p99, latency.p999) = (p50, p99, p999)
    return latency
  }

  private static var result: SimulationResult {
    var result = SimulationResult()
    result.scenario = "fleet-100k"
    (result.seed, result.nodes, result.gpus) = (7, 105_000, 440_000)
    (result.simulatedSeconds, result.wallSeconds, result.cpuSeconds) = (60, 31.4, 28.72)
    (result.events, result.requests) = (88_412_903, 24_310_522)
    result.peakResidentBytes = 1_934_217_216
    result.decisionHash = "9f3c2a71d04be856"
    (result.gpuStallFraction, result.goodputFraction) = (0.0131, 0.9869)
    result.hitRatio = hits(0.3127, 0.4816, 0.1983, 0.0074)
    (result.origin.requests, result.origin.bytes) = (17_911_204, 71_480_112_340_992)
    result.origin.throttled = 41_205
    result.latencyMicroseconds = latency(212, 4_870, 38_200)
    result.sampling.rate = 1.0 / 256
    result.sampling.hitRatioError = 0.0042
    result.sampling.referenceNodes = 512
    result.sampling.referenceStallFraction = 0.0127
    result.sampling.sampledStallFraction = 0.0131
    result.slo = [
      .init(name: "gpu_stall_fraction", limit: 0.02, value: 0.0131, pass: true),
      .init(name: "latency_p99_us", limit: 10_000, value: 4_870, pass: true),
      .init(name: "origin_throttled_ratio", limit: 0.001, value: 0.0023, pass: false),
      .init(name: "cache_hit_ratio", limit: 0.98, value: 0.9926, pass: true),
      .init(name: "cold_start_slowest_node_s", limit: 45, value: 38.4, pass: true),
    ]
    result.workloads = workloads
    result.counters = [
      .init("rack link bytes", 4.81e15, unit: "bytes"),
      .init("spine link bytes", 1.37e15, unit: "bytes"), .init("nodes lost", 181, unit: "count"),
      .init("flash write amplification", 1.083, unit: "ratio"),
    ]
    result.notes = [
      "The inference load replays a public trace, its time stamps spread within each 3 s slot.",
      "Node failures follow published rates of a fleet of GPU nodes.",
    ]
    return result
  }

  private static var workloads: [SimulationResult.Workload] {
    func workload(
      _ name: String, _ kind: String, _ nodes: Int, _ gpus: Int, _ requests: UInt64,
      _ stall: Double, _ completed: UInt64
    ) -> SimulationResult.Workload {
      var workload = SimulationResult.Workload(name: name, kind: kind)
      (workload.nodes, workload.gpus, workload.requests) = (nodes, gpus, requests)
      (workload.gpuStallFraction, workload.completed) = (stall, completed)
      return workload
    }
    var pretraining = workload("pretraining", "training", 75_000, 300_000, 14_120_400, 0.0083, 214)
    pretraining.hitRatio = hits(0.281, 0.539, 0.176, 0.004)
    pretraining.latencyMicroseconds = latency(231, 4_120, 22_400)
    var vision = workload("vision-shards", "training", 15_000, 60_000, 3_981_077, 0.0204, 1_180)
    vision.hitRatio = hits(0.122, 0.604, 0.259, 0.015)
    vision.latencyMicroseconds = latency(340, 8_910, 51_300)
    var restart = workload("restart-405b", "cold-start", 10_000, 40_000, 2_610_880, 0.31, 10_000)
    restart.hitRatio = hits(0.004, 0.021, 0.961, 0.014)
    restart.latencyMicroseconds = latency(1_210, 31_400, 88_000)
    restart.slowestNodeSeconds = 38.4
    var chat = workload("chat", "inference", 5_000, 40_000, 3_598_165, 0.0042, 1_204_311)
    chat.hitRatio = hits(0.713, 0.196, 0.089, 0.002)
    chat.latencyMicroseconds = latency(94, 1_730, 9_600)
    chat.timeToFirstToken = latency(182_000, 910_000, 1_420_000)
    chat.prefixHitRatio = 0.4371
    return [pretraining, vision, restart, chat]
  }

  private static var series: SimulationSeries {
    var series = SimulationSeries()
    series.intervalSeconds = 0.5
    series.intervals = (0..<120).map(interval)
    series.originBudgetRequestsPerSecond = 840_000
    series.originBudgetBytesPerSecond = 525e9 * 4
    series.latency = [
      distribution("all reads", median: 212, spread: 1.5),
      distribution("memory", median: 9, spread: 0.5),
      distribution("flash", median: 190, spread: 0.6),
      distribution("peer", median: 640, spread: 1.0),
      distribution("origin", median: 21_000, spread: 0.9),
    ]
    series.busiestLinks = (0..<20).map { index in
      .init(
        name: index == 1
          ? "account eastus2-training-00\(index) egress"
          : "cluster-\(index + 3)/rack-\(41 + index * 7) up",
        utilisation: 0.87 / (1 + 0.11 * Double(index)), bytes: 9.1e13 / (1 + 0.2 * Double(index)))
    }
    series.blockFanOut = (0...200).map { index in
      let share = Double(index) / 200
      return .init(share: share, value: max(1, (3 / (1.0005 - share)).rounded(.down)))
    }
    series.loadImbalance = distribution("", median: 0.94, spread: 0.22).quantiles
    return series
  }

  /// A start that warms up, racks lost at 20 s, back at 42 s.
  private static func interval(_ index: Int) -> SimulationSeries.Interval {
    var interval = SimulationSeries.Interval()
    let time = Double(index) * 0.5
    let warm = 1 - exp(-time / 6)
    let wave = sin(time * 1.7) * 0.5 + sin(time * 0.63 + 1) * 0.5
    let shock = time < 20 ? 0 : exp(-(time - 20) / 4)
    interval.time = time
    interval.gpuStallFraction = 0.006 + 0.055 * (1 - warm) + 0.03 * shock + 0.0012 * (wave + 1)
    let origin = 0.004 + 0.12 * (1 - warm) + 0.01 * shock
    let peer = 0.17 + 0.25 * (1 - warm) + 0.06 * shock + 0.01 * wave
    let memory = (1 - origin - peer) * 0.39
    interval.memoryHits = UInt64(200_000 * memory)
    interval.flashHits = UInt64(200_000 * (1 - origin - peer - memory))
    interval.peerHits = UInt64(200_000 * peer)
    interval.originReads = UInt64(200_000 * origin)
    interval.failures = UInt64(1_200 * shock)
    interval.originRequestsPerSecond =
      min(838_000, 210_000 + 900_000 * (1 - warm) + 260_000 * shock + 9_000 * wave)
    interval.originThrottledPerSecond = time < 4 ? 9_000 - 2_000 * time : 6_000 * shock
    interval.originBytesPerSecond = min(2.09e12, interval.originRequestsPerSecond * 2.9e6)
    interval.nodesDown = time < 20 ? Int(time / 3) : time < 42 ? 187 + Int(time / 3) : Int(time / 3)
    return interval
  }

  /// Quantiles of a log-normal-like distribution, densest in the tail.
  private static func distribution(_ name: String, median: Double, spread: Double)
    -> SimulationSeries.Distribution
  {
    let shares =
      (0..<100).map { Double($0) / 100 } + [0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99999]
    return .init(
      name: name,
      quantiles: shares.map { share in
        // The logit is close enough to the normal quantile for a picture.
        let logit = log(max(share, 0.003) / (1 - share)) / 1.7
        return .init(share: share, value: median * exp(spread * logit))
      })
  }
}
