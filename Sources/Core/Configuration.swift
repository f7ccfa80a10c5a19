/// Everything that an operator decides about one core. Validated once, by `problem()`.
public struct CacheConfiguration: Sendable, Equatable {
  /// Memory tier: bytes of payload.
  public var memoryBytes: UInt64 = 1 << 30
  /// Memory tier: what leaves.
  public var memoryEviction = EvictionConfiguration(.s3fifo)
  /// Memory tier: what may stay after it was read.
  public var memoryAdmission = AdmissionKind.always
  /// Memory tier: share kept free for arrivals by demoting ahead of need, in thousandths.
  public var memoryHeadroomPermille: UInt16 = 30

  /// Flash tier: bytes of payload and garbage together; 0 for none.
  public var flashBytes: UInt64 = 0
  /// Flash tier: what leaves.
  public var flashEviction = EvictionConfiguration(.fifo)
  /// Flash tier: what may enter.
  public var flashAdmission = AdmissionKind.always
  /// Flash tier: which blocks are candidates, and when.
  public var flashFill = FlashFill.ownersOnFill
  /// Flash tier: bytes of a segment, the unit of garbage collection.
  public var flashSegmentBytes: UInt32 = 1 << 30

  /// Fetch: time-outs, retries, hedging.
  public var fetch = FetchConfiguration()
  /// Fetch: the cell's origin budget, requests a second.
  public var originRequestsPerSecond: UInt64 = 20_000
  /// Fetch: the cell's origin budget, bytes a second.
  public var originBytesPerSecond: UInt64 = 6_250_000_000
  /// Fetch: how far beyond its budget the cell may go, in thousandths of it, while the origin has
  /// room that other cells leave; 1000: not at all.
  public var originCeilingPermille: UInt32 = 1000
  /// Fetch: the ways to read the origin, 1 to `OriginPath.limit`; with several, each read takes the
  /// one that costs least by measurement.
  public var originPaths = [OriginPathConfiguration()]
  /// Tenants' shares of each tier in thousandths, by tenant number; empty for no quotas.
  public var tenantQuotaPermille: [UInt16] = []

  /// The defaults.
  public init() {}
}

/// A configuration that many cores share: a cell's nodes, or a node's shards.
public final class SharedConfiguration: Sendable {
  /// What is shared.
  public let value: CacheConfiguration

  /// Shares `value`.
  public init(_ value: CacheConfiguration) { self.value = value }
}

/// Which blocks are candidates for flash, and when they are written.
public enum FlashFill: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// Blocks that this node owns, as soon as they are in memory.
  case ownersOnFill
  /// Every block, as soon as it is in memory.
  case allOnFill
  /// Every block, when memory evicts it.
  case onDemotion

  /// The name in configuration files.
  public var name: String {
    switch self {
    case .ownersOnFill: "owners-on-fill"
    case .allOnFill: "all-on-fill"
    case .onDemotion: "on-demotion"
    }
  }
}

/// What may enter a tier.
public enum AdmissionKind: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case always, never
  /// Only what was asked for before, within the memory of a Bloom filter.
  case secondAccess
  /// Only what a frequency sketch finds asked for at least as often as the next victim.
  case tinyLFU

  /// The name in configuration files.
  public var name: String {
    switch self {
    case .always: "always"
    case .never: "never"
    case .secondAccess: "second-access"
    case .tinyLFU: "tinylfu"
    }
  }
}

/// Time-outs, retries and hedging of fetches.
public struct FetchConfiguration: Sendable, Equatable, BitwiseCopyable {
  /// A peer that has not answered for this long is pinged; after four times as long, or four times
  /// what peers' answers usually take, it is asked again, and the ask is hedged.
  public var peerPatienceNanoseconds: Nanoseconds = 250_000_000
  /// A ping that is not answered for this long makes the peer a suspect.
  public var pingTimeoutNanoseconds: Nanoseconds = 250_000_000
  /// The first span of suspicion; it doubles up to 32 times with each renewal.
  public var suspicionNanoseconds: Nanoseconds = 2_000_000_000
  /// An origin read that has not ended by then is cancelled and tried again.
  public var originTimeoutNanoseconds: Nanoseconds = 10_000_000_000
  /// A flash operation that has not ended by then is given up.
  public var flashTimeoutNanoseconds: Nanoseconds = 1_000_000_000
  /// Origin attempts of one fetch before it fails.
  public var originAttempts: UInt8 = 4
  /// Peers to ask before the fetch goes to the origin itself.
  public var owners: UInt8 = 3
  /// Copies of one block that its owner gives within `fanOutWindowNanoseconds` before it redirects.
  public var fanOut: UInt8 = 4
  /// See `fanOut`.
  public var fanOutWindowNanoseconds: Nanoseconds = 200_000_000
  /// How far ahead the budget keeper grants; also its silence when it takes over.
  public var budgetHorizonNanoseconds: Nanoseconds = 250_000_000
  /// Fetches under way at once; more are refused as overloaded.
  public var flightLimit: UInt32 = 65_536
  /// Read past the cache when its measured latency exceeds the origin's this many times, in
  /// hundredths; 0 for never.
  public var bypassPercent: UInt32 = 0

  /// The defaults.
  public init() {}
}
