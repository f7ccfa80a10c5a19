import TarnCore

/// The nodes of a simulation: where each stands, and how its core is configured.
struct Fleet: Sendable {
  /// What all nodes of a cell have in common, besides their place.
  struct Settings: Sendable {
    /// Share of keys that the cell's workloads simulate.
    var samplingRate: Double
    /// Capacities and budgets, scaled by the sampling rate.
    var configuration: CacheConfiguration
  }

  let topology: FleetTopology
  private let settings: [Settings]

  /// - Parameter settings: one a cell.
  init(_ topology: FleetTopology, settings: [Settings]) {
    precondition(settings.count == topology.cells.count, "every cell has its settings")
    self.topology = topology
    self.settings = settings
  }

  var nodeCount: Int { topology.nodeCount }
  var cellCount: Int { settings.count }

  func cell(of node: UInt32) -> Int { topology.cell(of: Int(node)) }
  func ordinal(of node: UInt32) -> NodeID { topology.ordinal(of: Int(node)) }
  func member(_ node: UInt32) -> Member { topology.member(Int(node)) }

  /// The node that `peer` names in the cell of `node`.
  func node(_ peer: NodeID, inCellOf node: UInt32) -> UInt32 {
    UInt32(topology.node(peer, in: cell(of: node)))
  }

  func nodes(ofCell cell: Int) -> Range<UInt32> {
    let nodes = topology.cells[cell].nodes
    return UInt32(nodes.lowerBound)..<UInt32(nodes.upperBound)
  }

  func settings(ofCell cell: Int) -> Settings { settings[cell] }
  func configuration(of node: UInt32) -> CacheConfiguration {
    settings[cell(of: node)].configuration
  }

  /// Real blocks that one simulated block of this node stands for.
  func weight(of node: UInt32) -> Double { 1 / settings[cell(of: node)].samplingRate }

  /// Whether the node's keys are sampled.
  func isSampled(_ node: UInt32) -> Bool { settings[cell(of: node)].samplingRate < 1 }
}
