import TarnCore

/// What crossed the borders of regions, over the whole run, the warm-up included. Counts are scaled to
/// the whole fleet by each reader's own rate.
struct WanBooks {
  /// A block as a cell wants it.
  private struct CellBlock: Hashable {
    var cell: Int
    var key: BlockKey
  }

  /// Blocks that came from another region's cache, and from its accounts.
  private(set) var poolReads = 0.0
  private(set) var storeReads = 0.0
  private(set) var bytes = 0.0
  /// Messages that a cut swallowed, answers included.
  var lostMessages: UInt64 = 0
  /// How often each cell fetched each block over a border; only looked up and counted.
  private var fetches: [CellBlock: UInt32] = [:]
  private var simulatedReads: UInt64 = 0

  mutating func crossed(
    _ key: BlockKey, bytes count: UInt32, into cell: Int, fromPool: Bool, weight: Double
  ) {
    if fromPool { poolReads += weight } else { storeReads += weight }
    bytes += weight * Double(count)
    simulatedReads += 1
    fetches[CellBlock(cell: cell, key: key), default: 0] += 1
  }

  /// Figures for results, in a fixed order.
  func counters(_ plan: RegionPlan, seconds: Double) -> [SimulationResult.Counter] {
    let dollars = bytes / 1e9 * plan.egressDollarsPerGB
    let blocks = Double(fetches.count)
    return [
      .init("wan_pool_reads", poolReads.rounded(), unit: "count"),
      .init("wan_store_reads", storeReads.rounded(), unit: "count"),
      .init("wan_bytes", bytes.rounded(), unit: "bytes"),
      .init("wan_blocks_of_cells", blocks, unit: "count"),
      .init(
        "wan_reads_per_block", blocks > 0 ? Double(simulatedReads) / blocks : 0, unit: "ratio"),
      .init("wan_egress_dollars", dollars, unit: "dollars"),
      .init(
        "wan_egress_dollars_per_day", seconds > 0 ? dollars * 86_400 / seconds : 0,
        unit: "dollars"),
      .init("wan_messages_lost_in_cuts", Double(lostMessages), unit: "count"),
    ]
  }
}
