import TarnCore

/// Whose data lies in which region, how the regions' caches are joined, and when a region is cut off.
struct RegionPlan: Sendable {
  /// A time in which no message crosses the border of a region.
  struct Cut: Sendable, Equatable {
    /// The region's number in the topology.
    var region: UInt8
    var start: Instant
    var end: Instant
  }

  /// Stands for "no home" in `homes`.
  static let none = UInt8.max

  /// The home region of each workload's data, by the workload's number.
  var homes: [UInt8] = []
  /// The tenant of each workload, by its number.
  var tenants: [TenantID] = []
  /// Whether a region reads another's cache.
  var joins = false
  var cuts: [Cut] = []
  /// The cells that stand in each region.
  var cells: [[Int]] = []
  /// Reads of another region's cache end by then.
  var poolTimeout: Nanoseconds = 2_000_000_000
  var egressDollarsPerGB = 0.0

  /// Whether a message between the two regions that leaves at `start` and would arrive at `end` is
  /// lost.
  func isCut(_ one: Int, _ other: Int, from start: Instant, to end: Instant) -> Bool {
    guard one != other else { return false }
    return cuts.contains { cut in
      (Int(cut.region) == one || Int(cut.region) == other) && cut.start <= end && start < cut.end
    }
  }
}

/// A block's place among the regions' data.
struct BlockHome: BitwiseCopyable {
  /// The region in whose accounts it lies.
  var region: UInt8
  /// Whose data: a workload's number.
  var workload: UInt8
  /// The object and its version, for workloads whose objects change.
  var object: UInt32 = 0
  var version: UInt32 = 0
}
