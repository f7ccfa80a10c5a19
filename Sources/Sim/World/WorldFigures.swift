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

  init(_ fleet: Fleet) {
    self.fleet = fleet
  }

  /// Forgets what the warm-up saw of the origin.
  mutating func startCounting(at now: Instant) {
    countsFrom = now
    intervals = [Interval()]
  }

  /// Opens the intervals up to `now`.
  mutating func advance(to now: Instant) {
    while UInt64(intervals.count) * intervalNanoseconds <= now - countsFrom {
      intervals[intervals.count - 1].nodesDown = nodesDown
      intervals.append(Interval())
    }
  }

  mutating func askedOrigin(bytes: UInt32, of node: UInt32, status: OriginStatus) {
    let weight = fleet.weight(of: node)
    intervals[intervals.count - 1].requests += weight
    if status.code == .ok {
      intervals[intervals.count - 1].bytes += weight * Double(bytes)
    } else if status.code == .throttled {
      intervals[intervals.count - 1].throttled += weight
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
