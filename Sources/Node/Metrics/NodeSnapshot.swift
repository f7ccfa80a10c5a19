public import TarnCore

/// What a node's parts have counted, put together once a scrape; `families` says it in Prometheus's
/// words. Counters are sums since the start. What a node does not have is nil or empty, and then its
/// families are left out.
public struct NodeSnapshot: Sendable {
  public var version = TarnNodeVersion.string
  /// `uring`, `threads`, or `none` without a flash tier.
  public var flashEngine = "none"
  /// Whether `/readyz` says so.
  public var isReady = false

  public var tiers: [Tier] = []
  /// Sum over shards.
  public var core = CacheCounters()
  /// Sum over shards.
  public var reads = ShardFigures()
  public var tenants: [TenantReads] = []
  public var origins: [OriginCounts] = []
  public var flash: Flash?
  public var peers: Peers?
  public var http = HTTP()
  /// `PayloadMemory.residentBytes` of all shards.
  public var payloadResidentBytes: UInt64 = 0
  /// The process as `ProcessFigures.read()` finds it.
  public var process: ProcessFigures?
  /// What the allocator has given out.
  public var allocatedBytes: UInt64?
  public var recording: Recording?

  public init() {}

  /// What a tier holds.
  public struct Tier: Sendable {
    /// `memory` or `flash`.
    public var name: String
    public var bytes: UInt64
    public var capacityBytes: UInt64
    public var blocks: UInt64
    public init(name: String, bytes: UInt64, capacityBytes: UInt64, blocks: UInt64) {
      self.name = name
      self.bytes = bytes
      self.capacityBytes = capacityBytes
      self.blocks = blocks
    }
  }

  /// Block reads of one tenant, by source in the order of `Source.allCases`.
  public struct TenantReads: Sendable {
    public var tenant: String
    public var reads: [UInt64]
    public var bytes: [UInt64]
    public init(tenant: String, reads: [UInt64], bytes: [UInt64]) {
      self.tenant = tenant
      self.reads = reads
      self.bytes = bytes
    }
  }

  /// What an origin was asked.
  public struct OriginCounts: Sendable {
    /// As the configuration names it.
    public var name: String
    public var requests: UInt64 = 0
    public var bytes: UInt64 = 0
    /// Answers 503 and 429.
    public var throttled: UInt64 = 0
    public var failures: UInt64 = 0
    /// Reads that found another version of the object.
    public var changed: UInt64 = 0
    /// Requests for objects' attributes, with or without a first block; part of `requests`.
    public var questions: UInt64 = 0
    /// Of these, those that waited for their turn, and further ones for which that was too long.
    public var questionsDeferred: UInt64 = 0
    public var questionsRefused: UInt64 = 0
    /// Whether its last answer was one; nil if it was not asked yet.
    public var isReachable: Bool?
    public init(name: String) { self.name = name }
  }

  /// The flash tier's devices, all shards together.
  public struct Flash: Sendable {
    public var reads: UInt64 = 0
    public var writes: UInt64 = 0
    /// Blocks copied for cleaning.
    public var moves: UInt64 = 0
    public var bytesRead: UInt64 = 0
    public var bytesWritten: UInt64 = 0
    /// Blocks whose checksum or key was not what was stored.
    public var corrupt: UInt64 = 0
    public var readsFailed: UInt64 = 0
    public var writesFailed: UInt64 = 0
    /// Writes turned away because the device failed too often just before.
    public var writesRefused: UInt64 = 0
    public var operationsUnderWay: UInt64 = 0
    public var recoveredBlocks: UInt64 = 0
    public var recoverySeconds = 0.0
    public var isHealthy = true
    public init() {}
  }

  /// The node in its cell.
  public struct Peers: Sendable {
    public var cell: String
    /// Members of the cell's view, this node included.
    public var members: UInt64 = 0
    /// Open links to and from peers.
    public var linksUp: UInt64 = 0
    /// Since the view was last made new, in seconds.
    public var viewAgeSeconds = 0.0
    public var framesSent: UInt64 = 0
    public var framesReceived: UInt64 = 0
    public var bytesSent: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    /// Messages that were dropped, by reason.
    public var drops: [(reason: String, count: UInt64)] = []
    public init(cell: String) { self.cell = cell }
  }

  /// The data port.
  public struct HTTP: Sendable {
    public var connectionsOpen: UInt64 = 0
    public var connectionsAccepted: UInt64 = 0
    /// Requests answered, by operation (`get-object`, say) and by the status's first digit.
    public var requests: [(operation: String, statusClass: Int, count: UInt64)] = []
    public var bytesSent: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    /// Connections and requests turned away, by reason.
    public var refused: [(reason: String, count: UInt64)] = []
    public init() {}
  }

  /// The recorder of traces.
  public struct Recording: Sendable {
    public var records: UInt64
    /// Requests that were not recorded because the file could not keep up.
    public var drops: UInt64
    public init(records: UInt64, drops: UInt64) {
      self.records = records
      self.drops = drops
    }
  }
}

extension Source {
  /// The value of the label `source`.
  var name: String {
    switch self {
    case .memory: "memory"
    case .flash: "flash"
    case .peer: "peer"
    case .origin: "origin"
    case .none: "none"
    }
  }
}

extension ShardFigures {
  /// Adds another shard's figures.
  public static func += (sum: inout ShardFigures, other: ShardFigures) {
    for index in sum.latencies.indices { sum.latencies[index] += other.latencies[index] }
    for index in sum.latencySums.indices { sum.latencySums[index] += other.latencySums[index] }
    for index in sum.bytes.indices { sum.bytes[index] += other.bytes[index] }
    sum.refusals += other.refusals
    sum.originReads += other.originReads
    sum.originBytes += other.originBytes
    sum.originThrottles += other.originThrottles
    sum.originFailures += other.originFailures
    sum.originChanges += other.originChanges
  }
}
