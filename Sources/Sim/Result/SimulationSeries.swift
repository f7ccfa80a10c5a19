/// What happened over time and over the fleet: the material of charts, exports and notebooks.
public struct SimulationSeries: Codable, Sendable {
  /// One interval of simulated time.
  public struct Interval: Codable, Sendable {
    /// Start, seconds of simulated time.
    public var time = 0.0
    /// Share of GPU time in this interval that waited for data.
    public var gpuStallFraction = 0.0
    /// Share of GPU time in this interval that was gone, or waited for nodes that were.
    public var gpuLostFraction = 0.0
    /// Reads answered, by source; counts of sampled blocks.
    public var memoryHits: UInt64 = 0
    public var flashHits: UInt64 = 0
    public var peerHits: UInt64 = 0
    public var originReads: UInt64 = 0
    public var failures: UInt64 = 0
    /// Origin requests and 503s a second, and bytes a second, scaled to the whole fleet.
    public var originRequestsPerSecond = 0.0
    /// The same of each path, in the scenario's order; empty if it names none.
    public var originPathRequestsPerSecond: [Double] = []
    public var originThrottledPerSecond = 0.0
    public var originBytesPerSecond = 0.0
    /// Nodes that were down at the interval's end.
    public var nodesDown = 0
    public init() {}
  }
  /// A point of a cumulative distribution.
  public struct Quantile: Codable, Sendable {
    /// Share of values at or below `value`, 0 to 1.
    public var share: Double
    public var value: Double
    public init(share: Double, value: Double) {
      self.share = share
      self.value = value
    }
  }
  /// One link and how busy it was.
  public struct Link: Codable, Sendable {
    public var name: String
    /// Mean share of its bandwidth in use over the run.
    public var utilisation: Double
    /// Bytes carried, scaled to the whole fleet.
    public var bytes: Double
    public init(name: String, utilisation: Double, bytes: Double) {
      self.name = name
      self.utilisation = utilisation
      self.bytes = bytes
    }
  }
  /// A latency distribution with its name ("all reads", "memory", "peer", ...), microseconds.
  public struct Distribution: Codable, Sendable {
    public var name: String
    public var quantiles: [Quantile]
    public init(name: String, quantiles: [Quantile]) {
      self.name = name
      self.quantiles = quantiles
    }
  }

  /// The intervals, in order; equal length.
  public var intervals: [Interval] = []
  /// Seconds of one interval.
  public var intervalSeconds = 1.0
  /// Latency of reads by source, microseconds.
  public var latency: [Distribution] = []
  /// The cell budgets' sum: the limit that the origin chart draws.
  public var originBudgetRequestsPerSecond = 0.0
  public var originBudgetBytesPerSecond = 0.0
  /// The busiest links, busiest first, at most 20.
  public var busiestLinks: [Link] = []
  /// Mean share of its bandwidth in use over the run, of the busiest node's flash.
  public var busiestFlashUtilisation = 0.0
  /// Copies given of one block: `quantiles` over blocks that were given at all.
  public var blockFanOut: [Quantile] = []
  /// Bytes given by a node over the mean of all nodes: quantiles over nodes.
  public var loadImbalance: [Quantile] = []

  public init() {}
}
