internal import NIOCore
public import TarnCore

/// Drives one core on one event loop: delivers inputs in the order of time, carries out effects,
/// moves bytes, keeps time. Everything but `init` happens on that loop.
public final class Shard: @unchecked Sendable {
  let settings: ShardSettings
  let loop: any EventLoop
  /// For tasks of this shard.
  let executor: LoopExecutor
  let memory: PayloadMemory
  let flash: (any FlashStore)?
  let origin: any BlockOrigin
  let peers: (any PeerTransport)?
  private let recording: ShardRecording?
  /// Hands over what was recorded, now and then.
  private var flushing: RepeatedTask?

  var core: CacheNode
  private var effects = Effects()
  var slots = SlotPayloads()
  var locators: LocatorTable
  /// The read whose step is under way. Most are hits, which nobody asks where they come from: only
  /// the others are noted in the table.
  private var currentRead: BlockRead?
  private var waiters = WaiterTable()
  /// Origin reads under way, to be called off.
  var originReads: [OperationID: Task<Void, Never>] = [:]
  /// What objects' openings bring along.
  var early = EarlyBlocks()
  /// What other nodes' openings bring along.
  var promises = PromisedBlocks()
  /// Reads of the origin that became reads of another node, which had promised their block.
  var collections: [OperationID: BlockKey] = [:]
  /// Who waits for leave to ask an origin something, and how many did before.
  var leaves: [RequestID: @Sendable (Failure) -> Void] = [:]
  var leavesAsked: UInt64 = 0
  /// Whether the core was ever told of a cell.
  private var isInCell = false
  public internal(set) var figures = ShardFigures()

  private var isStepping = false
  /// Inputs that came up while effects were carried out.
  private var inputs: [Input] = []
  /// Replies of the step under way, delivered when its effects are carried out.
  private var replies: [(waiter: any BlockWaiter, tag: Int, answer: BlockAnswer)] = []
  /// The read whose step is under way, and its answer if the step had one.
  private var current: RequestID?
  private var immediate: BlockAnswer?
  private var wakeWanted = Instant.never
  private var wakeScheduled = Instant.never

  init(
    _ settings: ShardSettings, memory: PayloadMemory, flash: (any FlashStore)?,
    origin: any BlockOrigin, peers: (any PeerTransport)?, recording: ShardRecording? = nil
  ) {
    self.settings = settings
    self.recording = recording
    loop = settings.loop
    executor = LoopExecutor(settings.loop)
    self.memory = memory
    self.flash = flash
    self.origin = origin
    self.peers = peers
    core = CacheNode(settings.cache, id: settings.node, incarnation: settings.incarnation)
    let flights = Int(settings.cache.value.fetch.flightLimit)
    locators = LocatorTable(capacity: max(1_024, 2 * flights))
    guard recording != nil else { return }
    // A shard that nobody asks anything records no step that would hand over the ones before it.
    flushing = loop.scheduleRepeatedTask(
      initialDelay: Self.flushInterval, delay: Self.flushInterval
    ) { [weak self] task in
      guard let self else { return task.cancel() }
      self.recording?.flush()
    }
  }

  /// The longest that a recorded step waits in memory.
  private static let flushInterval = TimeAmount.seconds(1)

  /// The node's clock: the system's monotonic clock.
  static var now: Instant { Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }

  // MARK: Inputs

  /// Reads a block. The answer, if it is known at once; nil if `waiter` will be told.
  func read(_ read: BlockRead, waiter: any BlockWaiter, tag: Int) -> BlockAnswer? {
    loop.assertInEventLoop()
    precondition(!isStepping, "a read starts when no step is under way")
    let now = Shard.now
    let request = waiters.next
    current = request
    currentRead = read
    let input = ReadRequest(
      key: read.key, request: request, deadline: read.deadline, length: read.locator.length,
      tenant: read.locator.object.tenant,
      flags: earlyHolder(of: read.key, at: now) == nil ? [] : .paid)
    if !read.isAgain { recording?.note(read, at: now) }
    run(.read(input), at: now)
    current = nil
    currentRead = nil
    let isHit = immediate.map { $0.source == .memory && $0.failure == Failure.none } ?? false
    if !isHit { locators.note(read.locator, key: read.key) }
    guard let answer = immediate else {
      waiters.add(waiter, tag: tag, since: now)
      deliverReplies()
      return nil
    }
    immediate = nil
    figures.answered(answer, after: 0)
    deliverReplies()
    return answer
  }

  /// Tells the core that something happened.
  func step(_ input: Input) {
    loop.assertInEventLoop()
    if isStepping { return inputs.append(input) }
    run(input, at: Shard.now)
    deliverReplies()
  }

  /// The cell's members are these now.
  public func adopt(_ view: ClusterView) {
    recording?.record(view)
    withExtendedLifetime(view) { step(.view(ClusterViewReference(view))) }
    if !isInCell { wakeKeeper() }
    isInCell = true
  }

  /// Takes over what the last run left on flash: how many blocks. Before the first read.
  public func recover() -> Int {
    var count = 0
    flash?.recover { block in
      step(
        .recovered(
          block.key, length: block.extent.length, tenant: block.tenant,
          segment: block.extent.segment, offset: block.extent.offset))
      count += 1
    }
    return count
  }

  /// Nothing is recorded any more; waits until what was recorded is written.
  func finishRecording() {
    flushing?.cancel()
    recording?.finish()
  }

  /// Where a block comes from; nil if that was forgotten.
  func locator(of key: BlockKey) -> BlockLocator? {
    if let currentRead, currentRead.key == key { return currentRead.locator }
    return locators[key]
  }

  // MARK: Steps

  private func run(_ input: Input, at now: Instant) {
    isStepping = true
    carryOut(input, at: now)
    var next = 0
    while next < inputs.count {
      carryOut(inputs[next], at: Shard.now)
      next += 1
    }
    inputs.removeAll(keepingCapacity: true)
    isStepping = false
  }

  private func carryOut(_ input: Input, at now: Instant) {
    core.step(input, at: now, into: &effects)
    recording?.record(input, effects: effects, hash: core.decisionHash, at: now)
    for index in 0..<effects.count { perform(effects[index], at: now) }
    effects.removeAll()
    slots.release(freedBy: core)
  }

  private func perform(_ effect: Effect, at now: Instant) {
    switch effect {
    case .reply(let reply): answer(reply, at: now)
    case .send(let message, let peer, let slot): send(message, to: peer, slot: slot, at: now)
    case .readFlash(let operation, let extent, let slot):
      readFlash(operation, extent, into: slot)
    case .writeFlash(let operation, let extent, let slot):
      writeFlash(operation, extent, from: slot)
    case .moveFlash(let operation, let from, let to): moveFlash(operation, from: from, to: to)
    case .discardSegment(let segment): flash?.discard(segment)
    case .readOrigin(let operation, let key, let length, let slot, let path):
      readOrigin(operation, key, length: length, into: slot, by: path)
    case .cancel(let operation): cancelRead(operation)
    case .wake(let time): arm(time)
    case .leave(let request, let failure): leaveDecided(request, failure)
    case .sendKeys, .replyPrefix:
      preconditionFailure("a node without KV clients has no prefix look-ups")
    }
  }

  private func answer(_ reply: Reply, at now: Instant) {
    let payload = reply.slot == .none ? nil : slots[reply.slot]
    precondition(
      reply.failure != .none || payload != nil, "a slot that the core reads from holds a payload")
    let answer = BlockAnswer(payload: payload, source: reply.source, failure: reply.failure)
    if reply.request == current {
      immediate = answer
    } else if let waiting = waiters.take(reply.request) {
      figures.answered(answer, after: now - waiting.since)
      replies.append((waiting.waiter, waiting.tag, answer))
    }
  }

  private func deliverReplies() {
    while !replies.isEmpty {
      let ready = replies
      replies.removeAll(keepingCapacity: true)
      for reply in ready { reply.waiter.blockArrived(reply.answer, tag: reply.tag) }
    }
  }

  // MARK: Time

  /// The loop's timer is left where it is if the new time is later: it looks again when it fires.
  private func arm(_ time: Instant) {
    wakeWanted = time
    guard time < wakeScheduled else { return }
    wakeScheduled = time
    loop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(time.nanoseconds)) {
      [weak self] in self?.timerFired(time)
    }
  }

  private func timerFired(_ time: Instant) {
    guard time == wakeScheduled else { return }
    wakeScheduled = .never
    if wakeWanted <= Shard.now {
      wakeWanted = .never
      step(.wake)
    } else if wakeWanted != .never {
      arm(wakeWanted)
    }
  }
}
