public import TarnCore

extension Scenario {
  /// The object store: storage accounts behind one front end each.
  public struct Origin: Sendable, Equatable {
    public var accounts = 1
    /// Limits of one account (learn.microsoft.com/azure/storage/common/scalability-targets-standard-account).
    public var requestsPerSecond: UInt64 = 40_000
    public var bytesPerSecond: UInt64 = 25_000_000_000
    /// Requests a second that one blob stands.
    public var requestsPerSecondPerBlob: UInt64 = 500
    /// Bytes a second of one response. Assumed: 60 MiB/s, which was Azure's target for one blob.
    public var bytesPerSecondPerRequest: UInt64 = 60 << 20
    /// Time to the first byte of a response: median and 99th percentile.
    public var firstByteMedianNanoseconds: Nanoseconds = 20_000_000
    public var firstByteP99Nanoseconds: Nanoseconds = 120_000_000
    /// Its 90th and 99.9th percentile; nil for those of a log-normal distribution.
    public var firstByteP90Nanoseconds: Nanoseconds?
    public var firstByteP999Nanoseconds: Nanoseconds?
    /// Retry-After of a 503.
    public var retryAfterNanoseconds: Nanoseconds = 1_000_000_000
    public var faults: [OriginFault] = []
    /// Ranges of blob names that are served by one server each; nil where accounts have no such limit.
    public var partitions: Partitions?
    /// Ways to read; empty for the front end alone.
    public var routes: [OriginRoute] = []
    /// Names of those in use; empty for all.
    public var use: [String] = []
    public init() {}

    /// How an account's blob names are dealt to servers: by range, split where one is hot (Azure's
    /// performance checklist for Blob storage describes both and publishes no figures: all assumed).
    public struct Partitions: Sendable, Equatable {
      /// Partitions of an account at the start, and the most that it splits into; powers of two.
      public var initial = 1
      public var most = 64
      /// Requests a second that one partition serves.
      public var requestsPerSecond: UInt64 = 5_000
      /// How long a partition is over its rate before it is split.
      public var splitAfterNanoseconds: Nanoseconds = 60_000_000_000
      public init() {}
    }

    /// Limits of all accounts together.
    public var totalRequestsPerSecond: UInt64 { requestsPerSecond * UInt64(accounts) }
    public var totalBytesPerSecond: UInt64 { bytesPerSecond * UInt64(accounts) }
  }

  /// A span of time in which the origin misbehaves.
  public struct OriginFault: Sendable, Equatable {
    /// The ways in which it does.
    public enum Kind: String, CaseIterable, Sendable {
      /// Every request fails.
      case outage
      /// Only the share `capacity` of the requests and bytes is left; the rest is answered 503.
      case throttle
      /// The first byte takes `slowdown` times as long.
      case slow
      /// The share `share` of a direct path's endpoints is gone.
      case endpointGone = "endpoint-gone"
      /// All layouts of a direct path expire at once.
      case layoutsExpire = "layouts-expire"
    }
    public var kind: Kind
    public var atNanoseconds: Nanoseconds
    public var durationNanoseconds: Nanoseconds
    /// Share of the limits that is left, 0 to 1; 1 unless `kind` is `throttle`.
    public var capacity = 1.0
    /// Factor on the time to the first byte; 1 unless `kind` is `slow`.
    public var slowdown = 1.0
    /// `endpoint-gone`: which share of the endpoints, 0 to 1, and whether they fall silent instead of
    /// refusing connections.
    public var share = 0.0
    public var isSilent = true
    /// Faults of direct paths: the path's name; nil for all of them.
    public var path: String?
    public init(_ kind: Kind, atNanoseconds: Nanoseconds, durationNanoseconds: Nanoseconds) {
      self.kind = kind
      self.atNanoseconds = atNanoseconds
      self.durationNanoseconds = durationNanoseconds
    }
  }
}

extension Scenario.OriginFault {
  /// Whether it befalls direct paths; else it befalls the front end.
  var isOfDirectPath: Bool { kind == .endpointGone || kind == .layoutsExpire }
}
