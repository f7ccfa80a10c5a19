import TarnSim

/// Outcomes that a report must survive: numbers that are none, numbers too large, names that would
/// be markup.
enum HostileOutcome {
  static let name = "<script>alert('x')</script> & \"more\" \u{0}$_`"

  static var huge: SimulationOutcome {
    filled(with: 1e308, count: .max)
  }
  static var notANumber: SimulationOutcome {
    filled(with: .nan, count: 0)
  }
  static var infinite: SimulationOutcome {
    filled(with: .infinity, count: 1)
  }
  static var zero: SimulationOutcome {
    filled(with: 0, count: 0)
  }
  static var tiny: SimulationOutcome {
    filled(with: .leastNonzeroMagnitude, count: 1)
  }

  private static func filled(with value: Double, count: UInt64) -> SimulationOutcome {
    var result = SimulationResult()
    result.scenario = name
    result.notes = [name]
    result.decisionHash = name
    (result.nodes, result.gpus) = (Int(clamping: count), Int(clamping: count))
    (result.simulatedSeconds, result.wallSeconds, result.cpuSeconds) = (value, value, value)
    (result.events, result.requests, result.peakResidentBytes) = (count, count, count)
    (result.gpuStallFraction, result.goodputFraction) = (value, value)
    result.hitRatio.memory = value
    result.hitRatio.peer = value
    (result.origin.requests, result.origin.bytes, result.origin.throttled) = (count, count, count)
    result.latencyMicroseconds.p50 = value
    result.latencyMicroseconds.p99 = value
    result.sampling.rate = value
    result.sampling.hitRatioError = value
    result.sampling.referenceStallFraction = value
    result.sampling.sampledStallFraction = value
    result.slo = [
      .init(name: name, limit: value, value: value, pass: false),
      .init(name: "gpu_stall_fraction", limit: value, value: 0, pass: true),
    ]
    var workload = SimulationResult.Workload(name: name, kind: name)
    workload.requests = count
    workload.slowestNodeSeconds = value
    workload.prefixHitRatio = value
    workload.latencyMicroseconds.p99 = value
    result.workloads = [workload]
    result.counters = [.init(name, value, unit: name)]
    return SimulationOutcome(
      result: result, series: series(of: value, count: count), command: ["tarn", name])
  }

  private static func series(of value: Double, count: UInt64) -> SimulationSeries {
    var series = SimulationSeries()
    series.intervalSeconds = value
    series.intervals = [0, 1, value].map { time in
      var interval = SimulationSeries.Interval()
      interval.time = time
      interval.gpuStallFraction = value
      (interval.memoryHits, interval.peerHits, interval.failures) = (count, count, count)
      interval.originRequestsPerSecond = value
      interval.originThrottledPerSecond = value
      interval.originBytesPerSecond = value
      interval.nodesDown = Int(clamping: count)
      return interval
    }
    series.originBudgetRequestsPerSecond = value
    series.originBudgetBytesPerSecond = value
    let quantiles = [0, 0.5, 1, value].map {
      SimulationSeries.Quantile(share: min($0, 1), value: value)
    }
    series.latency = [.init(name: name, quantiles: quantiles)]
    series.busiestLinks = [.init(name: name, utilisation: value, bytes: value)]
    series.blockFanOut = quantiles
    series.loadImbalance = quantiles
    return series
  }
}
