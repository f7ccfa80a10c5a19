import TarnCore

/// What becomes of a node of a job.
enum TrainingNodeState: UInt8, BitwiseCopyable {
  case up
  /// Gone, and its job waits for it.
  case awaited
  /// Gone, and its job goes on without it.
  case given
}

/// One node of one job. 64 bytes at most: a job of 25,000 is walked once a step.
struct TrainingNode: BitwiseCopyable {
  /// Slots whose block has not arrived.
  var used: UInt64 = 0
  /// Slots among them that wait to be issued again.
  var retrying: UInt64 = 0
  /// Its number in the world.
  var world: UInt32 = 0
  /// Its rank in its job.
  var rank: UInt32 = 0
  /// Its next position in the order: of the job's epoch, or of its shard's.
  var position: UInt32 = 0
  /// Its epoch.
  var epoch: UInt32 = 0
  /// Steps below this one may be read.
  var openSteps: UInt32 = 0
  /// Steps below this one are issued but for `left` blocks of the last.
  var issuedSteps: UInt32 = 0
  /// See `issuedSteps`.
  var left: UInt32 = 0
  /// Its phase of the step demand, in units of 2^-32.
  var phase: UInt32 = 0
  /// Its job.
  var job: UInt16 = 0
  /// Grows with each loss, so that answers from before it are recognised.
  var generation: UInt16 = 0
  var state = TrainingNodeState.up
}

/// One outstanding read.
struct ReadSlot: BitwiseCopyable {
  /// When it was first issued.
  var issuedAt = Instant.zero
  /// Which block of the data set, or of the prompt.
  var block: UInt32 = 0
  /// For which step.
  var step: UInt32 = 0
}

/// One job: the barrier, and its account of GPU time.
struct TrainingJobState: BitwiseCopyable {
  /// Its nodes are `firstNode ..< firstNode + nodeCount`.
  var firstNode: UInt32 = 0
  var nodeCount: UInt32 = 0
  /// Nodes that are gone: awaited, and given up.
  var awaited: UInt32 = 0
  var given: UInt32 = 0
  /// Steps whose blocks may be read.
  var opened: UInt32 = 0
  /// Steps whose computation has begun.
  var started: UInt32 = 0
  var began = false
  var computing = false
  /// GPU time is accounted for up to here.
  var settledAt = Instant.zero
  /// Index of its ring of missing blocks a step, and the ring's length less 1, a power of two.
  var firstMissing = 0
  var missingMask: UInt32 = 0
  var demand = StepDemand(bytesPerStep: 0, blockBytes: 1, rate: 1)
  var sample: SampledBlocks
  /// Copies of what the job's configuration says, beside what else a read needs.
  var dataset: Dataset
  var order = TrainingJob.Order.epochShuffle
  var depth: UInt16 = 1
  /// The prefetch stream of its reads, or none.
  var stream = PrefetchHint.noStream
  /// The orders of the epochs that its nodes are in, the even one and the odd one.
  var evenOrder = EpochOrder(seed: 0, count: 1)
  var oddOrder = EpochOrder(seed: 0, count: 1)
  var evenEpoch = UInt32.max
  var oddEpoch = UInt32.max
}
