public import TarnCore

/// Inference with KV reuse: a trace of prompts, replayed at many replicas.
///
/// Each replica is the recorded system once more, on a group of nodes of its own. It begins at a
/// hashed offset into the trace and wraps around, so that the replicas together are a steady load;
/// ids are salted by replica and repetition, so nothing is shared that was not shared in the
/// recording. Nothing is sampled: prompts of one session belong together, and a group of nodes
/// serves all that its replica gets at its full capacity.
///
/// A prompt is routed to a node of its replica, looks up how many of its leading blocks are cached,
/// loads them, waits for the node's prefill (serial, in order of loading), computes the remaining
/// tokens, gives its first token, and puts its new blocks one after the other. Where a block cannot
/// be loaded, it and all behind it are computed. Generated tokens are not put: traces do not name
/// their blocks.
///
/// GPU stall here is the time in which a node's prefill is idle while a prompt waits for its blocks.
public struct InferenceWorkload: Workload, ~Copyable {
  enum Code: UInt8 {
    case arrives, prefilled
  }

  let configuration: InferenceConfiguration
  let roster: NodeRoster
  let period: UInt64
  var nodes: FlatArray<InferenceNode>
  var replicas: FlatArray<InferenceReplica>
  var prompts: FlatArray<Prompt>
  var slots: FlatArray<ReadSlot>
  var freePrompts: [UInt32] = []
  var ledger: WorkloadLedger
  var tally = InferenceTally()
  var startedAt = Instant.zero

  /// The workload, ready to start.
  ///
  /// Nothing of `self` is read before all of it is set: Swift 6.3.1 then destroys parts of a
  /// noncopyable value that do not exist yet.
  public init(_ configuration: InferenceConfiguration) {
    precondition((1...64).contains(configuration.depth), "a prompt has 1 to 64 reads outstanding")
    precondition(configuration.blockTokens > 0, "a KV block has tokens")
    precondition(configuration.prefillTokensPerSecond > 0, "a node computes tokens")
    let roster = NodeRoster(configuration.nodes)
    let copies = configuration.copies
    precondition(copies > 0 && copies <= roster.count, "each replica has a node of its own")
    self.configuration = configuration
    self.roster = roster
    period = configuration.trace.period
    nodes = FlatArray(repeating: InferenceNode(), count: Int(roster.count))
    replicas = FlatArray(repeating: InferenceReplica(), count: Int(copies))
    prompts = FlatArray(repeating: Prompt(), count: 0)
    slots = FlatArray(repeating: ReadSlot(), count: 0)
    ledger = WorkloadLedger(intervalNanoseconds: configuration.intervalNanoseconds)
    var index = 0
    for range in configuration.nodes {
      for offset in 0..<range.count {
        nodes[index].world = range[offset]
        index += 1
      }
    }
    for replica in 0..<UInt64(copies) {
      let first = replica * UInt64(roster.count) / UInt64(copies)
      let end = (replica + 1) * UInt64(roster.count) / UInt64(copies)
      replicas[Int(replica)].firstNode = UInt32(first)
      replicas[Int(replica)].nodeCount = UInt32(end - first)
    }
  }

  public mutating func start(at now: Instant, into actions: inout WorkloadActions) {
    startedAt = now
    for node in 0..<nodes.count { nodes[node].settledAt = now }
    for replica in 0..<UInt32(replicas.count) {
      let hash = mix64(mix64(configuration.seed) ^ UInt64(replica))
      let offset = replica == 0 ? 0 : hash.multipliedFullWidth(by: period).high
      replicas[replica].base = now.nanoseconds &- offset
      replicas[replica].next = UInt32(configuration.trace.firstPrompt(from: offset))
      scheduleArrival(at: replica, into: &actions)
    }
  }

  public mutating func handle(
    _ event: WorkloadEvent, at now: Instant, into actions: inout WorkloadActions
  ) {
    guard let code = Code(rawValue: event.code) else {
      preconditionFailure("the event is of another workload")
    }
    switch code {
    case .arrives:
      admitPrompt(at: event.index, now: now, into: &actions)
      replicas[event.index].next += 1
      scheduleArrival(at: event.index, into: &actions)
    case .prefilled:
      guard prompts[event.index].generation == event.aux else { return }
      endPrefill(of: event.index, at: now, into: &actions)
    }
  }

  /// Schedules the replica's next prompt: one pending event a replica.
  private mutating func scheduleArrival(
    at replica: UInt32, into actions: inout WorkloadActions
  ) {
    let trace = configuration.trace
    if Int(replicas[replica].next) == trace.count {
      replicas[replica].next = 0
      replicas[replica].wraps += 1
      replicas[replica].base &+= period
    }
    let state = replicas[replica]
    let time = state.base &+ (trace.times[Int(state.next)] - trace.times[0])
    schedule(.arrives, index: replica, at: Instant(nanoseconds: time), into: &actions)
  }

  func schedule(
    _ code: Code, aux: UInt16 = 0, index: UInt32, at time: Instant,
    into actions: inout WorkloadActions
  ) {
    let event = WorkloadEvent(
      workload: configuration.number, code: code.rawValue, aux: aux, index: index)
    actions.append(.schedule(event, at: time))
  }
}

/// What all prompts did.
struct InferenceTally: Sendable {
  var timeToFirstToken = LatencyHistogram()
  var firstTokens: UInt64 = 0
  var promptBlocks: UInt64 = 0
  var prefixBlocks: UInt64 = 0
  var promptTokens: UInt64 = 0
  var computedTokens: UInt64 = 0
  var puts: UInt64 = 0
  var failedPuts: UInt64 = 0
  var restarted: UInt64 = 0
  var dropped: UInt64 = 0
  /// Nanoseconds, over all prompts with a first token.
  var loadTime = 0.0
  var timeToFirstTokenSum = 0.0
}
