public import TarnCore

/// How the origin answers a read.
public enum BlobAnswer: Sendable, Equatable, BitwiseCopyable {
  /// The bytes: when the first and the last of them leave the account.
  case ok(firstByte: Instant, lastByte: Instant)
  /// 503 Server Busy at this time.
  case throttled(at: Instant, retryAfterMilliseconds: UInt32)
  /// An outage's error at this time.
  case failed(at: Instant)

  /// When it is over, and how, for whoever asked and receives as fast as the origin sends.
  var end: (time: Instant, status: OriginStatus) {
    switch self {
    case .ok(_, let last): (last, OriginStatus(.ok))
    case .throttled(let time, let retryAfter):
      (time, OriginStatus(.throttled, retryAfterMilliseconds: retryAfter))
    case .failed(let time): (time, OriginStatus(.failed))
    }
  }
}

/// The storage accounts behind the caches: budgets, latency, 503s, faults. O(1) a read.
///
/// Each account admits requests and bytes at its rates (token buckets) and answers 503 beyond them;
/// so does each blob. A 503 costs no budget. With keys sampled at rate r, a read takes 1 / r times
/// its share of the budgets.
public struct BlobAccounts: ~Copyable {
  /// What an account has done, as simulated.
  struct Account: BitwiseCopyable {
    var requestLimit = RateLimit()
    var byteLimit = RateLimit()
    var requests: UInt64 = 0
    var bytes: UInt64 = 0
    var throttled: UInt64 = 0
    var failed: UInt64 = 0
  }

  /// What accounts have done, scaled to the whole fleet.
  public struct Totals: Sendable, Equatable {
    /// Reads, refused ones included.
    public var requests = 0.0
    /// Bytes of answers.
    public var bytes = 0.0
    /// Reads refused with 503.
    public var throttled = 0.0
    /// Reads that an outage failed.
    public var failed = 0.0
  }

  private let configuration: BlobConfiguration
  private let scale: SamplingScale
  private let firstByte: LatencyDistribution
  private var accounts: FixedArray<Account>
  private var blobs = HotBlobs()
  private var partitions: NamePartitions
  /// Nanoseconds of the account's rate that a request takes.
  private let requestCost: Double
  /// Nanoseconds of the account's rate that a byte takes.
  private let byteCost: Double
  /// Nanoseconds of the blob's rate that a request takes; 0 for no limit.
  private let blobCost: Nanoseconds
  /// When the first fault starts and the last ends: outside, no list is searched.
  private let faultStart: Instant
  private let faultEnd: Instant

  /// Idle accounts; `configuration.problem()` must be nil.
  public init(_ configuration: BlobConfiguration, scale: SamplingScale = .unsampled) {
    precondition(configuration.problem() == nil, "the configuration was checked before")
    self.configuration = configuration
    self.scale = scale
    firstByte = LatencyDistribution(configuration.firstByte)
    accounts = FixedArray(
      repeating: Account(), count: configuration.accounts * configuration.regions)
    requestCost = 1e9 / Double(configuration.requestsPerSecond) * scale.factor
    byteCost = 1e9 / Double(configuration.bytesPerSecond) * scale.factor
    let blobFactor = configuration.samplesWithinBlob ? scale.factor : 1
    blobCost =
      configuration.requestsPerSecondOfBlob == 0
      ? 0 : UInt64(1e9 / Double(configuration.requestsPerSecondOfBlob) * blobFactor)
    partitions = NamePartitions(
      configuration.partitions, accounts: configuration.accounts, burst: configuration.burst,
      scale: scale)
    faultStart = configuration.faults.map(\.start).min() ?? .never
    faultEnd = configuration.faults.map(\.end).max() ?? .zero
  }

  /// Which account of its region holds the blob.
  public func account(of blob: UInt64) -> Int {
    let hash = mix64(blob ^ 0x3c6e_f372_fe94_f82b)
    return Int(hash.multipliedFullWidth(by: UInt64(configuration.accounts)).high)
  }

  /// Reads `bytes` of a blob of `region`; `blob` is any hash of what the per-blob limit is meant for, `random` 64
  /// random bits for the latency. Calls come in the order of their times.
  public mutating func read(
    blob: UInt64, bytes: UInt64, at now: Instant, random: UInt64, region: Int = 0
  ) -> BlobAnswer {
    let index = region * configuration.accounts + account(of: blob)
    let (capacity, slowdown) = condition(of: index, at: now)
    accounts[index].requests &+= 1
    guard capacity > 0 else {
      accounts[index].failed &+= 1
      return .failed(at: now + configuration.refusalLatency)
    }
    let wait = longestWait(index, blob, now)
    guard wait == 0 else {
      accounts[index].throttled &+= 1
      return refusal(wait, at: now)
    }
    accounts[index].requestLimit.take(UInt64(requestCost / capacity), at: now)
    accounts[index].byteLimit.take(UInt64(Double(bytes) * byteCost / capacity), at: now)
    if blobCost > 0 { blobs.take(blob, cost: blobCost, at: now) }
    partitions.take(index, Self.nameHash(blob), share: capacity, at: now)
    accounts[index].bytes &+= bytes
    let stream = transferSpan(bytes: bytes, bytesPerSecond: configuration.bytesPerSecondOfRequest)
    let first = now + slowed(firstByte.sample(random), by: slowdown)
    return .ok(firstByte: first, lastByte: first + slowed(stream, by: slowdown))
  }

  /// Asks where a blob lies: a request without bytes, which stands for itself alone even where keys are
  /// sampled.
  mutating func lookUp(blob: UInt64, at now: Instant) -> BlobAnswer {
    let index = account(of: blob)
    let (capacity, _) = condition(of: index, at: now)
    guard capacity > 0 else { return .failed(at: now + configuration.refusalLatency) }
    let wait = longestWait(index, blob, now)
    guard wait == 0 else { return refusal(wait, at: now) }
    accounts[index].requestLimit.take(UInt64(requestCost / scale.factor / capacity), at: now)
    if blobCost > 0 { blobs.take(blob, cost: blobCost, at: now) }
    return .ok(firstByte: now, lastByte: now)
  }

  /// Partitions of names that were split.
  var partitionSplits: UInt64 { partitions.splits }

  /// Where a blob's name lies among those of its account.
  private static func nameHash(_ blob: UInt64) -> UInt64 { mix64(blob ^ 0x8EB4_4A87_6858_1511) }

  /// The time to the first byte of an answer, without asking.
  public func firstByteTime(random: UInt64) -> Nanoseconds { firstByte.sample(random) }

  /// The sum over all accounts.
  public var totals: Totals {
    var totals = Totals()
    for index in 0..<accounts.count {
      let account = accounts[index]
      totals.requests += Double(account.requests) * scale.factor
      totals.bytes += Double(account.bytes) * scale.factor
      totals.throttled += Double(account.throttled) * scale.factor
      totals.failed += Double(account.failed) * scale.factor
    }
    return totals
  }

  private mutating func longestWait(_ index: Int, _ blob: UInt64, _ now: Instant) -> Nanoseconds {
    let burst = configuration.burst
    let account = accounts[index]
    let budgets = max(
      account.requestLimit.wait(at: now, burst: burst),
      account.byteLimit.wait(at: now, burst: burst))
    let partition = partitions.wait(index, Self.nameHash(blob), at: now)
    let wait = max(budgets, partition)
    return blobCost > 0 ? max(wait, blobs.wait(blob, at: now, burst: burst)) : wait
  }

  private func refusal(_ wait: Nanoseconds, at now: Instant) -> BlobAnswer {
    let milliseconds = (max(wait, configuration.retryAfter) + 999_999) / 1_000_000
    return .throttled(
      at: now + configuration.refusalLatency,
      retryAfterMilliseconds: UInt32(clamping: milliseconds))
  }

  /// The share of the capacity that is left, and the slowdown, of all faults together.
  private func condition(of account: Int, at now: Instant) -> (capacity: Double, slowdown: Double) {
    guard faultStart <= now, now < faultEnd else { return (1, 1) }
    var capacity = 1.0
    var slowdown = 1.0
    for fault in configuration.faults where fault.hits(account, at: now) {
      capacity = min(capacity, fault.capacity)
      slowdown = max(slowdown, fault.slowdown)
    }
    return (capacity, slowdown)
  }

  private func slowed(_ span: Nanoseconds, by slowdown: Double) -> Nanoseconds {
    slowdown == 1 ? span : UInt64((Double(span) * slowdown).rounded())
  }
}
