import TarnCore

/// What the world itself sees: origin traffic, copies between peers, flash writes, losses.
///
/// Sampled counts are scaled back to the whole fleet here, by each node's own rate, so that
/// everything that leaves this type speaks of the real fleet.
struct WorldFigures {
  /// Origin traffic within one interval, scaled to the whole fleet.
  struct Interval {
    var requests = 0.0
    var throttled = 0.0
    var bytes = 0.0
    var nodesDown = 0
    /// Requests of each path, in the order of the paths.
    var pathRequests: InlineArray<4, Double> = InlineArray(repeating: 0)
  }

  /// What a path to the origin has done since figures count, scaled to the whole fleet.
  struct Path {
    var requests = 0.0
    var bytes = 0.0
    var throttled = 0.0
    var failed = 0.0
    /// Of reads that brought bytes, nanoseconds.
    var latency = LatencyHistogram()
  }

  let intervalNanoseconds: Nanoseconds = 1_000_000_000
  private let fleet: Fleet
  /// From the warm-up's end on.
  private(set) var intervals: [Interval] = [Interval()]
  private(set) var countsFrom = Instant.zero
  var events: UInt64 = 0
  var requests: UInt64 = 0
  var prefixLookUps: UInt64 = 0
  var flashBytesWritten: UInt64 = 0
  var flashBytesMoved: UInt64 = 0
  var nodesDown = 0
  var losses: UInt64 = 0
  /// Counters of cores that were lost and replaced.
  private(set) var retired = CacheCounters()
  private(set) var retiredHash: UInt64 = 0
  /// Copies given of every 64th block, by key; only looked up and, at the end, sorted by count.
  private(set) var copies: [BlockKey: UInt32] = [:]

  /// Kept where the scenario names paths.
  private(set) var paths: [Path]

  init(_ fleet: Fleet, paths: Int) {
    self.fleet = fleet
    self.paths = [Path](repeating: Path(), count: paths)
  }

  /// Forgets what the warm-up saw of the origin.
  mutating func startCounting(at now: Instant) {
    countsFrom = now
    intervals = [Interval()]
    paths = [Path](repeating: Path(), count: paths.count)
  }

  /// Opens the intervals up to `now`.
  mutating func advance(to now: Instant) {
    while UInt64(intervals.count) * intervalNanoseconds <= now - countsFrom {
      intervals[intervals.count - 1].nodesDown = nodesDown
      intervals.append(Interval())
    }
  }

  /// A read of the origin by `path` will end with `status` after `span`.
  mutating func askedOrigin(
    bytes: UInt32, of node: UInt32, status: OriginStatus, by path: OriginPath, in span: Nanoseconds
  ) {
    let weight = fleet.weight(of: node)
    if !paths.isEmpty { count(weight, bytes, status, Int(path.rawValue), span) }
    intervals[intervals.count - 1].requests += weight
    if status.code == .ok {
      intervals[intervals.count - 1].bytes += weight * Double(bytes)
    } else if status.code == .throttled {
      intervals[intervals.count - 1].throttled += weight
    }
  }

  private mutating func count(
    _ weight: Double, _ bytes: UInt32, _ status: OriginStatus, _ path: Int, _ span: Nanoseconds
  ) {
    intervals[intervals.count - 1].pathRequests[path] += weight
    paths[path].requests += weight
    switch status.code {
    case .ok:
      paths[path].bytes += weight * Double(bytes)
      paths[path].latency.record(span)
    case .throttled: paths[path].throttled += weight
    case .failed, .notFound: paths[path].failed += weight
    }
  }

  mutating func gave(_ key: BlockKey) {
    if key.low & 63 == 0 { copies[key, default: 0] += 1 }
  }

  mutating func retire(_ node: borrowing CacheNode) {
    retired += node.counters
    retiredHash = mix64(retiredHash ^ node.decisionHash)
  }
}
