public import TarnCore

/// Recorded requests, put to the nodes again: at their recorded times whatever becomes of those
/// before (open loop), or each when one before it is answered (closed loop).
///
/// In an open loop latency counts from the time at which a request is due, also where it has to wait
/// because 65,536 of its node's are under way: what a client would have seen. What is due while a
/// node is down is lost, as it would be for clients that do not try again; in a closed loop clients
/// wait for the node. Failed reads are counted and not repeated.
public struct ReplayWorkload: Workload, ~Copyable {
  enum Code: UInt8 {
    case due
  }

  let configuration: ReplayConfiguration
  let roster: NodeRoster
  private var readers: [ReplayReader]
  private var ledger: WorkloadLedger
  private var answered: UInt64 = 0
  private var lost: UInt64 = 0

  /// The workload, ready to start.
  public init(_ configuration: ReplayConfiguration) {
    let roster = NodeRoster(configuration.nodes)
    precondition(
      configuration.requests.count <= Int(roster.count), "every recording has its node")
    precondition(configuration.clients != 0, "a closed loop has clients")
    let worlds = configuration.nodes.flatMap { range in (0..<range.count).map { range[$0] } }
    self.configuration = configuration
    self.roster = roster
    readers = zip(worlds, configuration.requests).map { world, _ in ReplayReader(world: world) }
    ledger = WorkloadLedger(intervalNanoseconds: configuration.intervalNanoseconds)
  }

  public mutating func start(at now: Instant, into actions: inout WorkloadActions) {
    for index in readers.indices where configuration.requests[index].count > 0 {
      schedule(index, at: max(now, firstTime(of: index)), into: &actions)
    }
  }

  public mutating func handle(
    _ event: WorkloadEvent, at now: Instant, into actions: inout WorkloadActions
  ) {
    precondition(Code(rawValue: event.code) == .due, "the event is of another workload")
    if configuration.clients == nil {
      sendDue(Int(event.index), at: now, into: &actions)
    } else {
      sendNext(Int(event.index), at: now, into: &actions)
    }
  }

  public mutating func completed(
    _ reply: Reply, at now: Instant, into actions: inout WorkloadActions
  ) {
    let index = Int(reply.request.workloadIndex)
    guard readers[index].generation == reply.request.generation else {
      ledger.staleReplies += 1
      return
    }
    let due = readers[index].give(reply.request.slot)
    if reply.failure == .none {
      ledger.answered(by: reply.source, after: now - due, at: now)
      answered += 1
    } else {
      ledger.failed(at: now)
    }
    if configuration.clients != nil {
      sendNext(index, at: now, into: &actions)
    } else if readers[index].isStarved {
      readers[index].isStarved = false
      sendDue(index, at: now, into: &actions)
    }
  }

  /// A replay asks for no prefixes.
  public mutating func prefixAnswered(
    _ reply: PrefixReply, at now: Instant, into actions: inout WorkloadActions
  ) {
    preconditionFailure("a replay looks up no prefix")
  }

  // MARK: Sending

  private func firstTime(of index: Int) -> Instant {
    configuration.clients == nil ? time(of: 0, at: index) : configuration.startsAt
  }

  private func time(of request: Int, at index: Int) -> Instant {
    configuration.startsAt + configuration.requests[index].times[request]
  }

  /// Open loop: everything that is due by now, then the next time.
  private mutating func sendDue(
    _ index: Int, at now: Instant, into actions: inout WorkloadActions
  ) {
    let count = configuration.requests[index].count
    while readers[index].next < count {
      let due = time(of: readers[index].next, at: index)
      guard due <= now else { return schedule(index, at: due, into: &actions) }
      if readers[index].isGone {
        readers[index].next += 1
        lost += 1
        ledger.failed(at: now)
        continue
      }
      guard readers[index].hasRoom else {
        readers[index].isStarved = true
        return
      }
      send(index, dueAt: due, at: now, into: &actions)
    }
  }

  /// Closed loop: as many as there are idle clients.
  private mutating func sendNext(
    _ index: Int, at now: Instant, into actions: inout WorkloadActions
  ) {
    let clients = Int(configuration.clients ?? 0)
    while readers[index].next < configuration.requests[index].count, !readers[index].isGone,
      readers[index].underWay < clients
    {
      send(index, dueAt: now, at: now, into: &actions)
    }
  }

  private mutating func send(
    _ index: Int, dueAt due: Instant, at now: Instant, into actions: inout WorkloadActions
  ) {
    let number = readers[index].next
    readers[index].next += 1
    let slot = readers[index].take(dueAt: due)
    ledger.requests += 1
    let request = ReadRequest(
      key: configuration.requests[index].keys[number],
      request: RequestID(
        workload: configuration.number, generation: readers[index].generation, slot: slot,
        index: UInt32(index)), deadline: now + configuration.readTimeoutNanoseconds,
      length: configuration.requests[index].lengths[number], tenant: configuration.tenant)
    actions.append(.read(node: readers[index].world, request, at: now))
  }

  private func schedule(_ index: Int, at time: Instant, into actions: inout WorkloadActions) {
    let event = WorkloadEvent(
      workload: configuration.number, code: Code.due.rawValue, index: UInt32(index))
    actions.append(.schedule(event, at: time))
  }
}

/// Nodes that go and come, and the end.
extension ReplayWorkload {
  public mutating func nodeLost(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    for index in roster.indices(of: node).map(Int.init)
    where index < readers.count && !readers[index].isGone {
      let isWaiting = readers[index].isStarved
      let dropped = readers[index].lose()
      lost += UInt64(dropped)
      for _ in 0..<dropped { ledger.failed(at: now) }
      if isWaiting { sendDue(index, at: now, into: &actions) }
    }
  }

  public mutating func nodeReturned(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    for index in roster.indices(of: node).map(Int.init)
    where index < readers.count && readers[index].isGone {
      readers[index].isGone = false
      if configuration.clients != nil, now >= configuration.startsAt {
        sendNext(index, at: now, into: &actions)
      }
    }
  }

  public mutating func startCounting(at now: Instant) {
    ledger.startCounting(at: now)
    answered = 0
    lost = 0
  }

  public mutating func finish(at end: Instant) -> WorkloadFigures {
    var figures = WorkloadFigures(name: configuration.name, kind: "replay")
    figures.nodes = readers.count
    figures.completed = answered
    figures.take(ledger)
    let recorded = configuration.requests.reduce(0) { $0 + $1.count }
    let unsent = zip(configuration.requests, readers).reduce(0) { $0 + $1.0.count - $1.1.next }
    figures.counters = [
      .init("replay_recorded_requests", Double(recorded), unit: "count"),
      .init("replay_unsent_requests", Double(unsent), unit: "count"),
      .init("replay_lost_requests", Double(lost), unit: "count"),
    ]
    figures.notes = configuration.notes
    if unsent > 0 {
      figures.notes.append(
        "\(configuration.name): \(unsent) of \(recorded) recorded requests were not sent by the end; "
          + "a longer duration reaches them.")
    }
    if configuration.samplingRate < 1 {
      figures.notes.append(
        "\(configuration.name): keys are sampled by hash at rate \(configuration.samplingRate); the "
          + "clients of a closed loop are scaled with them, to one at least.")
    }
    return figures
  }
}
