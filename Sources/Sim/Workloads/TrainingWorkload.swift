public import TarnCore

/// Training jobs: readers that work ahead, steps that compute, and a barrier between them.
///
/// A step of a job starts when all its blocks have arrived on every node of the job and the step
/// before it has ended (all-reduce): one slow node stalls its whole job. GPUs stall from the end of
/// one step's computation to the start of the next; what comes before the first step is stall too,
/// and also told apart as cold.
///
/// The barrier is a count of missing blocks for each open step, so an arrival costs O(1), and a
/// step's opening one walk over the job's nodes. The state is 64 bytes a node and 16 more for each
/// read that it can have outstanding.
///
/// A lost node stops its job at the end of the step that computes. When it returns its reader goes
/// on from where it was; blocks that had arrived count as arrived, for they were with the job. When
/// it does not return in time, the job goes on without it (elastic training): nobody reads its part
/// of the epochs, and its GPUs count as lost. Should it return later, it joins at the next step
/// that opens.
public struct TrainingWorkload: Workload, ~Copyable {
  enum Code: UInt8 {
    case jobBegins, stepEnds, stepOpens, retry, giveUp
  }

  let configuration: TrainingConfiguration
  let roster: NodeRoster
  let slotsPerNode: Int
  var nodes: FlatArray<TrainingNode>
  var slots: FlatArray<ReadSlot>
  var jobs: FlatArray<TrainingJobState>
  var missing: FlatArray<UInt32>
  var ledger: WorkloadLedger
  var completedSteps: UInt64 = 0
  var coldStall = 0.0
  var startedAt = Instant.zero

  /// The workload, ready to start.
  ///
  /// Configurations are checked where they are read; a broken promise here is a defect. Nothing of
  /// `self` is read before all of it is set: Swift 6.3.1 then destroys parts of a noncopyable value
  /// that do not exist yet.
  public init(_ configuration: TrainingConfiguration) {
    precondition(!configuration.jobs.isEmpty, "a training workload has a job")
    precondition(configuration.jobs.count <= 65_535, "a training workload has few jobs")
    let roster = NodeRoster(configuration.jobs.flatMap(\.nodes))
    let depth = configuration.jobs.reduce(1) { max($0, Int($1.readerDepth)) }
    let first = Self.emptyState(of: configuration.jobs[0], configuration)
    self.configuration = configuration
    self.roster = roster
    slotsPerNode = depth
    nodes = FlatArray(repeating: TrainingNode(), count: Int(roster.count))
    slots = FlatArray(repeating: ReadSlot(), count: Int(roster.count) * depth)
    jobs = FlatArray(repeating: first, count: configuration.jobs.count)
    missing = FlatArray(repeating: 0, count: Self.ringLength(of: configuration.jobs))
    ledger = WorkloadLedger(intervalNanoseconds: configuration.intervalNanoseconds)
    prepareJobs()
    prepareNodes()
  }

  public mutating func start(at now: Instant, into actions: inout WorkloadActions) {
    startedAt = now
    for job in 0..<UInt32(jobs.count) {
      let begin = max(now, configuration.jobs[Int(job)].startsAt)
      schedule(.jobBegins, index: job, at: begin, into: &actions)
    }
  }

  public mutating func handle(
    _ event: WorkloadEvent, at now: Instant, into actions: inout WorkloadActions
  ) {
    guard let code = Code(rawValue: event.code) else {
      preconditionFailure("the event is of another workload")
    }
    switch code {
    case .jobBegins: begin(job: event.index, at: now, into: &actions)
    case .stepEnds: endStep(job: event.index, at: now, into: &actions)
    case .stepOpens: openStep(event.aux, node: event.index, at: now, into: &actions)
    case .retry: retry(slot: event.aux, node: event.index, at: now, into: &actions)
    case .giveUp: giveUp(node: event.index, generation: event.aux, at: now, into: &actions)
    }
  }

  /// Training asks for no prefixes.
  public mutating func prefixAnswered(
    _ reply: PrefixReply, at now: Instant, into actions: inout WorkloadActions
  ) {
    preconditionFailure("a training workload looks up no prefix")
  }

  @inline(__always)
  func schedule(
    _ code: Code, aux: UInt16 = 0, index: UInt32, at time: Instant,
    into actions: inout WorkloadActions
  ) {
    let event = WorkloadEvent(
      workload: configuration.number, code: code.rawValue, aux: aux, index: index)
    actions.append(.schedule(event, at: time))
  }
}

extension TrainingWorkload {
  private static func ringLength(of job: TrainingJob) -> Int {
    precondition((1...256).contains(job.prefetchSteps), "a reader works 1 to 256 steps ahead")
    var length = 1
    while length < Int(job.prefetchSteps) { length *= 2 }
    return length
  }

  private static func ringLength(of jobs: [TrainingJob]) -> Int {
    jobs.reduce(0) { $0 + ringLength(of: $1) }
  }

  private static func emptyState(
    of job: TrainingJob, _ configuration: TrainingConfiguration
  ) -> TrainingJobState {
    let sample = SampledBlocks(
      of: job.dataset, rate: configuration.samplingRate, seed: configuration.seed)
    var state = TrainingJobState(sample: sample, dataset: job.dataset)
    state.order = job.order
    state.depth = job.readerDepth
    // Hints name an epoch's order over the whole data set, which a sample's is not.
    if configuration.hintWindow > 0, job.order == .epochShuffle, sample.count == job.dataset.blocks
    {
      state.stream = configuration.hintStream
    }
    return state
  }

  private mutating func prepareJobs() {
    var firstNode: UInt32 = 0
    var firstMissing = 0
    for (index, job) in configuration.jobs.enumerated() {
      precondition((1...64).contains(job.readerDepth), "a reader has 1 to 64 reads outstanding")
      precondition(job.stepNanoseconds > 0, "a step takes time")
      let count = NodeRoster(job.nodes).count
      precondition(count > 0, "a job has a node")
      var state = Self.emptyState(of: job, configuration)
      state.firstNode = firstNode
      state.nodeCount = count
      state.firstMissing = firstMissing
      let ring = Self.ringLength(of: job)
      state.missingMask = UInt32(ring - 1)
      state.demand = StepDemand(
        bytesPerStep: job.bytesPerStep, blockBytes: job.dataset.blockBytes,
        rate: Double(state.sample.count) / Double(job.dataset.blocks))
      jobs[index] = state
      firstNode += count
      firstMissing += ring
    }
  }

  private mutating func prepareNodes() {
    for job in 0..<jobs.count {
      let first = jobs[job].firstNode
      for rank in 0..<jobs[job].nodeCount {
        nodes[first + rank].job = UInt16(job)
        nodes[first + rank].rank = rank
        let hash = mix64(mix64(configuration.seed) ^ UInt64(first + rank))
        nodes[first + rank].phase = UInt32(truncatingIfNeeded: hash >> 32)
        if configuration.jobs[job].order == .epochShuffle {
          let count = jobs[job].sample.count
          nodes[first + rank].epoch = rank / count
          nodes[first + rank].position = rank % count
        }
      }
    }
    var index = 0
    for job in configuration.jobs {
      for range in job.nodes {
        for offset in 0..<range.count {
          nodes[index].world = range[offset]
          index += 1
        }
      }
    }
  }
}
