/// What one run of one design gave.
struct ComparisonFigures: Sendable {
  /// By metric; what does not apply is left out.
  var values: [ComparisonMetric: Double] = [:]
  /// Each interval's stall, lost GPU time and reads for which nobody read the origin, for what changes with time.
  var stall: [Double] = []
  var lost: [Double] = []
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
  /// What all GPUs cost a day while that happens which the scenario shows.
  private let dollarsOfAllPerDay: Double
  /// What each path to the origin saw, where the scenario names paths.
  var paths: [SimulationResult.OriginPath] = []
  /// Sentences that a reader must know.
  var notes: [String] = []

  init(_ outcome: SimulationOutcome, _ price: Scenario.Comparison) {
    let result = outcome.result
    let seconds = max(result.countedSeconds, 1e-9)
    let lost = max(0, 1 - result.goodputFraction)
    dollarsOfAllPerDay = price.dollarsPerDay(ofGPUs: result.gpus, spanSeconds: seconds)
    // Where the scenario is an event, jobs' own time counts, not that of GPUs which no job has.
    let share = price.timesPerDay == nil ? 1 : result.gpuSeconds / (Double(result.gpus) * seconds)
    values[.dollarsPerDay] = lost * dollarsOfAllPerDay * share
    values[.stall] = result.gpuStallFraction
    values[.goodput] = result.goodputFraction
    values[.originRequests] = Double(result.origin.requests) / seconds
    values[.originBytes] = Double(result.origin.bytes) / seconds
    values[.originTotal] = Double(result.origin.bytes)
    values[.originThrottled] = Double(result.origin.throttled) / seconds
    takeReads(result, outcome.series)
    let busiest = outcome.series.busiestLinks.first?.utilisation ?? 0
    values[.networkHeadroom] = max(0, 1 - busiest)
    values[.flashHeadroom] = max(0, 1 - outcome.series.busiestFlashUtilisation)
    takeWorkloads(result)
    for interval in outcome.series.intervals {
      stall.append(interval.gpuStallFraction)
      self.lost.append(interval.gpuLostFraction)
      hits.append(Self.hits(interval, outcome.series.intervalSeconds, result.sampling.rate))
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
  ///
  /// Where a peer reads the origin for a reader, the reader has it from a peer: that is a miss all the
  /// same, so as many of those as the origin was read for count as read from the origin.
  private mutating func takeReads(_ result: SimulationResult, _ series: SimulationSeries) {
    let ratio = result.hitRatio
    guard ratio.memory + ratio.flash + ratio.peer + ratio.origin > 0 else { return }
    let answered = series.intervals.reduce(0) { $0 + Self.answered($1) }
    let fetched = Double(result.origin.requests) - Double(result.origin.throttled)
    let missed = answered > 0 ? fetched * result.sampling.rate / answered : 0
    let byPeers = min(ratio.peer, max(0, missed - ratio.origin))
    values[.hitMemory] = ratio.memory
    values[.hitFlash] = ratio.flash
    values[.hitPeer] = ratio.peer - byPeers
    values[.hitOrigin] = ratio.origin + byPeers
    values[.p50] = result.latencyMicroseconds.p50
    values[.p99] = result.latencyMicroseconds.p99
    values[.p999] = result.latencyMicroseconds.p999
  }

  private static func answered(_ interval: SimulationSeries.Interval) -> Double {
    Double(interval.memoryHits + interval.flashHits + interval.peerHits + interval.originReads)
  }

  /// The share of an interval's reads for which nobody read the origin; NaN without reads.
  private static func hits(
    _ interval: SimulationSeries.Interval, _ seconds: Double, _ rate: Double
  ) -> Double {
    let all = answered(interval) + Double(interval.failures)
    let fetched = interval.originRequestsPerSecond - interval.originThrottledPerSecond
    let missed = max(Double(interval.originReads), fetched * seconds * rate)
    return all > 0 ? max(0, 1 - (missed + Double(interval.failures)) / all) : .nan
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

  /// Seconds from a loss until stall, lost GPU time and hits are back where an undisturbed run has them.
  ///
  /// Back means that for three intervals on end stall and lost time are at most two points above and
  /// the share of cached reads at most two points below. In an event the
  /// last interval counts in which more was idle: nothing is steady there. Infinite if that does not come before the run's end.
  func recovery(
    from start: Double, intervalSeconds: Double, undisturbed: Self, isEvent: Bool = false
  ) -> Double {
    let first = Int(start / intervalSeconds)
    let count = min(stall.count, undisturbed.stall.count)
    guard first < count else { return .infinity }
    func isWorking(_ index: Int) -> Bool {
      let idle = stall[index] + lost[index]
      return idle <= undisturbed.stall[index] + undisturbed.lost[index] + 0.02
    }
    if isEvent {
      guard let last = (first..<count).last(where: { !isWorking($0) }) else { return 0 }
      return last == count - 1 ? .infinity : Double(last + 1 - first) * intervalSeconds
    }
    func isCalm(_ index: Int) -> Bool {
      let cached = hits[index].isNaN || undisturbed.hits[index].isNaN
      return isWorking(index)
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

extension Scenario.Comparison {
  /// What so many GPUs cost a day during what the scenario shows: all day, or as often as it happens.
  func dollarsPerDay(ofGPUs gpus: Int, spanSeconds: Double) -> Double {
    Double(gpus) * gpuDollarsPerHour * (timesPerDay.map { $0 * spanSeconds / 3600 } ?? 24)
  }
}
