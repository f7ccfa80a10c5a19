import TarnCore

/// Where a workload writes down what it saw, by interval of simulated time.
struct WorkloadLedger: Sendable {
  /// Nanoseconds of one interval.
  let intervalNanoseconds: Nanoseconds
  /// What came before this is warm-up, and not counted.
  private(set) var countsFrom = Instant.zero
  /// Intervals from `countsFrom` on.
  private(set) var intervals: [WorkloadInterval] = []
  /// Latency of answered reads.
  private(set) var latency = LatencyBySource()
  /// Block requests issued, repetitions included.
  var requests: UInt64 = 0
  /// Requests issued again after a failure.
  var retries: UInt64 = 0
  /// Answers that came too late to mean anything.
  var staleReplies: UInt64 = 0
  private var current = 0
  private var currentStart: UInt64 = 0

  init(intervalNanoseconds: Nanoseconds) {
    precondition(intervalNanoseconds > 0, "an interval has a length")
    self.intervalNanoseconds = intervalNanoseconds
  }

  /// Forgets everything: the warm-up is over.
  mutating func startCounting(at now: Instant) {
    countsFrom = now
    intervals = []
    latency = LatencyBySource()
    requests = 0
    retries = 0
    staleReplies = 0
    current = 0
    currentStart = now.nanoseconds
  }

  /// A read was answered by `source`, `span` after it was first issued.
  mutating func answered(by source: Source, after span: Nanoseconds, at now: Instant) {
    latency.record(span, from: source)
    let interval = interval(at: now)
    switch source {
    case .memory: intervals[interval].memory += 1
    case .flash: intervals[interval].flash += 1
    case .peer: intervals[interval].peer += 1
    case .origin: intervals[interval].origin += 1
    case .none: preconditionFailure("an answered read has a source")
    }
  }

  /// A read failed.
  mutating func failed(at now: Instant) { intervals[interval(at: now)].failures += 1 }

  /// `gpus` GPUs waited for data from `start` to `end`.
  mutating func stalled(gpus: UInt64, from start: Instant, to end: Instant) {
    spread(gpus, \.stallGPUNanoseconds, from: start, to: end)
  }

  /// `gpus` GPUs were gone, or waited for those that were, from `start` to `end`.
  mutating func lost(gpus: UInt64, from start: Instant, to end: Instant) {
    spread(gpus, \.lostGPUNanoseconds, from: start, to: end)
  }

  /// GPU time that waited for data so far.
  var stallGPUNanoseconds: Double {
    intervals.reduce(0) { $0 + Double($1.stallGPUNanoseconds) }
  }

  private mutating func spread(
    _ gpus: UInt64, _ field: WritableKeyPath<WorkloadInterval, UInt64>, from start: Instant,
    to end: Instant
  ) {
    guard gpus > 0, start < end else { return }
    let origin = countsFrom.nanoseconds
    var begin = max(start, countsFrom).nanoseconds
    while begin < end.nanoseconds {
      let index = Int((begin - origin) / intervalNanoseconds)
      extend(to: index)
      let stop = min(end.nanoseconds, origin + UInt64(index + 1) * intervalNanoseconds)
      intervals[index][keyPath: field] += gpus * (stop - begin)
      begin = stop
    }
  }

  /// Reads come in time order, so nearly all fall into the interval of the one before.
  @inline(__always)
  private mutating func interval(at now: Instant) -> Int {
    if now.nanoseconds &- currentStart >= intervalNanoseconds || intervals.isEmpty {
      current = Int((now - countsFrom) / intervalNanoseconds)
      currentStart = countsFrom.nanoseconds + UInt64(current) * intervalNanoseconds
      extend(to: current)
    }
    return current
  }

  private mutating func extend(to index: Int) {
    while intervals.count <= index { intervals.append(WorkloadInterval()) }
  }
}
