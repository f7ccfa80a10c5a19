public import TarnCore

/// Which node stands where: built once from a shape, 8 bytes a node. Nodes are numbered from 0
/// through all cells; so are racks, cells, zones and regions.
public struct FleetTopology: Sendable {
  /// Where a node stands.
  struct Place: BitwiseCopyable, Sendable {
    var rack: UInt32
    var cell: UInt16
    var zone: UInt8
    var region: UInt8
  }

  /// A cell: a run of nodes and of racks.
  public struct Cell: Sendable, Equatable {
    /// Its nodes.
    public var nodes: Range<Int>
    /// Its racks.
    public var racks: Range<Int>
    /// Which pool of the shape it belongs to.
    public var pool: Int
  }

  /// The shape that it was built from.
  public let shape: FleetShape
  /// The cells.
  public let cells: [Cell]
  /// Regions' names by number.
  public let regions: [String]
  /// Zones' names by number, as "region/zone".
  public let zones: [String]
  /// Racks.
  public let rackCount: Int
  /// GPUs of all nodes.
  public let gpuCount: Int
  let places: [Place]

  /// Lays `shape` out; throws for what cannot be.
  public init(_ shape: FleetShape) throws(TopologyError) {
    try shape.validate()
    self.shape = shape
    let regions = shape.regionNames
    let zones = shape.zoneNames
    var places: [Place] = []
    places.reserveCapacity(shape.pools.reduce(0) { $0 + $1.cells * $1.nodesPerCell })
    var cells: [Cell] = []
    var racks = 0
    for (poolIndex, pool) in shape.pools.enumerated() {
      let region = UInt8(regions.firstIndex(of: pool.region) ?? 0)
      let poolZones = pool.zones.map { zone in
        UInt8(zones.firstIndex(of: "\(pool.region)/\(zone)") ?? 0)
      }
      for index in 0..<pool.cells {
        let firstRack = racks
        racks += (pool.nodesPerCell + pool.nodesPerRack - 1) / pool.nodesPerRack
        let first = places.count
        for ordinal in 0..<pool.nodesPerCell {
          let rack = ordinal / pool.nodesPerRack
          let zone = poolZones[(pool.cellsSpanZones ? rack : index) % poolZones.count]
          places.append(
            Place(
              rack: UInt32(firstRack + rack), cell: UInt16(cells.count), zone: zone,
              region: region))
        }
        cells.append(
          Cell(nodes: first..<places.count, racks: firstRack..<racks, pool: poolIndex))
      }
    }
    self.regions = regions
    self.zones = zones
    self.places = places
    self.cells = cells
    rackCount = racks
    gpuCount = shape.pools.reduce(0) { $0 + $1.cells * $1.nodesPerCell * $1.nodeClass.gpus }
  }

  /// Nodes.
  public var nodeCount: Int { places.count }
  /// The node's cell.
  public func cell(of node: Int) -> Int { Int(places[node].cell) }
  /// The node's rack, numbered through the fleet.
  public func rack(of node: Int) -> Int { Int(places[node].rack) }
  /// The node's zone.
  public func zone(of node: Int) -> Int { Int(places[node].zone) }
  /// The node's region.
  public func region(of node: Int) -> Int { Int(places[node].region) }
  /// The node's number in its cell.
  public func ordinal(of node: Int) -> NodeID {
    NodeID(UInt16(node - cells[cell(of: node)].nodes.lowerBound))
  }
  /// The node with this number in `cell`.
  public func node(_ ordinal: NodeID, in cell: Int) -> Int {
    let node = cells[cell].nodes.lowerBound + Int(ordinal.ordinal)
    precondition(node < cells[cell].nodes.upperBound, "the cell has fewer nodes")
    return node
  }
  /// The AKS node pool of the node, counted in its cell: what is upgraded together.
  public func nodePool(of node: Int) -> Int {
    Int(ordinal(of: node).ordinal) / NodePool.mostNodesOfNodePool
  }
  /// What the node is made of.
  public func nodeClass(of node: Int) -> NodeClass {
    shape.pools[cells[cell(of: node)].pool].nodeClass
  }
  /// The nodes of a rack.
  public func nodes(inRack rack: Int) -> Range<Int> {
    var low = 0
    var high = cells.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if cells[middle].racks.lowerBound <= rack { low = middle } else { high = middle - 1 }
    }
    let cell = cells[low]
    precondition(cell.racks.contains(rack), "the fleet has fewer racks")
    let size = shape.pools[cell.pool].nodesPerRack
    let first = cell.nodes.lowerBound + (rack - cell.racks.lowerBound) * size
    return first..<min(first + size, cell.nodes.upperBound)
  }

  /// The view in which all nodes of `cell` are members, with equal weights and their failure domains.
  public func clusterView(ofCell cell: Int, version: UInt64 = 1) -> ClusterView {
    let nodes = cells[cell].nodes
    return ClusterView(
      version: version, capacity: nodes.count, members: nodes.map { member($0) })
  }

  /// The node as a member of its cell.
  public func member(_ node: Int) -> Member {
    let cell = cells[cell(of: node)]
    return Member(
      node: ordinal(of: node), rack: UInt16(rack(of: node) - cell.racks.lowerBound),
      zone: UInt8(zone(of: node)))
  }
}
