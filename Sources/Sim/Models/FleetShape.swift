public import TarnCore

/// A fleet as a scenario describes it: cells of equal nodes, where they stand, and how far apart.
public struct FleetShape: Sendable, Equatable {
  /// Groups of equal cells.
  public var pools: [NodePool]
  /// Latencies inside a region.
  public var latency = NetworkLatency()
  /// Links between regions, each for both directions.
  public var regionLinks: [RegionLink]
  /// Payloads cross the links in pieces of so many bytes, so that those which share a link alternate;
  /// 0: whole, one after the other.
  public var pieceBytes: UInt32 = 0

  /// A fleet of these pools.
  public init(pools: [NodePool], regionLinks: [RegionLink] = []) {
    self.pools = pools
    self.regionLinks = regionLinks
  }
}

/// Equal cells: AKS clusters of one node class, in one region.
public struct NodePool: Sendable, Equatable {
  /// The most nodes of an AKS cluster (Azure's documented limit).
  public static let mostNodesOfCell = 5_000
  /// The most nodes of a node pool of an AKS cluster (Azure's documented limit); larger cells have
  /// several, filled in order of ordinals.
  public static let mostNodesOfNodePool = 1_000

  /// The name in scenarios and reports.
  public var name: String
  /// Cells.
  public var cells: Int
  /// Nodes of each cell.
  public var nodesPerCell: Int
  /// Nodes that share a rack; a cell's last rack may hold fewer.
  public var nodesPerRack: Int
  /// What each node is.
  public var nodeClass: NodeClass
  /// The region of all cells.
  public var region: String
  /// The zones of the cells: cell i stands in zone i modulo their number.
  public var zones: [String]
  /// True if every cell spreads its racks over all `zones` instead.
  public var cellsSpanZones = false
  /// A rack's link to the rest of the cell, each direction, bytes a second.
  public var rackBytesPerSecond: UInt64
  /// A cell's link to other cells, each direction, bytes a second; 0 if it never is the bottleneck.
  public var cellBytesPerSecond: UInt64 = 0

  /// Cells of equal nodes. Racks get the bandwidth of all their nodes unless said otherwise.
  public init(
    name: String, cells: Int, nodesPerCell: Int, nodesPerRack: Int, nodeClass: NodeClass,
    region: String = "region", zones: [String] = ["1"], rackBytesPerSecond: UInt64? = nil
  ) {
    self.name = name
    self.cells = cells
    self.nodesPerCell = nodesPerCell
    self.nodesPerRack = nodesPerRack
    self.nodeClass = nodeClass
    self.region = region
    self.zones = zones
    self.rackBytesPerSecond =
      rackBytesPerSecond ?? nodeClass.nicBytesPerSecond &* UInt64(max(nodesPerRack, 0))
  }
}

/// Round-trip times by locality, nanoseconds; one way takes half.
public struct NetworkLatency: Sendable, Equatable, BitwiseCopyable {
  /// Two nodes of a rack.
  public var rack: Nanoseconds = 100_000
  /// Two racks of a zone, in one cell or in two.
  public var zone: Nanoseconds = 900_000
  /// Two zones of a region.
  public var crossZone: Nanoseconds = 1_600_000

  /// The round-trip times of Azure's documentation and measurements.
  public init() {}
}

/// The link between two regions.
public struct RegionLink: Sendable, Equatable {
  /// One end.
  public var one: String
  /// The other end.
  public var other: String
  /// Round-trip time, nanoseconds.
  public var roundTrip: Nanoseconds
  /// Each direction, bytes a second, all cells together.
  public var bytesPerSecond: UInt64

  /// A link between `one` and `other`.
  public init(one: String, other: String, roundTrip: Nanoseconds, bytesPerSecond: UInt64) {
    self.one = one
    self.other = other
    self.roundTrip = roundTrip
    self.bytesPerSecond = bytesPerSecond
  }

  func joins(_ left: String, _ right: String) -> Bool {
    (one == left && other == right) || (one == right && other == left)
  }
}

/// A fleet that cannot be: which field, what is wrong with it and what would be right.
public struct TopologyError: Error, Equatable, CustomStringConvertible {
  /// The field, as a path from the fleet: `pools[2].nodesPerCell`.
  public var field: String
  /// What is wrong and what would be right.
  public var problem: String

  init(_ field: String, _ problem: String) {
    self.field = field
    self.problem = problem
  }

  public var description: String { "\(field): \(problem)" }
}
