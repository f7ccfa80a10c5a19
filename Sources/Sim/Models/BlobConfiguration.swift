public import TarnCore

/// Storage accounts, as a scenario describes them. The defaults are Azure's published scalability
/// targets for a smaller region's general-purpose account; latencies are assumptions.
public struct BlobConfiguration: Sendable, Equatable {
  /// Accounts over which blobs are spread by hash.
  public var accounts = 1
  /// Regions that have so many accounts each, for their own blobs.
  public var regions = 1
  /// Each account's requests a second.
  public var requestsPerSecond: UInt64 = 20_000
  /// Each account's bytes out a second.
  public var bytesPerSecond: UInt64 = 6_250_000_000
  /// Requests a second on one blob; 0 for no limit.
  public var requestsPerSecondOfBlob: UInt64 = 500
  /// What a budget admits at once after a silence, as the time that it lasts at its rate.
  public var burst: Nanoseconds = 1_000_000_000
  /// Time from a request to the first byte of its answer: median.
  public var firstByteMedian: Nanoseconds = 15_000_000
  /// Time from a request to the first byte of its answer: 99th percentile.
  public var firstByteP99: Nanoseconds = 120_000_000
  /// Its 90th and 99.9th percentile; nil for those of a log-normal distribution.
  public var firstByteP90: Nanoseconds?
  public var firstByteP999: Nanoseconds?
  /// Bytes a second of one answer.
  public var bytesPerSecondOfRequest: UInt64 = 60 << 20
  /// Time from a request to a 503, or to the error of an outage.
  public var refusalLatency: Nanoseconds = 5_000_000
  /// The least Retry-After of a 503.
  public var retryAfter: Nanoseconds = 1_000_000_000
  /// False if what the driver passes as a blob is a single key, whose requests are all simulated when
  /// keys are sampled; true if it is an object, of whose keys only the sampled ones are.
  public var samplesWithinBlob = true
  /// How names are dealt to servers; nil where that sets no limit.
  public var partitions: Partitions?
  /// What goes wrong when.
  public var faults: [OriginFault] = []

  /// Ranges of blob names with a rate each.
  public struct Partitions: Sendable, Equatable {
    /// Partitions of an account at the start, and the most; powers of two.
    public var initial = 1
    public var most = 64
    public var requestsPerSecond: UInt64 = 5_000
    /// How long one is over its rate before it is halved.
    public var splitAfter: Nanoseconds = 60_000_000_000
    /// The defaults, all assumed.
    public init() {}

    var isPossible: Bool {
      initial > 0 && initial.nonzeroBitCount == 1 && most.nonzeroBitCount == 1 && initial <= most
        && most <= 64 && requestsPerSecond > 0
    }
  }

  /// Azure's targets.
  public init() {}

  /// Time from a request to the first byte of its answer.
  public var firstByte: LatencyQuantiles {
    LatencyQuantiles(
      median: firstByteMedian, p90: firstByteP90, p99: firstByteP99, p999: firstByteP999)
  }

  /// The first thing that cannot be: the field and what would be right; nil if all is well.
  public func problem() -> (field: String, problem: String)? {
    if regions < 1 || regions > 255 { return ("regions", "must be 1 to 255") }
    if accounts < 1 || accounts > 10_000 { return ("accounts", "must be 1 to 10,000") }
    if requestsPerSecond == 0 || requestsPerSecond > 1_000_000_000 {
      return ("requestsPerSecond", "must be 1 to 1,000,000,000")
    }
    let rates: ClosedRange<UInt64> = 1...FleetShape.highestRate
    if !rates.contains(bytesPerSecond) { return ("bytesPerSecond", "must be 1 to 10^15") }
    if !rates.contains(bytesPerSecondOfRequest) {
      return ("bytesPerSecondOfRequest", "must be 1 to 10^15")
    }
    if max(burst, refusalLatency, retryAfter) > 3_600_000_000_000 {
      return ("burst, refusalLatency, retryAfter", "must be at most an hour")
    }
    if requestsPerSecondOfBlob > 1_000_000_000 {
      return ("requestsPerSecondOfBlob", "must be 0 (no limit) to 1,000,000,000")
    }
    if !firstByte.isPossible {
      return (
        "firstByteP99",
        "must be at least firstByteMedian (which is more than 0), at most 1,000 times as long, and "
          + "at most an hour, and the other percentiles must be in order"
      )
    }
    if let partitions, !partitions.isPossible {
      return ("partitions", "must be powers of two up to 64, with 1 request a second or more")
    }
    for (index, fault) in faults.enumerated() where !fault.isPossible {
      return (
        "faults[\(index)]",
        "must end after it starts, leave a capacity of 0 or 0.001 to 1, and slow down by 1 to 10,000"
      )
    }
    return nil
  }
}

/// A time in which the origin is slow, short of capacity or down.
public struct OriginFault: Sendable, Equatable {
  /// When it starts.
  public var start: Instant
  /// When it is over.
  public var end: Instant
  /// Which accounts it hits; nil for all.
  public var accounts: Range<Int>?
  /// The share of both budgets that is left, 0.001 to 1; 0 is an outage: every request fails.
  public var capacity: Double
  /// By how much first bytes and answers slow down, 1 or more.
  public var slowdown: Double

  /// A fault from `start` until `end`.
  public init(
    start: Instant, end: Instant, accounts: Range<Int>? = nil, capacity: Double = 1,
    slowdown: Double = 1
  ) {
    self.start = start
    self.end = end
    self.accounts = accounts
    self.capacity = capacity
    self.slowdown = slowdown
  }

  var isPossible: Bool {
    start < end && (capacity == 0 || (0.001...1).contains(capacity))
      && (1...10_000).contains(slowdown)
  }

  func hits(_ account: Int, at now: Instant) -> Bool {
    start <= now && now < end && (accounts?.contains(account) ?? true)
  }
}
