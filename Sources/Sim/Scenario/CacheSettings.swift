public import TarnCore

extension Scenario {
  /// The cache of a node, as configuration files write it: capacities may be shares of the node's
  /// devices and budgets shares of the origin. `CacheConfiguration` is what becomes of it.
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
  }

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
    /// The cell's share of all accounts' limits, by its number of nodes.
    case automatic
    case fixed(requestsPerSecond: UInt64, bytesPerSecond: UInt64)
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

extension Scenario {
  /// What the nodes of a pool are configured with: its own cache section or the scenario's, with
  /// shares turned into bytes and rates. Nothing is scaled for sampling.
  public func coreConfiguration(of pool: Pool) -> CacheConfiguration {
    let settings = pool.cache ?? cache
    var core = CacheConfiguration()
    core.memoryBytes = settings.memoryBytes
    core.memoryEviction = settings.memoryEviction
    core.memoryAdmission = settings.memoryAdmission
    core.memoryHeadroomPermille = UInt16((settings.memoryHeadroom * 1_000).rounded())
    core.flashBytes = settings.flashCapacity.bytes(of: topology.nodeClass(of: pool).flashBytes)
    core.flashEviction = settings.flashEviction
    core.flashAdmission = settings.flashAdmission
    core.flashFill = settings.flashFill
    core.flashSegmentBytes = settings.flashSegmentBytes
    core.fetch = settings.fetch
    let budget = originBudget(of: pool)
    core.originRequestsPerSecond = budget.requestsPerSecond
    core.originBytesPerSecond = budget.bytesPerSecond
    if !settings.quotas.isEmpty {
      core.tenantQuotaPermille = tenants.map { tenant in
        let quota = settings.quotas.first { $0.tenant == tenant }
        return UInt16(((quota?.share ?? 1) * 1_000).rounded())
      }
    }
    return core
  }

  /// What one cell of a pool may ask of the origin; at least one request and one byte a second.
  public func originBudget(of pool: Pool) -> (requestsPerSecond: UInt64, bytesPerSecond: UInt64) {
    switch (pool.cache ?? cache).budget {
    case .fixed(let requests, let bytes):
      return (requests, bytes)
    case .automatic:
      let share = Double(pool.nodesPerCell) / Double(nodes)
      return (
        max(1, UInt64(Double(origin.totalRequestsPerSecond) * share)),
        max(1, UInt64(Double(origin.totalBytesPerSecond) * share))
      )
    }
  }
}
