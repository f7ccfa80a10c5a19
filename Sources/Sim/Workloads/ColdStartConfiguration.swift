public import TarnCore

/// Every node of a job reads the same weights at once.
public struct ColdStartConfiguration: Sendable {
  /// The scenario's name for it.
  public var name: String
  /// "cold-start", or "scan": executors without GPUs that read a table once.
  public var kind = "cold-start"
  /// How its reads want to be treated.
  public var flags: ReadFlags = []
  /// This workload's number in the world.
  public var number: UInt8
  /// Chooses the sample and the nodes' first blocks.
  public var seed: UInt64
  /// Share of the blocks that is simulated, above 0, at most 1.
  public var samplingRate = 1.0
  /// Nanoseconds of an interval of the figures.
  public var intervalNanoseconds: Nanoseconds = 1_000_000_000
  /// A read's deadline, from each time it is issued.
  public var readTimeoutNanoseconds: Nanoseconds = 30_000_000_000
  /// A failed read is issued again after this long.
  public var retryDelayNanoseconds: Nanoseconds = 200_000_000
  /// The nodes that load.
  public var nodes: [NodeRange]
  /// GPUs of each that wait.
  public var gpusPerNode: UInt32
  /// What they load.
  public var weights: Dataset
  /// Shards of the weights: node k loads shard k mod `shards`; 1: every node loads all.
  public var shards: UInt32 = 1
  /// Reads that a node has outstanding at most, 1 to 64.
  public var depth: UInt16 = 16
  /// Nodes begin at a block of their own (hashed) and wrap around; else all at the first.
  public var rotated = false
  /// Whether no GPU computes before all nodes have loaded, as in a training job; else each node's GPUs
  /// begin when it has, as where every node serves.
  public var together = false
  /// When all begin.
  public var startsAt = Instant.zero

  /// `weights` into each of `nodes`.
  public init(
    name: String, number: UInt8, seed: UInt64, nodes: [NodeRange], gpusPerNode: UInt32,
    weights: Dataset
  ) {
    self.name = name
    self.number = number
    self.seed = seed
    self.nodes = nodes
    self.gpusPerNode = gpusPerNode
    self.weights = weights
  }
}
