import TarnCore

/// Everything that a world is made of, worked out from a scenario before the run.
struct SimulationPlan: ~Copyable {
  var fleet: Fleet
  var models: Models
  var workloads: Workloads
  var faults: FaultSchedule
  /// Data sets of which a share lies on its owners' flash at the start.
  var warm: [WarmData]
  /// Paths to the origin that the scenario names; 0 if it names none.
  var pathCount = 0
  /// Sentences that the report must carry.
  var notes: [String]
  /// What is not Tarn's own about the caches.
  var traits = DesignTraits()
  /// The cache that takes the cores' place; nil for the cores themselves.
  var standIn: (any StandIn)?
  /// Where data is at home; nil if that is the same for all.
  var regions: RegionPlan?
  var checksInvariants = false
  /// The node whose decisions are recorded; nil for none.
  var recordedNode: UInt32?
}

/// A data set, or its sample, that some cells hold already when the run begins.
struct WarmData {
  var dataset: Dataset
  var sample: SampledBlocks
  /// The cells whose nodes read it: each pools its own copy.
  var cells: [Int]
  /// Share of the blocks that are there, 0 to 1.
  var share: Double
  /// Who reads which of the sampled blocks, for designs in which each node keeps its own.
  var readers: [Reader] = []

  /// A node and the sampled blocks that it reads: `first ..< first + count`.
  struct Reader {
    var node: UInt32
    var first: UInt32
    var count: UInt32
  }
}
