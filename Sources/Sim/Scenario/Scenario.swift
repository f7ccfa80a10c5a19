public import TarnCore
public import TarnSettings

/// What is simulated: a fleet, its cache, its origin, its workloads, its faults and what is asked
/// of them. Read from YAML by `Scenario.init(yaml:file:overrides:)`; `scenarios/SCHEMA.md` lists
/// every key.
///
/// A scenario that was read is sound: every name resolves, every number lies within its bounds, and
/// the jobs fit the fleet.
public struct Scenario: Sendable, Equatable {
  /// Short name, also the export's title.
  public var name = ""
  /// One or two sentences about what it is for.
  public var description = ""
  /// Seed of every random stream.
  public var seed: UInt64 = 1
  /// Simulated time, the warm-up included.
  public var durationNanoseconds: Nanoseconds = 0
  /// Simulated time before figures are counted.
  public var warmupNanoseconds: Nanoseconds = 0
  /// Which keys are simulated.
  public var sampling = Sampling()
  /// Regions, pools and node classes.
  public var topology = Topology()
  /// The cache of every node; `Pool.cache` holds a pool's own.
  public var cache = CacheSettings()
  /// The object store.
  public var origin = Origin()
  /// How regions' caches are joined.
  public var federation = Federation()
  /// What the fleet does, in the order of the file.
  public var workloads: [Workload] = []
  /// What breaks.
  public var faults = Faults()
  /// What a comparison of designs needs to know.
  public var comparison = Comparison()
  /// What readers of objects are promised, by operation and consistency, in the order of the file.
  public var contract: [ContractTerm] = []
  /// Service-level objectives, in the order of the file.
  public var objectives: [Objective] = []
  /// Folders in which relative paths are looked up, in this order.
  public var searchFolders: [String] = ["."]

  /// An empty scenario with the defaults of the schema.
  public init() {}

  /// What `tarn compare` needs besides.
  public struct Comparison: Sendable, Equatable {
    /// What a GPU costs, dollars an hour.
    public var gpuDollarsPerHour = 3.0
    /// How often a day that happens which the scenario shows; nil: span after span, all day.
    public var timesPerDay: Double?
    /// GPUs of the fleet for which the scenario stands; nil: only for itself.
    public var fleetGPUs: Int?
    /// Values of designs' assumptions that differ from their defaults, by the assumption's key.
    public var assumptions: [Assumption] = []
    public init() {}

    /// An assumption's value.
    public struct Assumption: Sendable, Equatable {
      public var key: String
      public var value: Double
      public init(key: String, value: Double) {
        self.key = key
        self.value = value
      }
    }
  }

  /// Which keys are simulated (SHARDS, Waldspurger et al., FAST '15: by a hash of the key).
  public struct Sampling: Sendable, Equatable {
    /// Share of keys, above 0, at most 1.
    public var rate = 1.0
    /// The smaller fleet on which the sampled run is compared with an unsampled one; nil for none.
    public var reference: Reference?
    public init() {}
  }

  /// A smaller fleet that is run twice, unsampled and sampled, to measure the sampling's error.
  public struct Reference: Sendable, Equatable {
    public var nodes: Int
    public var durationNanoseconds: Nanoseconds
    /// The rate of its sampled run.
    public var rate: Double
    public init(nodes: Int, durationNanoseconds: Nanoseconds, rate: Double) {
      self.nodes = nodes
      self.durationNanoseconds = durationNanoseconds
      self.rate = rate
    }
  }
}

extension Scenario {
  /// Nodes of all pools.
  public var nodes: Int { topology.pools.reduce(0) { $0 + $1.nodes } }

  /// GPUs of all pools.
  public var gpus: Int {
    topology.pools.reduce(0) { $0 + $1.nodes * topology.nodeClass(of: $1).gpus }
  }

  /// Tenants in the order of their numbers: by first appearance among the workloads.
  public var tenants: [String] {
    var names: [String] = []
    for workload in workloads where !names.contains(workload.tenant) {
      names.append(workload.tenant)
    }
    return names
  }

  /// The number of a workload's tenant, its position in `tenants`.
  public func tenant(of workload: Workload) -> TenantID {
    TenantID(UInt16(tenants.firstIndex(of: workload.tenant) ?? 0))
  }
}
