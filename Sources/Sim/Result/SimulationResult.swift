/// What a simulation found. Encodes as the one JSON object of `tarn simulate --json`.
public struct SimulationResult: Codable, Sendable {
  /// Hit shares by where the bytes came from; the four sum to 1 over answered reads.
  public struct HitRatio: Codable, Sendable {
    public var memory = 0.0
    public var flash = 0.0
    public var peer = 0.0
    public var origin = 0.0
    public init() {}
  }
  /// What the origin saw, scaled to the whole fleet (sampling undone).
  public struct Origin: Codable, Sendable {
    public var requests: UInt64 = 0
    public var bytes: UInt64 = 0
    /// Requests answered with 503.
    public var throttled: UInt64 = 0
    public init() {}
  }
  /// What one path to the origin saw, scaled to the whole fleet (sampling undone).
  public struct OriginPath: Codable, Sendable {
    public var name: String
    /// "front-end", "direct" or "follow-on".
    public var kind: String
    public var requests: UInt64 = 0
    public var bytes: UInt64 = 0
    /// Requests answered with 503, and those that failed.
    public var throttled: UInt64 = 0
    public var failed: UInt64 = 0
    /// Share of all paths' requests.
    public var share = 0.0
    /// Of reads that brought bytes.
    public var latencyMicroseconds = Latency()
    /// Direct paths, as simulated from the run's start: layouts looked up, look-ups refused, layouts
    /// that a write had made stale (412), sessions set up, reads of endpoints that were gone.
    public var layoutLookUps: UInt64?
    public var refusedLookUps: UInt64?
    public var staleLayouts: UInt64?
    public var sessions: UInt64?
    public var readsOfGoneEndpoints: UInt64?
    enum CodingKeys: String, CodingKey {
      case name, kind, requests, bytes, throttled, failed, share, sessions
      case latencyMicroseconds = "latency_us"
      case layoutLookUps = "layout_look_ups"
      case refusedLookUps = "refused_look_ups"
      case staleLayouts = "stale_layouts"
      case readsOfGoneEndpoints = "reads_of_gone_endpoints"
    }
    public init(name: String, kind: String) {
      self.name = name
      self.kind = kind
    }
  }
  /// Latency percentiles of answered reads, microseconds.
  public struct Latency: Codable, Sendable {
    public var p50 = 0.0
    public var p99 = 0.0
    public var p999 = 0.0
    public init() {}
  }
  /// How keys were sampled, and what that costs in accuracy.
  public struct Sampling: Codable, Sendable {
    /// Share of keys that was simulated, 1 if all were.
    public var rate = 1.0
    /// Largest absolute difference of a hit ratio between a sampled and an unsampled run of the
    /// smaller fleet; null if it was not measured.
    public var hitRatioError: Double?
    /// Nodes of that smaller fleet; 0 if it was not measured.
    public var referenceNodes = 0
    /// Stall fraction of the unsampled smaller fleet, and of the sampled one.
    public var referenceStallFraction: Double?
    public var sampledStallFraction: Double?
    enum CodingKeys: String, CodingKey {
      case rate
      case hitRatioError = "hit_ratio_error"
      case referenceNodes = "reference_nodes"
      case referenceStallFraction = "reference_gpu_stall_fraction"
      case sampledStallFraction = "sampled_gpu_stall_fraction"
    }
    public init() {}
  }
  /// One service-level objective and what became of it.
  public struct Objective: Codable, Sendable {
    public var name: String
    public var limit: Double
    public var value: Double
    public var pass: Bool
    public init(name: String, limit: Double, value: Double, pass: Bool) {
      self.name = name
      self.limit = limit
      self.value = value
      self.pass = pass
    }
  }
  /// One workload's share of the figures.
  public struct Workload: Codable, Sendable {
    public var name: String
    /// "training", "cold-start", "scan", "inference", "replay" or "objects".
    public var kind: String
    public var nodes = 0
    public var gpus = 0
    public var requests: UInt64 = 0
    public var gpuStallFraction = 0.0
    public var hitRatio = HitRatio()
    public var latencyMicroseconds = Latency()
    /// Steps (training), nodes loaded (cold start), prompts (inference) or requests (replay) completed.
    public var completed: UInt64 = 0
    /// Cold start: seconds until the slowest node was loaded; null if not all were.
    public var slowestNodeSeconds: Double?
    /// Inference: time to first token in microseconds; null for others.
    public var timeToFirstToken: Latency?
    /// Inference: share of prompt blocks found in cached prefixes; null for others.
    public var prefixHitRatio: Double?
    /// Inference: GPU seconds that prefill took, and would have taken with nothing cached. Not encoded.
    var prefillGPUSeconds = 0.0
    var promptGPUSeconds = 0.0
    enum CodingKeys: String, CodingKey {
      case name, kind, nodes, gpus, requests, completed
      case gpuStallFraction = "gpu_stall_fraction"
      case hitRatio = "hit_ratio"
      case latencyMicroseconds = "latency_us"
      case slowestNodeSeconds = "slowest_node_s"
      case timeToFirstToken = "time_to_first_token_us"
      case prefixHitRatio = "prefix_hit_ratio"
    }
    public init(name: String, kind: String) {
      self.name = name
      self.kind = kind
    }
  }

  public var scenario = ""
  public var seed: UInt64 = 0
  public var nodes = 0
  public var gpus = 0
  public var simulatedSeconds = 0.0
  /// The part of them that came before anything was counted.
  public var warmupSeconds = 0.0
  public var wallSeconds = 0.0
  public var cpuSeconds = 0.0
  public var events: UInt64 = 0
  /// Block requests that were simulated (sampled keys only).
  public var requests: UInt64 = 0
  public var peakResidentBytes: UInt64 = 0
  /// 16 hexadecimal digits.
  public var decisionHash = ""
  /// GPU time of all workloads while they ran and counted, seconds. Not encoded.
  var gpuSeconds = 0.0
  public var gpuStallFraction = 0.0
  public var goodputFraction = 0.0
  public var hitRatio = HitRatio()
  public var origin = Origin()
  /// Each path to the origin, in the scenario's order; null if it names none.
  public var originPaths: [OriginPath]?
  public var latencyMicroseconds = Latency()
  public var sampling = Sampling()
  public var slo: [Objective] = []
  /// What readers of objects are promised, and what they got; empty where nobody reads objects.
  public var contract: [ContractLine] = []
  public var workloads: [Workload] = []
  /// Bytes over links by class, failures, flash writes and other counters, in a fixed order.
  public var counters: [Counter] = []
  /// False if the run was interrupted before its end.
  public var complete = true
  /// Sentences that a reader must know: fallbacks, approximations, sources.
  public var notes: [String] = []

  /// A named count.
  public struct Counter: Codable, Sendable {
    public var name: String
    public var value: Double
    /// "bytes", "count", "ratio", "s" ...
    public var unit: String
    public init(_ name: String, _ value: Double, unit: String) {
      self.name = name
      self.value = value
      self.unit = unit
    }
  }

  enum CodingKeys: String, CodingKey {
    case scenario, seed, nodes, gpus, events, requests, origin, sampling, slo, workloads, counters
    case contract
    case complete, notes
    case simulatedSeconds = "simulated_seconds"
    case warmupSeconds = "warmup_seconds"
    case wallSeconds = "wall_seconds"
    case cpuSeconds = "cpu_seconds"
    case peakResidentBytes = "peak_rss_bytes"
    case decisionHash = "decision_hash"
    case originPaths = "origin_paths"
    case gpuStallFraction = "gpu_stall_fraction"
    case goodputFraction = "goodput_fraction"
    case hitRatio = "hit_ratio"
    case latencyMicroseconds = "latency_us"
  }

  public init() {}
}

extension SimulationResult {
  /// Simulated seconds in which figures were counted: all but the warm-up.
  public var countedSeconds: Double { simulatedSeconds - warmupSeconds }
}
