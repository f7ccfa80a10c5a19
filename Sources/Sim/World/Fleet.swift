import TarnCore

/// The nodes of a simulation: which cell, rack and class each is of, and how its core is configured.
///
/// Nodes are numbered cell by cell, so a node is its cell's first node plus its ordinal. Memory is
/// two bytes a node and a row a cell.
struct Fleet: Sendable {
  /// One cell: an AKS cluster whose nodes pool one cache.
  struct Cell: Sendable {
    var pool: Int
    var firstNode: UInt32
    var nodeCount: Int
    var nodesPerRack: Int
    /// The first of its racks in the fleet's numbering.
    var firstRack: Int
    var region: Int
    /// The zone, numbered from 0 over all regions.
    var zone: Int
    var nodeClass: Scenario.NodeClass
    /// Share of keys that its workloads simulate.
    var samplingRate: Double
    /// Capacities and budgets already scaled by the sampling rate.
    var configuration: CacheConfiguration
  }

  let cells: [Cell]
  private let cellOfNode: [UInt16]
  /// Racks in all.
  let rackCount: Int

  init(cells: [Cell]) {
    self.cells = cells
    cellOfNode = cells.indices.flatMap { cell in
      [UInt16](repeating: UInt16(cell), count: cells[cell].nodeCount)
    }
    rackCount = cells.reduce(0) { $0 + ($1.nodeCount + $1.nodesPerRack - 1) / $1.nodesPerRack }
  }

  var nodeCount: Int { cellOfNode.count }
  var cellCount: Int { cells.count }
  var gpuCount: Int { cells.reduce(0) { $0 + $1.nodeCount * $1.nodeClass.gpus } }

  func cell(of node: UInt32) -> Int { Int(cellOfNode[Int(node)]) }

  /// The node's ordinal in its cell.
  func ordinal(of node: UInt32) -> NodeID {
    NodeID(UInt16(node - cells[cell(of: node)].firstNode))
  }

  /// The node that `peer` names in the cell of `node`.
  func node(_ peer: NodeID, inCellOf node: UInt32) -> UInt32 {
    cells[cell(of: node)].firstNode + UInt32(peer.ordinal)
  }

  func nodes(ofCell cell: Int) -> Range<UInt32> {
    cells[cell].firstNode..<cells[cell].firstNode + UInt32(cells[cell].nodeCount)
  }

  /// The node's rack in the fleet's numbering.
  func rack(of node: UInt32) -> Int {
    let cell = cells[cell(of: node)]
    return cell.firstRack + Int(node - cell.firstNode) / cell.nodesPerRack
  }

  /// The nodes of rack `rack` of cell `cell`, counted within the cell.
  func nodes(ofRack rack: Int, inCell cell: Int) -> Range<UInt32> {
    let all = nodes(ofCell: cell)
    let first = all.lowerBound + UInt32(rack * cells[cell].nodesPerRack)
    return first..<min(all.upperBound, first + UInt32(cells[cell].nodesPerRack))
  }

  func racks(ofCell cell: Int) -> Int {
    (cells[cell].nodeCount + cells[cell].nodesPerRack - 1) / cells[cell].nodesPerRack
  }

  /// How the node stands in its cell's view. All nodes of a cell are of one class, so all weigh
  /// the same.
  func member(_ node: UInt32) -> Member {
    let cell = cells[cell(of: node)]
    return Member(
      node: ordinal(of: node), weight: .max, rack: UInt16(rack(of: node) - cell.firstRack),
      zone: UInt8(truncatingIfNeeded: cell.zone))
  }

  func configuration(of node: Int) -> CacheConfiguration {
    cells[Int(cellOfNode[node])].configuration
  }

  func configuration(ofCell cell: Int) -> CacheConfiguration { cells[cell].configuration }

  /// Real blocks that one simulated block of this node stands for.
  func weight(of node: UInt32) -> Double { 1 / cells[cell(of: node)].samplingRate }
}
