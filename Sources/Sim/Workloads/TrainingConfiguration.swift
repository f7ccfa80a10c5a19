public import TarnCore

/// Training jobs that read their data sets through the cache.
public struct TrainingConfiguration: Sendable {
  /// The scenario's name for these jobs.
  public var name: String
  /// This workload's number in the world.
  public var number: UInt8
  /// Chooses epoch orders, phases and jitter.
  public var seed: UInt64
  /// Share of the blocks that is simulated, above 0, at most 1.
  public var samplingRate = 1.0
  /// Nanoseconds of an interval of the figures.
  public var intervalNanoseconds: Nanoseconds = 1_000_000_000
  /// A read's deadline, from each time it is issued.
  public var readTimeoutNanoseconds: Nanoseconds = 30_000_000_000
  /// A failed read is issued again after this long.
  public var retryDelayNanoseconds: Nanoseconds = 200_000_000
  /// A job waits this long for a lost node, then goes on without it.
  public var restartAfterNanoseconds: Nanoseconds = 30_000_000_000
  /// A node issues a step's first reads within this share of the step time, in thousandths.
  public var jitterPermille: UInt32 = 500
  /// Blocks that the cache is asked to keep ahead of an epoch-order reader; 0: no hints.
  ///
  /// Only without sampling: a sampled order is not the one that the core computes.
  public var hintWindow: UInt8 = 0
  /// The prefetch stream that reads name when there are hints.
  public var hintStream: UInt8 = 0
  /// The jobs.
  public var jobs: [TrainingJob]

  /// `jobs` under the workload number `number`.
  public init(name: String, number: UInt8, seed: UInt64, jobs: [TrainingJob]) {
    self.name = name
    self.number = number
    self.seed = seed
    self.jobs = jobs
  }
}

/// One data-parallel training job.
public struct TrainingJob: Sendable {
  /// In which order its nodes read.
  public enum Order: UInt8, Sendable, BitwiseCopyable {
    /// One shuffle an epoch over the whole data set: node k of n takes positions k, k + n, ...
    case epochShuffle
    /// Node k of n owns the k-th n-th of the data set and shuffles it anew each epoch.
    case staticShards
  }

  /// Its nodes, in order of rank.
  public var nodes: [NodeRange]
  /// GPUs of each node that work for it.
  public var gpusPerNode: UInt32
  /// What it reads.
  public var dataset: Dataset
  /// In which order.
  public var order: Order
  /// Bytes that each node needs for a step, its GPUs together.
  public var bytesPerStep: UInt64
  /// Compute time of a step, the all-reduce included.
  public var stepNanoseconds: Nanoseconds
  /// Reads that a node has outstanding at most, 1 to 64.
  public var readerDepth: UInt16 = 4
  /// Steps that a node's reader works ahead of the step that computes, 1 to 256.
  public var prefetchSteps: UInt32 = 2
  /// When it begins to read.
  public var startsAt = Instant.zero

  /// A job of `gpusPerNode` GPUs on each of `nodes`.
  public init(
    nodes: [NodeRange], gpusPerNode: UInt32, dataset: Dataset, order: Order, bytesPerStep: UInt64,
    stepNanoseconds: Nanoseconds
  ) {
    self.nodes = nodes
    self.gpusPerNode = gpusPerNode
    self.dataset = dataset
    self.order = order
    self.bytesPerStep = bytesPerStep
    self.stepNanoseconds = stepNanoseconds
  }

  /// A job whose nodes need `sampleBytes` for each sample of each GPU's batch.
  public init(
    nodes: [NodeRange], gpusPerNode: UInt32, dataset: Dataset, order: Order, sampleBytes: UInt64,
    samplesPerStepPerGPU: UInt32, stepNanoseconds: Nanoseconds
  ) {
    self.init(
      nodes: nodes, gpusPerNode: gpusPerNode, dataset: dataset, order: order,
      bytesPerStep: sampleBytes * UInt64(samplesPerStepPerGPU) * UInt64(gpusPerNode),
      stepNanoseconds: stepNanoseconds)
  }
}
