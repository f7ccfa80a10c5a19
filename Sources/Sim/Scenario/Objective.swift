extension Scenario {
  /// A service-level objective: a figure of the result and the bound that it must keep.
  public struct Objective: Sendable, Equatable {
    /// Which side of the limit is good.
    public enum Bound: String, Sendable { case max, min }
    public var metric: Metric
    /// The workload whose figure it is; nil for the whole fleet's.
    public var workload: String?
    public var bound: Bound
    public var limit: Double
    public init(_ metric: Metric, _ bound: Bound, _ limit: Double, workload: String? = nil) {
      self.metric = metric
      self.bound = bound
      self.limit = limit
      self.workload = workload
    }

    /// The name in results: the metric, after the workload and a dot if it has one.
    public var name: String {
      workload.map { "\($0).\(metric.rawValue)" } ?? metric.rawValue
    }
  }

  /// A figure of a result that an objective may bound; the raw value is its name in files.
  public enum Metric: String, CaseIterable, Sendable {
    case gpuStallFraction = "gpu_stall_fraction"
    case goodputFraction = "goodput_fraction"
    case p50 = "p50_us"
    case p99 = "p99_us"
    case p999 = "p999_us"
    case hitRatioMemory = "hit_ratio_memory"
    case hitRatioFlash = "hit_ratio_flash"
    case hitRatioPeer = "hit_ratio_peer"
    case hitRatioOrigin = "hit_ratio_origin"
    /// Everything but the origin.
    case hitRatioCache = "hit_ratio_cache"
    case originThrottled = "origin_throttled"
    case originRequestsPerSecond = "origin_requests_per_second"
    case originBytesPerSecond = "origin_bytes_per_second"
    /// Cold start: seconds until the slowest node was loaded.
    case slowestNodeSeconds = "slowest_node_s"
    /// Inference.
    case timeToFirstTokenP50 = "ttft_p50_us"
    case timeToFirstTokenP99 = "ttft_p99_us"
    case prefixHitRatio = "prefix_hit_ratio"
  }

  /// What became of every objective. A figure that was never reached (a cold start that did not
  /// end) counts as broken, with the value of infinity's side of its bound.
  public func judge(_ result: SimulationResult) -> [SimulationResult.Objective] {
    objectives.map { objective in
      let measured = objective.metric.value(in: result, workload: objective.workload)
      let worst = objective.bound == .max ? Double.greatestFiniteMagnitude : 0
      let value = measured ?? worst
      let pass =
        measured != nil
        && (objective.bound == .max ? value <= objective.limit : value >= objective.limit)
      return SimulationResult.Objective(
        name: objective.name, limit: objective.limit, value: value, pass: pass)
    }
  }
}

extension Scenario.Metric {
  /// Whether one workload has such a figure of its own.
  var isOfWorkload: Bool {
    switch self {
    case .goodputFraction, .originThrottled, .originRequestsPerSecond, .originBytesPerSecond: false
    default: true
    }
  }

  /// Whether only one workload can have it.
  var needsWorkload: Bool {
    switch self {
    case .slowestNodeSeconds, .timeToFirstTokenP50, .timeToFirstTokenP99, .prefixHitRatio: true
    default: false
    }
  }

  /// The figure in a result; nil where it was not reached.
  func value(in result: SimulationResult, workload name: String?) -> Double? {
    guard let name else { return value(in: result) }
    guard let workload = result.workloads.first(where: { $0.name == name }) else { return nil }
    switch self {
    case .gpuStallFraction: return workload.gpuStallFraction
    case .slowestNodeSeconds: return workload.slowestNodeSeconds
    case .timeToFirstTokenP50: return workload.timeToFirstToken?.p50
    case .timeToFirstTokenP99: return workload.timeToFirstToken?.p99
    case .prefixHitRatio: return workload.prefixHitRatio
    default: return value(of: workload.hitRatio) ?? value(of: workload.latencyMicroseconds)
    }
  }

  private func value(in result: SimulationResult) -> Double? {
    let seconds = result.countedSeconds
    switch self {
    case .gpuStallFraction: return result.gpuStallFraction
    case .goodputFraction: return result.goodputFraction
    case .originThrottled: return Double(result.origin.throttled)
    case .originRequestsPerSecond:
      return seconds > 0 ? Double(result.origin.requests) / seconds : nil
    case .originBytesPerSecond: return seconds > 0 ? Double(result.origin.bytes) / seconds : nil
    default: return value(of: result.hitRatio) ?? value(of: result.latencyMicroseconds)
    }
  }

  private func value(of ratio: SimulationResult.HitRatio) -> Double? {
    switch self {
    case .hitRatioMemory: ratio.memory
    case .hitRatioFlash: ratio.flash
    case .hitRatioPeer: ratio.peer
    case .hitRatioOrigin: ratio.origin
    case .hitRatioCache: 1 - ratio.origin
    default: nil
    }
  }

  private func value(of latency: SimulationResult.Latency) -> Double? {
    switch self {
    case .p50: latency.p50
    case .p99: latency.p99
    case .p999: latency.p999
    default: nil
    }
  }
}
