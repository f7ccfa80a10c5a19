/// What one run of one design gave.
struct ComparisonFigures: Sendable {
  /// By metric; what does not apply is left out.
  var values: [ComparisonMetric: Double] = [:]
  /// Each interval's stall and cache hits, for what changes with time.
  var stall: [Double] = []
  var hits: [Double] = []
  var originRequests: [Double] = []
  var originBytes: [Double] = []
  /// The same of what went through the accounts' front end: all, unless the scenario names paths.
  var accountRequests: [Double] = []
  var accountBytes: [Double] = []
  /// Of inference: GPU time that prefill took, and would have taken with nothing cached, as shares of the
  /// fleet's GPU time.
  private var prefill = 0.0
  private var prompts = 0.0
  private let dollarsOfAllPerDay: Double
  /// What each path to the origin saw, where the scenario names paths.
  var paths: [SimulationResult.OriginPath] = []
  /// Sentences that a reader must know.
  var notes: [String] = []

  init(_ outcome: SimulationOutcome, gpuDollarsPerHour: Double) {
    let result = outcome.result
    let seconds = max(result.countedSeconds, 1e-9)
    let lost = max(0, 1 - result.goodputFraction)
    dollarsOfAllPerDay = Double(result.gpus) * 24 * gpuDollarsPerHour
    values[.dollarsPerDay] = lost * dollarsOfAllPerDay
    values[.stall] = result.gpuStallFraction
    values[.goodput] = result.goodputFraction
    values[.originRequests] = Double(result.origin.requests) / seconds
    values[.originBytes] = Double(result.origin.bytes) / seconds
    values[.originThrottled] = Double(result.origin.throttled) / seconds
    takeReads(result)
    let busiest = outcome.series.busiestLinks.first?.utilisation ?? 0
    values[.networkHeadroom] = max(0, 1 - busiest)
    values[.flashHeadroom] = max(0, 1 - outcome.series.busiestFlashUtilisation)
    takeWorkloads(result)
    for interval in outcome.series.intervals {
      stall.append(interval.gpuStallFraction)
      let cached = Double(interval.memoryHits + interval.flashHits + interval.peerHits)
      let all = cached + Double(interval.originReads + interval.failures)
      hits.append(all > 0 ? cached / all : .nan)
      originRequests.append(interval.originRequestsPerSecond)
      originBytes.append(interval.originBytesPerSecond)
    }
    takePaths(result.originPaths ?? [], outcome.series)
    notes = result.notes
  }

  /// What went through the front end: its requests, and its share of the bytes.
  private mutating func takePaths(
    _ paths: [SimulationResult.OriginPath], _ series: SimulationSeries
  ) {
    self.paths = paths
    (accountRequests, accountBytes) = (originRequests, originBytes)
    guard !paths.isEmpty else { return }
    let kind = Scenario.OriginRoute.Kind.frontEnd.rawValue
    let front = paths.firstIndex { $0.kind == kind }
    let all = paths.reduce(0) { $0 + Double($1.bytes) }
    let share = all > 0 ? Double(front.map { paths[$0].bytes } ?? 0) / all : 0
    accountRequests = series.intervals.map { interval in
      front.map { interval.originPathRequestsPerSecond[$0] } ?? 0
    }
    accountBytes = originBytes.map { $0 * share }
  }

  /// Where reads were answered, and how fast; nothing if none was.
  private mutating func takeReads(_ result: SimulationResult) {
    let ratio = result.hitRatio
    guard ratio.memory + ratio.flash + ratio.peer + ratio.origin > 0 else { return }
    values[.hitMemory] = ratio.memory
    values[.hitFlash] = ratio.flash
    values[.hitPeer] = ratio.peer
    values[.hitOrigin] = ratio.origin
    values[.p50] = result.latencyMicroseconds.p50
    values[.p99] = result.latencyMicroseconds.p99
    values[.p999] = result.latencyMicroseconds.p999
  }

  /// The share of prompts' work that was computed; nil without prompts.
  var computedShare: Double? { prompts > 0 ? prefill / prompts : nil }

  /// Counts as lost what prefill computed beyond `least`, the least computed share that any design needs:
  /// a GPU that computes again what another design finds cached only seems busy.
  mutating func charge(recomputingBeyond least: Double) {
    guard let share = computedShare else { return }
    let extra = max(0, share - least) * prompts
    values[.recomputed] = extra
    values[.dollarsPerDay]? += extra * dollarsOfAllPerDay
    if let goodput = values[.goodput] { values[.goodput] = max(0, goodput - extra) }
  }

  private mutating func takeWorkloads(_ result: SimulationResult) {
    let starts = result.workloads.filter { $0.kind == "cold-start" }
    if !starts.isEmpty {
      // Not all loaded by the end: longer than the run.
      let slowest = starts.map { $0.slowestNodeSeconds ?? .infinity }.max() ?? .infinity
      values[.slowestNode] = slowest
    }
    let serving = result.workloads.filter { $0.kind == "inference" }
    if !serving.isEmpty {
      let gpuSeconds = max(Double(result.gpus) * result.countedSeconds, 1e-9)
      prefill = serving.reduce(0) { $0 + $1.prefillGPUSeconds } / gpuSeconds
      prompts = serving.reduce(0) { $0 + $1.promptGPUSeconds } / gpuSeconds
      let done = serving.reduce(0.0) { $0 + Double($1.completed) }
      values[.firstToken] = serving.compactMap { $0.timeToFirstToken?.p99 }.max()
      values[.prefixHits] =
        done > 0
        ? serving.reduce(0.0) { $0 + ($1.prefixHitRatio ?? 0) * Double($1.completed) } / done : 0
    }
  }

  /// The most that `seconds` consecutive intervals ask for in the mean.
  static func peak(_ series: [Double], over intervals: Int) -> Double {
    guard !series.isEmpty else { return 0 }
    let width = min(intervals, series.count)
    var sum = series.prefix(width).reduce(0, +)
    var most = sum
    for index in width..<series.count {
      sum += series[index] - series[index - width]
      most = max(most, sum)
    }
    return most / Double(width)
  }

  /// Seconds from a loss until stall and hits are back where an undisturbed run has them.
  ///
  /// Back means that for three intervals on end stall is at most two points above and the share of
  /// cached reads at most two points below. Infinite if that does not come before the run's end.
  func recovery(from start: Double, intervalSeconds: Double, undisturbed: Self) -> Double {
    let first = Int(start / intervalSeconds)
    let count = min(stall.count, undisturbed.stall.count)
    guard first < count else { return .infinity }
    func isCalm(_ index: Int) -> Bool {
      let cached = hits[index].isNaN || undisturbed.hits[index].isNaN
      return stall[index] <= undisturbed.stall[index] + 0.02
        && (cached || hits[index] >= undisturbed.hits[index] - 0.02)
    }
    var calm = 0
    for index in first..<count {
      calm = isCalm(index) ? calm + 1 : 0
      if calm == 3 { return Double(index - 2 - first) * intervalSeconds }
    }
    return .infinity
  }
}
