import CPrefetch
import TarnCore

/// The simulator's driver: it holds a production core for every node of the fleet and does the
/// four things that a driver does. It delivers inputs in time order, carries out effects through
/// models, moves bytes (as time and bandwidth), and keeps time.
///
/// The cores are TarnCore's `CacheNode`, unchanged; nothing that a cache decides is decided here.
struct World: ~Copyable {
  let fleet: Fleet
  /// One core a node; uninitialised memory is never read, every node is made in `init`.
  let nodes: UnsafeMutablePointer<CacheNode>
  /// What the world itself keeps of each node.
  let status: UnsafeMutablePointer<NodeStatus>
  var queue = EventQueue<WorldEvent>(lookAhead: 40)
  var now = Instant.zero
  var effects = Effects(capacity: Effects.stepLimit)
  var actions = WorkloadActions()
  var workloads: Workloads
  var models: Models
  var views: ViewRegistry
  var faults: FaultSchedule
  var checker: InvariantChecker?
  var recorder: DecisionRecorder?
  var figures: WorldFigures
  /// How the caches differ from Tarn's; for Tarn nothing does.
  let traits: DesignTraits
  /// The cache that reads go to in the cores' place; nil for the cores.
  let standIn: (any StandIn)?
  var standInActions = StandInActions()
  var idleBlocks: IdleBlocks?
  /// Where data is at home; nil if that is the same for all.
  var regions: RegionState?

  // What is under way, by number.
  var messages = Pool<MessageUnderWay>()
  var flashReports = Pool<FlashReport>()
  var originReports = Pool<OriginReport>()
  var replies = Pool<Reply>()
  var reads = Pool<ReadRequest>()
  var farReads = Pool<FarRead>(capacity: 64)
  var crossings = Pool<Crossing>(capacity: 64)
  var connections = PeerConnections()
  /// Keys that travel with a message, by the message's number; looked up, never walked.
  var travellingKeys: [UInt32: [BlockKey]] = [:]

  /// What the world keeps of a node: one line of the processor's cache holds two.
  struct NodeStatus: BitwiseCopyable {
    /// When it wants to be woken.
    var wakeWanted = Instant.never
    /// The earliest queued wake.
    var wakeQueued = Instant.never
    /// Bytes that it gave to peers.
    var given: UInt64 = 0
    /// How often it has started.
    var life: UInt16 = 0
    var isUp = true
  }
  /// A message between its sender and its receiver.
  struct MessageUnderWay: BitwiseCopyable {
    var message: PeerMessage
    var from: NodeID
  }
  /// A flash operation between its start and its report.
  struct FlashReport: BitwiseCopyable {
    var operation: OperationID
    var life: UInt16
  }
  /// An origin read between its start and its report.
  struct OriginReport: BitwiseCopyable {
    var operation: OperationID
    var status: OriginStatus
    var key: BlockKey
    var life: UInt16
  }

  init(_ plan: consuming SimulationPlan) {
    fleet = plan.fleet
    let count = plan.fleet.nodeCount
    nodes = .allocate(capacity: count)
    _ = tarn_advise_huge_pages(nodes, count * MemoryLayout<CacheNode>.stride)
    status = .allocate(capacity: count)
    status.initialize(repeating: NodeStatus(), count: count)
    for node in 0..<count {
      let number = UInt32(node)
      (nodes + node).initialize(
        to: CacheNode(plan.fleet.configuration(of: number), id: plan.fleet.ordinal(of: number)))
    }
    views = ViewRegistry(plan.fleet)
    faults = plan.faults
    recorder = plan.recordedNode.map { node in
      DecisionRecorder(
        node: node, id: plan.fleet.ordinal(of: node),
        configuration: plan.fleet.configuration(of: node).value)
    }
    checker = plan.checksInvariants ? InvariantChecker(plan.fleet) : nil
    figures = WorldFigures(plan.fleet, paths: plan.pathCount)
    traits = plan.traits
    standIn = plan.standIn
    idleBlocks = plan.traits.idleTimeout.map { IdleBlocks(after: $0) }
    regions = plan.regions.map { RegionState(plan: $0) }
    models = plan.models
    workloads = plan.workloads
  }

  deinit {
    nodes.deinitialize(count: fleet.nodeCount)
    nodes.deallocate()
    status.deallocate()
  }

  // MARK: Running

  /// Delivers everything up to `end`; `isWanted` is asked now and then whether to go on.
  mutating func run(until end: Instant, isWanted: (borrowing World) -> Bool) {
    while let time = queue.peekTime, time <= end, let event = queue.pop() {
      now = time
      prefetchAhead()
      figures.advance(to: now)
      figures.events += 1
      dispatch(event.payload)
      if standIn != nil { performStandInActions() }
      performActions()
      if figures.events & 0xFFFF == 0, !isWanted(self) { return }
    }
    now = end
    figures.advance(to: end)
  }

  private mutating func dispatch(_ event: WorldEvent) {
    let node = event.node
    switch event.kind {
    case WorldEvent.Kind.message: deliverMessage(event.index, to: node)
    case WorldEvent.Kind.flash:
      let report = flashReports.take(event.index)
      guard status[Int(node)].isUp, report.life == status[Int(node)].life else { return }
      step(node, .flashCompleted(report.operation, .ok))
    case WorldEvent.Kind.origin: reportOrigin(event.index, to: node)
    case WorldEvent.Kind.wake: deliverWake(to: node)
    case WorldEvent.Kind.reply:
      let reply = replies.take(event.index)
      workloads.completed(reply, at: now, into: &actions)
    case WorldEvent.Kind.read:
      let request = reads.take(event.index)
      guard status[Int(node)].isUp else { return refuse(request.request) }
      checker?.asked(request, of: node, at: now)
      read(request, at: node)
    case WorldEvent.Kind.view: deliverView(event.index, to: node)
    case WorldEvent.Kind.count:
      workloads.startCounting(at: now)
      figures.startCounting(at: now)
    case WorldEvent.Kind.fault: performFault(Int(event.index))
    case WorldEvent.Kind.standIn: resumeStandIn(event.index)
    case WorldEvent.Kind.far: deliverFarRead(event.index)
    case WorldEvent.Kind.cut: noteCut()
    case WorldEvent.Kind.piece: pieceCrossed(event.index)
    default: workloads.handle(event.workloadEvent, at: now, into: &actions)
    }
  }

  /// Carries out what workloads want; what that makes them want in turn comes after it.
  mutating func performActions() {
    var next = 0
    while next < actions.count {
      perform(actions[next])
      next += 1
    }
    if next > 0 { actions.removeAll() }
  }

  private mutating func perform(_ action: WorkloadAction) {
    switch action {
    case .read(let node, let request, let start):
      figures.requests += 1
      // Reads come so soon that they enter the queue ahead of the first stage of prefetching.
      CacheNode.prefetchRecord(at: nodes + Int(node))
      if regions != nil { noteHome(of: request) }
      queue.push(
        WorldEvent(WorldEvent.Kind.read, node: node, index: reads.put(request)),
        at: start + clientSpan(of: node, request.key))
    case .hint(let node, let hint):
      if status[Int(node)].isUp { step(node, .hint(hint)) }
    case .put(let node, let request):
      guard status[Int(node)].isUp else { return refuse(request.request) }
      guard traits.holdsKV else { return dropPut(request) }
      checker?.put(request, of: node, at: now)
      step(node, .put(request))
    case .lookUpPrefix(let node, let request, let chain):
      lookUpPrefix(node, request, chain)
    case .schedule(let event, let time):
      queue.push(WorldEvent(event), at: time)
    case .message(let event, let sender, let receiver):
      passMessage(event, from: sender, to: receiver)
    case .askStore(let event, let node, let region): askStore(event, from: node, region: region)
    case .answerFromStore(let answered, let failed, let blob, let region, let node):
      answerFromStore(answered, failed, blob: blob, region: region, to: node)
    }
  }

  /// A client whose node is down gets no answer from it: its connection breaks at once.
  mutating func refuse(_ request: RequestID) {
    let reply = Reply(
      request: request, slot: .none, length: 0, source: .none, failure: .overloaded)
    let index = replies.put(reply)
    queue.push(
      WorldEvent(WorldEvent.Kind.reply, node: 0, index: index), at: now + Models.brokenConnection)
  }

  private mutating func lookUpPrefix(
    _ node: UInt32, _ request: PrefixRequest, _ chain: KVChainReference
  ) {
    figures.prefixLookUps += 1
    guard status[Int(node)].isUp, traits.holdsKV else {
      let nothing = PrefixReply(request: request.request, localBlocks: 0, totalBlocks: 0)
      return workloads.prefixAnswered(nothing, at: now, into: &actions)
    }
    let keys = Array(actions.keys[chain.range])
    step(node, .lookUpPrefix(request), keys: keys)
  }

  // MARK: Stepping a core

  /// Tells `node` of `input` and carries out what it says.
  mutating func step(_ node: UInt32, _ input: Input) {
    nodes[Int(node)].step(input, at: now, into: &effects)
    if recorder?.node == node { record(input, keys: [], nodes[Int(node)].decisionHash) }
    performEffects(of: node, keys: [])
  }

  /// The same with keys beside the input.
  mutating func step(_ node: UInt32, _ input: Input, keys: [BlockKey]) {
    nodes[Int(node)].step(input, keys: keys.span, at: now, into: &effects)
    if recorder?.node == node { record(input, keys: keys, nodes[Int(node)].decisionHash) }
    performEffects(of: node, keys: keys)
  }

  /// Tells `node` of a view. Whoever replays needs its members, not only its name.
  mutating func step(_ node: UInt32, view: ClusterView) {
    if recorder?.node == node { recorder?.record(view: view) }
    step(node, .view(ClusterViewReference(view)))
  }

  /// Records a step that has just been taken, and the core's decision hash since.
  mutating func record(_ input: Input, keys: [BlockKey], _ hash: UInt64) {
    recorder?.record(input, keys: keys, effects: effects, at: now, hash: hash)
  }

  private mutating func performEffects(of node: UInt32, keys: [BlockKey]) {
    for index in 0..<effects.count { perform(effects[index], of: node, keys: keys) }
    effects.removeAll()
    if let checker { checker.afterStep(nodes[Int(node)], node: node, at: now) }
  }

  // MARK: Deliveries

  private mutating func deliverMessage(_ index: UInt32, to node: UInt32) {
    let underWay = messages.take(index)
    let keys = underWay.message.kind == .askPrefix ? travellingKeys.removeValue(forKey: index) : nil
    guard status[Int(node)].isUp else { return }
    step(node, .message(underWay.message, from: underWay.from), keys: keys ?? [])
  }

  private mutating func reportOrigin(_ index: UInt32, to node: UInt32) {
    let report = originReports.take(index)
    checker?.originEnded(report.operation, by: node)
    guard status[Int(node)].isUp, report.life == status[Int(node)].life else { return }
    step(node, .originCompleted(report.operation, report.status))
  }

  private mutating func deliverWake(to node: UInt32) {
    guard status[Int(node)].wakeQueued == now else { return }
    status[Int(node)].wakeQueued = .never
    guard status[Int(node)].isUp else { return }
    let wanted = status[Int(node)].wakeWanted
    if wanted == .never { return }
    if wanted > now { return queueWake(of: node, at: wanted) }
    status[Int(node)].wakeWanted = .never
    step(node, .wake)
  }

  /// At most one wake of a node is queued ahead of the one that it wants: a later wish waits until
  /// the earlier event comes, which then finds out. Most deadlines are taken back before they pass.
  mutating func queueWake(of node: UInt32, at time: Instant) {
    guard time < status[Int(node)].wakeQueued else { return }
    status[Int(node)].wakeQueued = time
    queue.push(WorldEvent(WorldEvent.Kind.wake, node: node), at: max(now, time))
  }

  private mutating func deliverView(_ index: UInt32, to node: UInt32) {
    guard status[Int(node)].isUp else { return }
    step(node, view: views[Int(index)])
  }
}
