import TarnCore
import TarnSim
import Testing

struct FleetTopologyTests {
  @Test func `nodes, racks, cells, zones and regions are numbered in order`() throws {
    let fleet = try FleetTopology(plainShape())
    #expect(fleet.nodeCount == 24)
    #expect(fleet.gpuCount == 96)
    #expect(fleet.rackCount == 8)
    #expect(fleet.cells.map(\.nodes) == [0..<6, 6..<12, 12..<18, 18..<24])
    #expect(fleet.regions == ["west", "east"])
    #expect(fleet.zones == ["west/1", "west/2", "east/1", "east/2"])
    #expect(fleet.cell(of: 17) == 2)
    #expect(fleet.rack(of: 17) == 5)
    #expect(fleet.zone(of: 17) == 2)
    #expect(fleet.region(of: 17) == 1)
    #expect(fleet.ordinal(of: 17) == NodeID(5))
    #expect(fleet.node(NodeID(5), in: 2) == 17)
    #expect(fleet.nodes(inRack: 5) == 15..<18)
    #expect(fleet.nodeClass(of: 17).name == "plain")
  }

  @Test func `a cell's last rack may hold fewer, and racks never span cells`() throws {
    let pool = NodePool(
      name: "p", cells: 2, nodesPerCell: 20, nodesPerRack: 18, nodeClass: .gb200)
    let fleet = try FleetTopology(FleetShape(pools: [pool]))
    #expect(fleet.rackCount == 4)
    #expect((0..<4).map { fleet.nodes(inRack: $0) } == [0..<18, 18..<20, 20..<38, 38..<40])
  }

  @Test func `a cell that spans zones spreads its racks over them`() throws {
    var pool = NodePool(
      name: "p", cells: 1, nodesPerCell: 8, nodesPerRack: 2, nodeClass: .h100,
      zones: ["1", "2", "3"])
    pool.cellsSpanZones = true
    let fleet = try FleetTopology(FleetShape(pools: [pool]))
    #expect((0..<8).map { fleet.zone(of: $0) } == [0, 0, 1, 1, 2, 2, 0, 0])
  }

  @Test func `AKS node pools are runs of 1,000 nodes of a cell`() throws {
    let pool = NodePool(
      name: "p", cells: 2, nodesPerCell: 2_500, nodesPerRack: 18, nodeClass: .gb200)
    let fleet = try FleetTopology(FleetShape(pools: [pool]))
    #expect(fleet.nodePool(of: 999) == 0)
    #expect(fleet.nodePool(of: 2_499) == 2)
    #expect(fleet.nodePool(of: 2_500) == 0)
  }

  @Test func `a cell's view has every node with its rack and zone`() throws {
    let fleet = try FleetTopology(plainShape())
    let view = fleet.clusterView(ofCell: 3)
    #expect(view.count == 6)
    #expect(view.capacity == 6)
    #expect((0..<6).map { view.rack(of: NodeID($0)) } == [0, 0, 0, 1, 1, 1])
    #expect(view.zone(of: NodeID(0)) == 3)
  }

  /// Each shape, and the start of what is said about it.
  @Test(arguments: [
    (0, "pools: is empty"),
    (1, "pools[0].nodesPerCell: 5001 is outside 1 to 5000, the bounds of an AKS cluster's nodes"),
    (2, "pools[1].name: \"west\" is taken"),
    (3, "regionLinks: has no link between \"west\" and \"east\""),
    (4, "pools[0].nodeClass.nicBytesPerSecond: 0 is outside 1 to"),
    (5, "pools[1].zones: is empty"),
    (6, "regionLinks[0]: names region \"north\", in which no pool stands"),
    (7, "pools: have 50000000 nodes; at most 2000000"),
    (8, "pools[0].cells: 0 is outside 1 to 10000"),
    (9, "pools[0].nodesPerRack: -1 is outside 1 to 5000"),
  ])
  func `an impossible fleet is refused by field and bound`(
    _ vector: (number: Int, message: String)
  ) {
    var shape = plainShape()
    switch vector.number {
    case 0: shape.pools = []
    case 1: shape.pools[0].nodesPerCell = 5_001
    case 2: shape.pools[1].name = "west"
    case 3: shape.regionLinks = []
    case 4: shape.pools[0].nodeClass.nicBytesPerSecond = 0
    case 5: shape.pools[1].zones = []
    case 6: shape.regionLinks[0].one = "north"
    case 7:
      shape.pools[0].nodesPerCell = 5_000
      shape.pools[0].cells = 10_000
      shape.pools.removeLast()
      shape.regionLinks = []
    case 8: shape.pools[0].cells = 0
    default: shape.pools[0].nodesPerRack = -1
    }
    do {
      _ = try FleetTopology(shape)
      Issue.record("the fleet was accepted")
    } catch {
      #expect(error.description.hasPrefix(vector.message), "\(error)")
    }
  }
}
