public import TarnCore
public import TarnSettings

extension Scenario {
  /// Where the nodes are and how far apart.
  public struct Topology: Sendable, Equatable {
    public var regions: [Region] = []
    /// Round-trip times between regions; every pair of regions is listed once.
    public var regionRoundTrips: [RegionRoundTrip] = []
    /// Where they come from, if a file states them.
    public var regionSource: String?
    /// A link between two regions, each direction: an assumption (clouds publish none), 10 Tb/s.
    public var regionBytesPerSecond: UInt64 = 1_250_000_000_000
    /// What a gigabyte costs that leaves a region for another. Assumed: Azure's price within a
    /// continent as remembered; between continents it is more.
    public var egressDollarsPerGB = 0.02
    public var network = Network()
    public var pools: [Pool] = []
    /// Node classes by name: the built-in ones and the scenario's own, in order of name.
    public var classes: [NodeClass] = NodeClass.builtIn

    public init() {}

    /// The class of a pool's nodes.
    public func nodeClass(of pool: Pool) -> NodeClass {
      guard let found = classes.first(where: { $0.name == pool.className }) else {
        preconditionFailure("pool \(pool.name) names an unknown class, \(pool.className)")
      }
      return found
    }
  }

  /// A region with its availability zones, numbered from 1.
  public struct Region: Sendable, Equatable {
    public var name: String
    public var zones: Int
    public init(name: String, zones: Int) {
      self.name = name
      self.zones = zones
    }
  }

  /// The round-trip time of a pair of regions.
  public struct RegionRoundTrip: Sendable, Equatable {
    public var first: String
    public var second: String
    public var nanoseconds: Nanoseconds
    public init(first: String, second: String, nanoseconds: Nanoseconds) {
      self.first = first
      self.second = second
      self.nanoseconds = nanoseconds
    }
  }

  /// Round trips within a region and how much of the nodes' bandwidth crosses the switches.
  public struct Network: Sendable, Equatable {
    public var rackRoundTripNanoseconds: Nanoseconds = 100_000
    public var zoneRoundTripNanoseconds: Nanoseconds = 900_000
    public var crossZoneRoundTripNanoseconds: Nanoseconds = 1_600_000
    /// Bandwidth of a rack's NICs over that of its uplink; 1 for a network that never blocks.
    public var rackOversubscription = 1.0
    /// Bandwidth of a cell's rack uplinks over that of its spine.
    public var spineOversubscription = 1.0
    /// Bytes of a payload that cross before another's turn comes; 0: payloads cross whole.
    public var interleaveBytes: UInt32 = 0
    public init() {}
  }

  /// Cells of equal nodes. A cell is an AKS cluster: its nodes pool one cache.
  public struct Pool: Sendable, Equatable {
    public var name: String
    public var region: String
    /// Zones, numbered from 1; cell i lies in `zones[i % zones.count]`.
    public var zones: [Int]
    public var cells: Int
    public var nodesPerCell: Int
    public var nodesPerRack: Int
    /// Name of the node class.
    public var className: String
    /// This pool's cache where it differs from the scenario's; complete, not only the difference.
    public var cache: CacheSettings?

    public init(
      name: String, region: String, zones: [Int], cells: Int, nodesPerCell: Int, nodesPerRack: Int,
      className: String, cache: CacheSettings? = nil
    ) {
      self.name = name
      self.region = region
      self.zones = zones
      self.cells = cells
      self.nodesPerCell = nodesPerCell
      self.nodesPerRack = nodesPerRack
      self.className = className
      self.cache = cache
    }

    /// Nodes of all cells.
    public var nodes: Int { cells * nodesPerCell }
    /// Racks of one cell, the last of which may be part full.
    public var racksPerCell: Int { (nodesPerCell + nodesPerRack - 1) / nodesPerRack }
  }

  /// Most nodes of an AKS cluster (learn.microsoft.com/azure/aks/quotas-skus-regions).
  public static let nodesPerCellLimit = 5_000
}
