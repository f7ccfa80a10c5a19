import TarnCore
import TarnSim

/// A class of nodes with round numbers: 1 byte takes 1 ns on the NIC.
func plainClass() -> NodeClass {
  NodeClass(
    name: "plain", gpus: 4, nicBytesPerSecond: 1_000_000_000, drives: 2,
    driveReadBytesPerSecond: 1_000_000_000, driveWriteBytesPerSecond: 500_000_000,
    driveReadsPerSecond: 100_000, driveWritesPerSecond: 50_000, flashBytes: 1 << 40,
    memoryBytesPerSecond: 10_000_000_000, memoryBytes: 1 << 36)
}

/// Two cells in each of two regions, of two racks of three nodes; 24 nodes. Cells 0 and 1 stand in
/// two zones of "west". Racks pass 2 bytes a ns, cells 1, regions 0.5.
func plainShape() -> FleetShape {
  var west = NodePool(
    name: "west", cells: 2, nodesPerCell: 6, nodesPerRack: 3, nodeClass: plainClass(),
    region: "west", zones: ["1", "2"], rackBytesPerSecond: 2_000_000_000)
  west.cellBytesPerSecond = 1_000_000_000
  var east = west
  east.name = "east"
  east.region = "east"
  return FleetShape(
    pools: [west, east],
    regionLinks: [
      RegionLink(one: "west", other: "east", roundTrip: 60_000_000, bytesPerSecond: 500_000_000)
    ])
}

/// Seeded random numbers for tests.
struct ModelRandom {
  private var state: UInt64
  init(seed: UInt64) { state = mix64(seed) }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return mix64(state)
  }
  /// A number in 0 ..< `bound`.
  mutating func next(below bound: UInt64) -> UInt64 { next() % bound }
}

func at(_ nanoseconds: UInt64) -> Instant { Instant(nanoseconds: nanoseconds) }
