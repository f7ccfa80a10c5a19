import TarnCore

/// One node: prefill is serial.
struct InferenceNode: BitwiseCopyable {
  /// Its number in the world.
  var world: UInt32 = 0
  /// Prompts that wait for their blocks here.
  var waiting: UInt32 = 0
  /// When the prefills that were begun so far end.
  var busyUntil = Instant.zero
  /// Its GPUs' time is accounted for up to here.
  var settledAt = Instant.zero
  var gone = false
}

/// One replica of the recorded system.
struct InferenceReplica: BitwiseCopyable {
  /// Its nodes are `firstNode ..< firstNode + nodeCount`.
  var firstNode: UInt32 = 0
  var nodeCount: UInt32 = 0
  /// Its next prompt in the trace, and how often it has begun the trace again.
  var next: UInt32 = 0
  var wraps: UInt32 = 0
  /// Simulated time of the trace's beginning; wraps around below 0.
  var base: UInt64 = 0
}

/// What a prompt waits for.
enum PromptPhase: UInt8, BitwiseCopyable {
  case free, lookingUp, loading, prefilling, putting
}

/// One prompt from its arrival to its last put.
struct Prompt: BitwiseCopyable {
  /// Slots whose block has not arrived.
  var used: UInt64 = 0
  /// What its ids are salted with: replicas and repetitions share nothing.
  var salt: UInt64 = 0
  var arrivedAt = Instant.zero
  var loadedAt = Instant.zero
  var node: UInt32 = 0
  var replica: UInt32 = 0
  /// Which prompt of the trace.
  var trace: UInt32 = 0
  /// Blocks that its tokens fill.
  var blocks: UInt32 = 0
  /// Leading blocks to load; shrinks to the first that could not be loaded.
  var wanted: UInt32 = 0
  /// Next block to load, then to put.
  var next: UInt32 = 0
  /// Grows with each new use and each loss of its node.
  var generation: UInt16 = 0
  var phase = PromptPhase.free
}
