public import TarnCore

/// A model's cold start: every node of a job reads the same weights at once; or a scan, whose
/// executors, which have no GPUs, read a part of a table each.
///
/// From a given time on each node reads all blocks of the weights, or its shard of them, with a
/// fixed number of reads outstanding. Its GPUs stall until its last block has arrived, or, in a job
/// that starts together, until that of the slowest node has. A node that is lost while it loads begins anew when it returns, its time counted from the common start; one
/// that is lost after it has loaded only loses its GPUs' time.
public struct ColdStartWorkload: Workload, ~Copyable {
  enum Code: UInt8 {
    case begins, retry
  }

  /// What becomes of a node.
  enum Phase: UInt8, BitwiseCopyable {
    case idle, loading
    /// It has loaded; others of its job have not.
    case waiting
    case loaded
  }

  /// One node. 48 bytes.
  struct Node: BitwiseCopyable {
    /// Slots whose block has not arrived, and those among them that wait to be issued again.
    var used: UInt64 = 0
    var retrying: UInt64 = 0
    /// Its GPUs' time is accounted for up to here.
    var settledAt = Instant.zero
    var world: UInt32 = 0
    /// Blocks of its share that are issued, and those that have arrived.
    var issued: UInt32 = 0
    var arrived: UInt32 = 0
    var generation: UInt16 = 0
    var phase = Phase.idle
    var gone = false
  }

  let configuration: ColdStartConfiguration
  let roster: NodeRoster
  let sample: SampledBlocks
  var nodes: FlatArray<Node>
  var slots: FlatArray<ReadSlot>
  var ledger: WorkloadLedger
  var loadTimes = LatencyHistogram()
  var slowest: Nanoseconds = 0
  var beganAt = Instant.never
  /// Nodes that have not loaded, those that are gone among them.
  var loadingNodes = 0

  /// The workload, ready to start.
  ///
  /// Nothing of `self` is read before all of it is set: Swift 6.3.1 then destroys parts of a
  /// noncopyable value that do not exist yet.
  public init(_ configuration: ColdStartConfiguration) {
    precondition((1...64).contains(configuration.depth), "a loader has 1 to 64 reads outstanding")
    precondition(configuration.shards > 0, "weights have one shard at least")
    let roster = NodeRoster(configuration.nodes)
    precondition(roster.count > 0, "a cold start has a node")
    self.configuration = configuration
    self.roster = roster
    sample = SampledBlocks(
      of: configuration.weights, rate: configuration.samplingRate, seed: configuration.seed)
    nodes = FlatArray(repeating: Node(), count: Int(roster.count))
    slots = FlatArray(
      repeating: ReadSlot(), count: Int(roster.count) * Int(configuration.depth))
    ledger = WorkloadLedger(intervalNanoseconds: configuration.intervalNanoseconds)
    var index = 0
    for range in configuration.nodes {
      for offset in 0..<range.count {
        nodes[index].world = range[offset]
        index += 1
      }
    }
  }

  public mutating func start(at now: Instant, into actions: inout WorkloadActions) {
    schedule(.begins, index: 0, at: max(now, configuration.startsAt), into: &actions)
  }

  public mutating func handle(
    _ event: WorkloadEvent, at now: Instant, into actions: inout WorkloadActions
  ) {
    guard let code = Code(rawValue: event.code) else {
      preconditionFailure("the event is of another workload")
    }
    switch code {
    case .begins:
      beganAt = now
      for node in 0..<UInt32(nodes.count) {
        nodes[node].phase = .loading
        nodes[node].settledAt = now
        loadingNodes += 1
        issue(node, at: now, into: &actions)
      }
    case .retry: retry(slot: event.aux, node: event.index, at: now, into: &actions)
    }
  }

  /// A cold start asks for no prefixes.
  public mutating func prefixAnswered(
    _ reply: PrefixReply, at now: Instant, into actions: inout WorkloadActions
  ) {
    preconditionFailure("a cold start looks up no prefix")
  }

  private func schedule(
    _ code: Code, aux: UInt16 = 0, index: UInt32, at time: Instant,
    into actions: inout WorkloadActions
  ) {
    let event = WorkloadEvent(
      workload: configuration.number, code: code.rawValue, aux: aux, index: index)
    actions.append(.schedule(event, at: time))
  }
}

/// Loading.
extension ColdStartWorkload {
  public mutating func completed(
    _ reply: Reply, at now: Instant, into actions: inout WorkloadActions
  ) {
    let node = reply.request.workloadIndex
    let slot = reply.request.slot
    let bit: UInt64 = 1 << UInt64(slot & 63)
    guard nodes[node].generation == reply.request.generation, nodes[node].used & bit != 0,
      nodes[node].retrying & bit == 0
    else {
      ledger.staleReplies += 1
      return
    }
    guard reply.failure == .none else {
      ledger.failed(at: now)
      nodes[node].retrying |= bit
      let again = now + configuration.retryDelayNanoseconds
      schedule(.retry, aux: slot, index: node, at: again, into: &actions)
      return
    }
    let issuedAt = slots[slotIndex(node, slot)].issuedAt
    ledger.answered(by: reply.source, after: now - issuedAt, at: now)
    nodes[node].used &= ~bit
    nodes[node].arrived += 1
    if nodes[node].arrived == share(of: node).count {
      loaded(node, at: now)
    } else {
      issue(node, at: now, into: &actions)
    }
  }

  private mutating func loaded(_ node: UInt32, at now: Instant) {
    settle(node, at: now)
    nodes[node].phase = configuration.together ? .waiting : .loaded
    loadingNodes -= 1
    let time = now - beganAt
    loadTimes.record(time)
    slowest = max(slowest, time)
    startIfAllHaveLoaded(at: now)
  }

  /// The first step of a job that starts together.
  private mutating func startIfAllHaveLoaded(at now: Instant) {
    guard configuration.together, loadingNodes == 0 else { return }
    for node in 0..<UInt32(nodes.count) where nodes[node].phase == .waiting {
      settle(node, at: now)
      nodes[node].phase = .loaded
    }
  }

  private mutating func retry(
    slot: UInt16, node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let bit: UInt64 = 1 << UInt64(slot & 63)
    guard nodes[node].retrying & bit != 0, !nodes[node].gone else { return }
    nodes[node].retrying &= ~bit
    ledger.retries += 1
    send(slot: slot, node: node, at: now, into: &actions)
  }

  private mutating func issue(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    guard nodes[node].phase == .loading, !nodes[node].gone else { return }
    let share = share(of: node)
    let depth = Int(configuration.depth)
    let offset = offset(of: node, in: share.count)
    while nodes[node].issued < share.count, nodes[node].used.nonzeroBitCount < depth {
      let slot = UInt16((~nodes[node].used).trailingZeroBitCount)
      nodes[node].used |= 1 << UInt64(slot)
      let turn = (UInt64(nodes[node].issued) + UInt64(offset)) % UInt64(share.count)
      nodes[node].issued += 1
      slots[slotIndex(node, slot)] = ReadSlot(
        issuedAt: now, block: sample[share.first + UInt32(turn)])
      send(slot: slot, node: node, at: now, into: &actions)
    }
  }

  private mutating func send(
    slot: UInt16, node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let weights = configuration.weights
    let block = slots[slotIndex(node, slot)].block
    ledger.requests += 1
    actions.append(
      .read(
        node: nodes[node].world,
        ReadRequest(
          key: weights.object.block(index: block, blockBytes: weights.blockBytes),
          request: RequestID(
            workload: configuration.number, generation: nodes[node].generation, slot: slot,
            index: node),
          deadline: now + configuration.readTimeoutNanoseconds, length: weights.length(of: block),
          tenant: weights.tenant, flags: configuration.flags), at: now))
  }

  /// The sampled blocks that a node reads: shard k of n is blocks k M / n ..< (k + 1) M / n.
  private func share(of node: UInt32) -> (first: UInt32, count: UInt32) {
    let shard = UInt64(node % configuration.shards)
    let blocks = UInt64(sample.count)
    let first = min(shard * blocks / UInt64(configuration.shards), blocks - 1)
    let end = (shard + 1) * blocks / UInt64(configuration.shards)
    return (UInt32(first), UInt32(max(end, first + 1) - first))
  }

  private func offset(of node: UInt32, in count: UInt32) -> UInt32 {
    guard configuration.rotated else { return 0 }
    let hash = mix64(mix64(configuration.seed) ^ UInt64(node))
    return UInt32(hash.multipliedFullWidth(by: UInt64(count)).high)
  }

  private func slotIndex(_ node: UInt32, _ slot: UInt16) -> Int {
    Int(node) * Int(configuration.depth) + Int(slot)
  }
}

/// Nodes that go and come, and the end.
extension ColdStartWorkload {
  public mutating func nodeLost(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    for index in roster.indices(of: node) where !nodes[index].gone {
      settle(index, at: now)
      nodes[index].gone = true
      nodes[index].generation &+= 1
      nodes[index].used = 0
      nodes[index].retrying = 0
      if nodes[index].phase == .waiting {
        nodes[index].phase = .loading
        loadingNodes += 1
      }
      if nodes[index].phase == .loading {
        nodes[index].issued = 0
        nodes[index].arrived = 0
      }
    }
  }

  public mutating func nodeReturned(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    for index in roster.indices(of: node) where nodes[index].gone {
      settle(index, at: now)
      nodes[index].gone = false
      issue(index, at: now, into: &actions)
    }
  }

  private mutating func settle(_ node: UInt32, at now: Instant) {
    guard nodes[node].phase != .idle else { return }
    let gpus = UInt64(configuration.gpusPerNode)
    if nodes[node].gone {
      ledger.lost(gpus: gpus, from: nodes[node].settledAt, to: now)
    } else if nodes[node].phase != .loaded {
      ledger.stalled(gpus: gpus, from: nodes[node].settledAt, to: now)
    }
    nodes[node].settledAt = now
  }

  public mutating func startCounting(at now: Instant) {
    for node in 0..<UInt32(nodes.count) { settle(node, at: now) }
    ledger.startCounting(at: now)
  }

  public mutating func finish(at end: Instant) -> WorkloadFigures {
    for node in 0..<UInt32(nodes.count) { settle(node, at: end) }
    var figures = WorkloadFigures(name: configuration.name, kind: configuration.kind)
    figures.nodes = Int(roster.count)
    figures.gpus = figures.nodes * Int(configuration.gpusPerNode)
    figures.gpuNanoseconds = Double(figures.gpus) * Double(end - max(beganAt, ledger.countsFrom))
    figures.completed = loadTimes.count
    figures.take(ledger)
    figures.loadTimes = loadTimes
    let all = loadingNodes == 0 && loadTimes.count >= UInt64(roster.count)
    figures.slowestLoadNanoseconds = all ? slowest : nil
    let totals = figures.totals
    let delivered = totals.memory + totals.flash + totals.peer + totals.origin
    let prefix = configuration.kind == "scan" ? "scan" : "cold_start"
    figures.counters = [
      .init("\(prefix)_loaded_nodes", Double(loadTimes.count), unit: "count"),
      .init("\(prefix)_blocks_delivered", Double(delivered), unit: "count"),
      .init(
        "\(prefix)_origin_reads_per_block", Double(totals.origin) / Double(sample.count),
        unit: "ratio"),
    ]
    if configuration.samplingRate < 1 {
      figures.notes = [
        "\(configuration.kind == "scan" ? "Scan" : "Cold start"): blocks are sampled by key, a hashed one of each stratum, at rate "
          + "\(configuration.samplingRate); a node's reads outstanding are scaled with the sample, to one at least."
      ]
    }
    return figures
  }
}
