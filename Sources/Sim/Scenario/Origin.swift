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
    /// Retry-After of a 503.
    public var retryAfterNanoseconds: Nanoseconds = 1_000_000_000
    public var faults: [OriginFault] = []
    public init() {}

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
    }
    public var kind: Kind
    public var atNanoseconds: Nanoseconds
    public var durationNanoseconds: Nanoseconds
    /// Share of the limits that is left, 0 to 1; 1 unless `kind` is `throttle`.
    public var capacity = 1.0
    /// Factor on the time to the first byte; 1 unless `kind` is `slow`.
    public var slowdown = 1.0
    public init(_ kind: Kind, atNanoseconds: Nanoseconds, durationNanoseconds: Nanoseconds) {
      self.kind = kind
      self.atNanoseconds = atNanoseconds
      self.durationNanoseconds = durationNanoseconds
    }
  }
}
