public import TarnCore

/// What one interval of simulated time saw of one workload.
public struct WorkloadInterval: BitwiseCopyable, Sendable, Equatable {
  /// GPU time that waited for data, in GPU-nanoseconds (nanoseconds times GPUs that waited).
  public var stallGPUNanoseconds: UInt64 = 0
  /// GPU time lost to nodes that were gone, their own and that of GPUs that waited for them.
  public var lostGPUNanoseconds: UInt64 = 0
  /// Reads answered by source.
  public var memory: UInt64 = 0
  public var flash: UInt64 = 0
  public var peer: UInt64 = 0
  public var origin: UInt64 = 0
  /// Reads that failed; each attempt counts.
  public var failures: UInt64 = 0

  /// An interval in which nothing happened.
  public init() {}

  /// Adds what another workload, or another part of this one, saw in the same interval.
  public static func += (sum: inout WorkloadInterval, other: WorkloadInterval) {
    sum.stallGPUNanoseconds += other.stallGPUNanoseconds
    sum.lostGPUNanoseconds += other.lostGPUNanoseconds
    sum.memory += other.memory
    sum.flash += other.flash
    sum.peer += other.peer
    sum.origin += other.origin
    sum.failures += other.failures
  }
}

/// Everything that a workload knows about its run: the material of results and series.
public struct WorkloadFigures: Sendable {
  /// The scenario's name for it.
  public var name: String
  /// "training", "cold-start", "scan", "inference", "replay" or "objects".
  public var kind: String
  /// Nodes and GPUs that it drives.
  public var nodes = 0
  public var gpus = 0
  /// GPU time in which it could have worked: its GPUs from its start to the end, GPU-nanoseconds.
  public var gpuNanoseconds = 0.0
  /// Nanoseconds of one interval.
  public var intervalNanoseconds: Nanoseconds = 1_000_000_000
  /// Intervals from simulated time 0 on, in order.
  public var intervals: [WorkloadInterval] = []
  /// Latency of answered reads by source, from first issue to the bytes, nanoseconds.
  public var latency = LatencyBySource()
  /// Steps, nodes loaded, prompts completed, or recorded requests answered.
  public var completed: UInt64 = 0
  /// Block requests issued (reads and puts of sampled blocks), repetitions included.
  public var requests: UInt64 = 0
  /// Reads and puts that were issued again after a failure.
  public var retries: UInt64 = 0
  /// Answers that came for a node after its loss, and were ignored.
  public var staleReplies: UInt64 = 0
  /// Training: the part of the stall that came before each job's first step, GPU-nanoseconds.
  public var coldStallGPUNanoseconds = 0.0
  /// Cold start: nanoseconds from its start until each node was loaded; nil for others.
  public var loadTimes: LatencyHistogram?
  /// Cold start: nanoseconds until the slowest node was loaded; nil if not all were by the end.
  public var slowestLoadNanoseconds: Nanoseconds?
  /// Inference: time to first token, nanoseconds; nil for others.
  public var timeToFirstToken: LatencyHistogram?
  /// Inference: KV blocks that prompts consisted of, and those found as cached prefixes.
  public var promptBlocks: UInt64 = 0
  public var prefixBlocks: UInt64 = 0
  /// Inference: GPU time that prefill took, and would have taken with nothing cached, GPU-nanoseconds.
  public var prefillGPUNanoseconds = 0.0
  public var promptGPUNanoseconds = 0.0
  /// Objects: what became of what readers are promised; nil for others.
  public var contract: ContractMeasure?
  /// Figures of this kind of workload alone, in a fixed order.
  public var counters: [SimulationResult.Counter] = []
  /// Sentences that a reader must know about how it was modelled.
  public var notes: [String] = []

  /// Figures of nothing yet.
  public init(name: String, kind: String) {
    self.name = name
    self.kind = kind
  }

  /// GPU time that waited for data, in GPU-nanoseconds.
  public var stallGPUNanoseconds: Double {
    intervals.reduce(0) { $0 + Double($1.stallGPUNanoseconds) }
  }
  /// GPU time lost to nodes that were gone, in GPU-nanoseconds.
  public var lostGPUNanoseconds: Double {
    intervals.reduce(0) { $0 + Double($1.lostGPUNanoseconds) }
  }

  /// Reads answered by source, over all intervals, and reads that failed.
  public var totals: WorkloadInterval {
    intervals.reduce(into: WorkloadInterval()) { $0 += $1 }
  }

  /// Copies what a ledger holds.
  mutating func take(_ ledger: WorkloadLedger) {
    intervalNanoseconds = ledger.intervalNanoseconds
    intervals = ledger.intervals
    latency = ledger.latency
    requests = ledger.requests
    retries = ledger.retries
    staleReplies = ledger.staleReplies
  }
}

extension WorkloadFigures {
  /// The figures as a simulation's result states them.
  public var result: SimulationResult.Workload {
    var result = SimulationResult.Workload(name: name, kind: kind)
    result.nodes = nodes
    result.gpus = gpus
    result.requests = requests
    result.gpuStallFraction = gpuNanoseconds > 0 ? stallGPUNanoseconds / gpuNanoseconds : 0
    result.hitRatio = totals.hitRatio
    result.latencyMicroseconds = latency.all.microseconds
    result.completed = completed
    result.slowestNodeSeconds = slowestLoadNanoseconds.map { Double($0) / 1e9 }
    result.timeToFirstToken = timeToFirstToken?.microseconds
    result.prefillGPUSeconds = prefillGPUNanoseconds / 1e9
    result.promptGPUSeconds = promptGPUNanoseconds / 1e9
    if kind == "inference" {
      result.prefixHitRatio = promptBlocks > 0 ? Double(prefixBlocks) / Double(promptBlocks) : 0
    }
    return result
  }
}

extension WorkloadInterval {
  /// Shares of the answered reads by source; all 0 if none was answered.
  public var hitRatio: SimulationResult.HitRatio {
    var ratio = SimulationResult.HitRatio()
    let answered = Double(memory + flash + peer + origin)
    guard answered > 0 else { return ratio }
    ratio.memory = Double(memory) / answered
    ratio.flash = Double(flash) / answered
    ratio.peer = Double(peer) / answered
    ratio.origin = Double(origin) / answered
    return ratio
  }
}
