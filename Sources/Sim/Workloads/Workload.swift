public import TarnCore

/// Something that drives simulated nodes with requests: training readers, a cold start, inference.
///
/// A workload is told what happened and appends what it wants to a buffer that the world owns, as
/// a core does; it knows no model and no other workload. The world delivers everything in time
/// order, and events for the same instant in the order in which they were scheduled.
///
/// Nodes are numbered by the world, `0 ..< 2^32`. Each of a workload's requests gets exactly one
/// answer unless its node is lost; an answer that comes after the loss is recognised and ignored.
public protocol Workload: ~Copyable {
  /// Begins. Called once, before everything else.
  mutating func start(at now: Instant, into actions: inout WorkloadActions)

  /// The time of an event that this workload scheduled has come.
  mutating func handle(
    _ event: WorkloadEvent, at now: Instant, into actions: inout WorkloadActions)

  /// A read or put of this workload was answered; `now` is when its bytes are with the client.
  mutating func completed(_ reply: Reply, at now: Instant, into actions: inout WorkloadActions)

  /// A prefix look-up of this workload was answered.
  mutating func prefixAnswered(
    _ reply: PrefixReply, at now: Instant, into actions: inout WorkloadActions)

  /// World node `node` is gone, with all that it held and all that it was asked.
  ///
  /// Told to every workload, whether the node is one of its own or not.
  mutating func nodeLost(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions)

  /// World node `node` is back and answers again.
  mutating func nodeReturned(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions)

  /// The warm-up is over: figures count from now on.
  mutating func startCounting(at now: Instant)

  /// Closes the books at the simulation's end. Nothing is called after it.
  mutating func finish(at end: Instant) -> WorkloadFigures
}

/// What a workload schedules for itself, to be given back by `handle`. 8 bytes.
public struct WorkloadEvent: BitwiseCopyable, Sendable, Equatable {
  /// Which workload, its number in the world.
  public var workload: UInt8
  /// What kind of event, as the workload defines it.
  public var code: UInt8
  /// The workload's own.
  public var aux: UInt16
  /// The workload's own: a node, a job, a replica.
  public var index: UInt32

  /// An event of workload `workload`.
  public init(workload: UInt8, code: UInt8, aux: UInt16 = 0, index: UInt32) {
    self.workload = workload
    self.code = code
    self.aux = aux
    self.index = index
  }
}

/// What a workload wants from the world. Plain values, no references.
public enum WorkloadAction: BitwiseCopyable, Sendable {
  /// Deliver `Input.read` to this node, at this time.
  case read(node: UInt32, ReadRequest, at: Instant)
  /// Deliver `Input.hint` to this node, now.
  case hint(node: UInt32, PrefetchHint)
  /// Deliver `Input.lookUpPrefix` to this node, now, with the keys of `chain` as the step's keys.
  case lookUpPrefix(node: UInt32, PrefixRequest, chain: KVChainReference)
  /// Deliver `Input.put` to this node, now.
  case put(node: UInt32, PutRequest)
  /// Call `handle` with this event at this time.
  case schedule(WorkloadEvent, at: Instant)
  /// Call `handle` with this event when a message from one node has reached the other; never if it
  /// is lost on the way.
  case message(WorkloadEvent, from: UInt32, to: UInt32)
  /// The same when a question of `node` has reached the storage accounts of a region.
  case askStore(WorkloadEvent, node: UInt32, region: UInt8)
  /// The same when the accounts' answer about `blob` has reached `node`; `failed` if they refused.
  case answerFromStore(
    WorkloadEvent, failed: WorkloadEvent, blob: UInt64, region: UInt8, node: UInt32)
}

/// A run of keys in the buffer that also holds the action, see `WorkloadActions.keys`.
public struct KVChainReference: BitwiseCopyable, Sendable, Equatable {
  /// Index of the chain's first key.
  public var first: UInt32
  /// Keys in the chain.
  public var count: UInt32
  /// The keys as a range of indices of `WorkloadActions.keys`.
  public var range: Range<Int> { Int(first)..<Int(first) + Int(count) }

  /// The chain of `count` keys from index `first` on.
  public init(first: UInt32, count: UInt32) {
    self.first = first
    self.count = count
  }
}
