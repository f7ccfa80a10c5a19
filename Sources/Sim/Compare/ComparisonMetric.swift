/// What a comparison says of a design, one number each.
public enum ComparisonMetric: String, CaseIterable, Sendable, Encodable, CodingKeyRepresentable {
  case dollarsPerDay = "dollars_per_day"
  case fleetDollars = "fleet_dollars_per_day"
  case stall = "gpu_stall_fraction"
  case goodput = "goodput_fraction"
  case recomputed = "gpu_recompute_fraction"
  case slowestNode = "slowest_node_s"
  case firstToken = "ttft_p99_us"
  case prefixHits = "prefix_hit_fraction"
  case originRequests = "origin_requests_per_s"
  case originBytes = "origin_bytes_per_s"
  case originTotal = "origin_bytes"
  case originThrottled = "origin_throttled_per_s"
  case accounts = "accounts_needed"
  case hitMemory = "memory_hit_fraction"
  case hitFlash = "flash_hit_fraction"
  case hitPeer = "peer_hit_fraction"
  case hitOrigin = "origin_hit_fraction"
  case p50 = "latency_p50_us"
  case p99 = "latency_p99_us"
  case p999 = "latency_p999_us"
  case recoverNode = "recovery_node_s"
  case recoverRack = "recovery_rack_s"
  case recoverZone = "recovery_zone_s"
  case networkHeadroom = "network_headroom_fraction"
  case flashHeadroom = "flash_headroom_fraction"

  /// What tables call it.
  public var title: String {
    switch self {
    case .dollarsPerDay: "GPU time lost, $/day"
    case .fleetDollars: "by the whole fleet, $/day"
    case .stall: "GPU stall"
    case .goodput: "goodput"
    case .recomputed: "GPU time that computes cached prompts again"
    case .slowestNode: "restart to first step, slowest node"
    case .firstToken: "time to first token, p99"
    case .prefixHits: "prompt blocks found"
    case .originRequests: "origin requests"
    case .originBytes: "origin bytes"
    case .originTotal: "origin bytes in all"
    case .originThrottled: "origin 503s"
    case .accounts: "Blob accounts needed"
    case .hitMemory: "found in memory"
    case .hitFlash: "found on own flash"
    case .hitPeer: "found at a peer"
    case .hitOrigin: "read from the origin"
    case .p50: "read latency, p50"
    case .p99: "read latency, p99"
    case .p999: "read latency, p99.9"
    case .recoverNode: "recovery from a node's loss"
    case .recoverRack: "recovery from a rack's loss"
    case .recoverZone: "recovery from a zone's loss"
    case .networkHeadroom: "network headroom, busiest link"
    case .flashHeadroom: "flash headroom, busiest node"
    }
  }

  /// A heading of a narrow table.
  var short: String {
    switch self {
    case .dollarsPerDay: "$/day"
    case .fleetDollars: "fleet $/day"
    case .stall: "stall"
    case .goodput: "goodput"
    case .recomputed: "again"
    case .slowestNode: "slowest"
    case .firstToken: "ttft p99"
    case .prefixHits: "prefix"
    case .originRequests: "origin"
    case .originBytes: "origin"
    case .originTotal: "in all"
    case .originThrottled: "503s"
    case .accounts: "accounts"
    case .hitMemory: "memory"
    case .hitFlash: "flash"
    case .hitPeer: "peer"
    case .hitOrigin: "missed"
    case .p50: "p50"
    case .p99: "p99"
    case .p999: "p99.9"
    case .recoverNode: "node"
    case .recoverRack: "rack"
    case .recoverZone: "zone"
    case .networkHeadroom: "network"
    case .flashHeadroom: "flash"
    }
  }

  var quantity: Quantity {
    switch self {
    case .dollarsPerDay, .fleetDollars, .accounts: .count
    case .stall, .goodput, .recomputed, .prefixHits, .hitMemory, .hitFlash, .hitPeer, .hitOrigin,
      .networkHeadroom, .flashHeadroom:
      .share
    case .slowestNode, .recoverNode, .recoverRack, .recoverZone: .seconds
    case .firstToken, .p50, .p99, .p999: .microseconds
    case .originRequests, .originThrottled: .perSecond
    case .originBytes: .bytesPerSecond
    case .originTotal: .bytes
    }
  }

  /// The value as a table shows it.
  public func text(_ value: Double) -> String {
    guard value.isFinite else { return "n/a" }
    switch self {
    case .dollarsPerDay, .fleetDollars: return "$" + Figures.prefixed(value, unit: "", from: 10_000)
    case .accounts: return Figures.grouped(Int(value.rounded(.up)))
    default: return quantity.text(value)
    }
  }

  /// Whether less is better; nil where neither is: where reads are answered is no end in itself.
  public var prefersLess: Bool? {
    switch self {
    case .goodput, .prefixHits, .networkHeadroom, .flashHeadroom: false
    case .hitMemory, .hitFlash, .hitPeer, .hitOrigin: nil
    // The same figure at another scale.
    case .fleetDollars: nil
    default: true
    }
  }
}
