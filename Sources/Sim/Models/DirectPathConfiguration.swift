import TarnCore

/// A path to the origin past its front end, as a scenario describes it; see `PathParameter` for what is
/// published of such a path and what is assumed.
struct DirectPathConfiguration: Sendable, Equatable {
  /// A time in which endpoints are gone.
  struct EndpointFault: Sendable, Equatable {
    var start: Instant
    var end: Instant
    /// Share of the endpoints, 0 to 1, chosen by a hash.
    var share: Double
    /// They do not answer; else they refuse.
    var isSilent: Bool
  }

  var lookupMedian: Nanoseconds = 5_000_000
  var lookupP99: Nanoseconds = 40_000_000
  /// Look-ups a second that the layout service answers; 0: each is a request of the blob's account.
  var lookupsPerSecond: UInt64 = 0
  var layoutLifetime: Nanoseconds = 540_000_000_000
  /// Layouts that a node remembers.
  var layoutsPerNode = 64
  /// Blobs over which the data is spread by hash; a layout is one blob's.
  var blobs: UInt64 = 10_000
  /// Each blob is overwritten once in such a time; 0 for never.
  var overwriteInterval: Nanoseconds = 0
  var endpoints = 64
  var bytesPerSecondOfEndpoint: UInt64 = 5_000_000_000
  /// Requests that an endpoint works on at once, each for the median first byte.
  var concurrency = 64
  var firstByteMedian: Nanoseconds = 2_000_000
  var firstByteP99: Nanoseconds = 20_000_000
  var bytesPerSecondOfRequest: UInt64 = 400 << 20
  /// An endpoint whose queue is longer refuses with 503.
  var longestWait: Nanoseconds = 1_000_000_000
  /// A node's first read of an endpoint takes so much longer.
  var sessionSetUp: Nanoseconds = 2_000_000
  var refusalLatency: Nanoseconds = 5_000_000
  var retryAfter: Nanoseconds = 1_000_000_000
  /// How long layouts name endpoints that are gone: assumed.
  var reassignAfter: Nanoseconds = 10_000_000_000
  var faults: [EndpointFault] = []
  /// Moments at which all layouts expire.
  var expiries: [Instant] = []

  /// The first thing that cannot be; nil if all is well.
  func problem(nodes: Int) -> String? {
    // 8 bytes each: 2 GiB.
    if nodes * layoutsPerNode > 1 << 28 {
      return "layouts_per_node \(layoutsPerNode) is too much for \(nodes) nodes; "
        + "use \((1 << 28) / nodes) or less"
    }
    return nil
  }

  init() {}

  /// A scenario's route.
  init(_ route: Scenario.OriginRoute, faults: [Scenario.OriginFault]) {
    lookupMedian = Nanoseconds(route[.lookupP50])
    lookupP99 = Self.tail(route[.lookupP99], of: lookupMedian)
    lookupsPerSecond = UInt64(route[.lookups])
    layoutLifetime = Nanoseconds(route[.layoutLifetime])
    layoutsPerNode = Int(route[.layoutsPerNode])
    blobs = UInt64(route[.blobs])
    overwriteInterval = Nanoseconds(route[.overwrittenEvery])
    endpoints = Int(route[.endpoints])
    bytesPerSecondOfEndpoint = UInt64(route[.endpointBytes])
    concurrency = Int(route[.concurrency])
    firstByteMedian = Nanoseconds(route[.firstByteP50])
    firstByteP99 = Self.tail(route[.firstByteP99], of: firstByteMedian)
    bytesPerSecondOfRequest = UInt64(route[.perRequest])
    longestWait = Nanoseconds(route[.longestWait])
    sessionSetUp = Nanoseconds(route[.session])
    for fault in faults where fault.path == nil || fault.path == route.name {
      let start = Instant(nanoseconds: fault.atNanoseconds)
      switch fault.kind {
      case .endpointGone:
        self.faults.append(
          EndpointFault(
            start: start, end: start + fault.durationNanoseconds, share: fault.share,
            isSilent: fault.isSilent))
      case .layoutsExpire: expiries.append(start)
      case .outage, .throttle, .slow: break
      }
    }
  }

  /// A 99th percentile that its median's range allows.
  private static func tail(_ p99: Double, of median: Nanoseconds) -> Nanoseconds {
    min(max(Nanoseconds(p99), median), median * 1000)
  }
}
