public import TarnCore

/// The cache of a node, as scenarios and nodes' configuration files write it in their `cache`
/// section: capacities may be shares of the node's devices and budgets shares of the origin.
/// `CacheConfiguration` is what becomes of it.
public struct CacheSettings: Sendable, Equatable {
  public var memoryBytes: UInt64 = 64 << 30
  public var memoryEviction = EvictionConfiguration(.s3fifo)
  public var memoryAdmission = AdmissionKind.always
  /// Share of memory kept free for arrivals.
  public var memoryHeadroom = 0.03
  public var flashCapacity = Capacity.share(0.8)
  public var flashEviction = EvictionConfiguration(.fifo)
  public var flashAdmission = AdmissionKind.always
  public var flashFill = FlashFill.ownersOnFill
  public var flashSegmentBytes: UInt32 = 1 << 30
  public var fetch = FetchConfiguration()
  public var budget = Budget.automatic
  /// Tenants' shares of each tier, by name; empty for no quotas.
  public var quotas: [Quota] = []
  public init() {}

  /// How much of the drives the cache may use.
  public enum Capacity: Sendable, Equatable {
    case bytes(UInt64)
    /// Share of the node's NVMe, 0 to 1.
    case share(Double)

    /// Bytes on a node whose drives hold `deviceBytes`.
    public func bytes(of deviceBytes: UInt64) -> UInt64 {
      switch self {
      case .bytes(let bytes): bytes
      case .share(let share): UInt64(Double(deviceBytes) * share)
      }
    }
  }

  /// What a cell may ask of the origin.
  public enum Budget: Sendable, Equatable {
    /// The cell's share of all accounts' limits, by its number of nodes; it may borrow the rest.
    case automatic
    /// So much, and up to `ceiling` times as much while the origin has room.
    case fixed(requestsPerSecond: UInt64, bytesPerSecond: UInt64, ceiling: Double = 1)
  }

  /// A tenant's share of each tier.
  public struct Quota: Sendable, Equatable {
    public var tenant: String
    public var share: Double
    public init(tenant: String, share: Double) {
      self.tenant = tenant
      self.share = share
    }
  }
}

extension CacheSettings {
  /// What a core is configured with: shares turned into bytes and rates.
  ///
  /// - Parameters:
  ///   - deviceBytes: what the node's drives hold.
  ///   - budget: what the cell may ask of the origin, a second.
  ///   - tenants: names in the order of their numbers; who has no quota may have all.
  public func coreConfiguration(
    deviceBytes: UInt64, budget: (requestsPerSecond: UInt64, bytesPerSecond: UInt64),
    tenants: [String]
  ) -> CacheConfiguration {
    var core = CacheConfiguration()
    core.memoryBytes = memoryBytes
    core.memoryEviction = memoryEviction
    core.memoryAdmission = memoryAdmission
    core.memoryHeadroomPermille = UInt16((memoryHeadroom * 1_000).rounded())
    core.flashBytes = flashCapacity.bytes(of: deviceBytes)
    core.flashEviction = flashEviction
    core.flashAdmission = flashAdmission
    core.flashFill = flashFill
    core.flashSegmentBytes = flashSegmentBytes
    core.fetch = fetch
    core.originRequestsPerSecond = budget.requestsPerSecond
    core.originBytesPerSecond = budget.bytesPerSecond
    if case .fixed(_, _, let ceiling) = self.budget {
      core.originCeilingPermille = UInt32((ceiling * 1_000).rounded())
    }
    if !quotas.isEmpty {
      core.tenantQuotaPermille = tenants.map { tenant in
        let quota = quotas.first { $0.tenant == tenant }
        return UInt16(((quota?.share ?? 1) * 1_000).rounded())
      }
    }
    return core
  }
}
