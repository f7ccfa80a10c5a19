import TarnCore

/// A few cores in one cell on virtual time: a driver written apart from the simulator's, which
/// knows the design's promises and nothing of how the core keeps them.
///
/// Bytes are tokens: every slot and every place on flash holds the key whose bytes are there, set
/// when a fill completes, so wrong bytes are caught wherever they come from. Everything random
/// comes from one seed. The first broken promise stops the run; `violation` says which it was.
final class ClusterHarness {
  let configuration: CacheConfiguration
  var conditions: Conditions { didSet { noteConditions() } }
  var random: ClusterRandom
  let nodes: [HarnessNode]
  /// Every view that there was: cores hold references that do not count.
  var views: [ClusterView]
  var now = Instant.zero
  var queue = EventHeap()
  var referee: Referee
  /// The first broken promise, in words.
  private(set) var violation: String?
  /// Whether first lives are recorded for replay.
  let isRecording: Bool
  /// Steps of all cores.
  private(set) var steps = 0

  private var effects = Effects()
  private var eventsAtOnce = 0
  /// Slots whose bytes left in the running step, valid until the next.
  private var slotsGiven: [Slot] = []
  var mail: [Mail?] = []
  private var calls: [(() -> Void)?] = []
  /// What was sent, by kind, to look at afterwards.
  var sent: [PeerMessage.Kind: Int] = [:]
  /// Called with every effect before it is carried out.
  var observe: ((Effect, Int) -> Void)?

  struct Mail {
    var message: PeerMessage
    var sender: Int
    var receiver: Int
    var receiverLife: UInt16
    var payload: BlockKey?
    var keys: [BlockKey]
  }

  init(
    nodes count: Int, _ configuration: CacheConfiguration, conditions: Conditions = Conditions(),
    seed: UInt64 = 1, isRecording: Bool = false
  ) {
    self.isRecording = isRecording
    self.configuration = configuration
    self.conditions = conditions
    random = ClusterRandom(seed)
    referee = Referee(configuration)
    nodes = (0..<count).map { HarnessNode($0, configuration) }
    let members = (0..<count).map { Member(node: NodeID(UInt16($0)), rack: UInt16($0)) }
    views = [ClusterView(version: 1, capacity: count, members: members)]
    noteConditions()
    for node in nodes { step(node, .view(ClusterViewReference(views[0]))) }
  }

  /// What all cores counted, earlier lives included.
  var counters: CacheCounters {
    var sum = CacheCounters()
    for node in nodes {
      sum += node.earlierCounters
      sum += node.core.counters
    }
    return sum
  }

  /// One number for everything that all cores were told and decided.
  var decisionHash: UInt64 {
    nodes.reduce(0) { ($0 &+ $1.earlierHash) &* 0x9E37_79B9_7F4A_7C15 ^ $1.core.decisionHash }
  }

  /// What fails once has consequences when it no longer does: suspicions, for example.
  private func noteConditions() {
    if conditions.messageLossPermille > 0 { referee.hadFault = true }
    if !conditions.isCalm { referee.excusesSecondReads = true }
  }

  func fail(_ sentence: @autoclosure () -> String) {
    guard violation == nil else { return }
    violation = "at \(now.nanoseconds / 1000) us: " + sentence()
  }

  // MARK: Time

  /// Runs everything that happens until `time`, and lets it be then.
  func run(until time: Instant) {
    while violation == nil, queue.nextTime <= time, let event = queue.pop() {
      eventsAtOnce = event.time == now ? eventsAtOnce + 1 : 0
      if eventsAtOnce > 50_000 { fail("time stands still: wakes without end") }
      now = max(now, event.time)
      handle(event.kind)
    }
    if now < time, violation == nil { now = time }
  }

  func run(for span: Nanoseconds) { run(until: now + span) }

  /// Does `body` at `time`.
  func schedule(at time: Instant, _ body: @escaping () -> Void) {
    calls.append(body)
    queue.push(.call(index: calls.count - 1), at: time)
  }

  private func handle(_ kind: HarnessEvent.Kind) {
    switch kind {
    case .call(let index):
      calls[index]?()
      calls[index] = nil
    case .wake(let number, let life):
      let node = nodes[number]
      guard node.isUp, node.life == life, node.wakeAt <= now else { return }
      node.wakeAt = .never
      step(node, .wake)
    case .view(let number, let version):
      guard nodes[number].isUp else { return }
      step(nodes[number], .view(ClusterViewReference(views[version])))
    case .message(let index): deliver(index)
    case .flash(let number, let life, let operation):
      guard nodes[number].life == life, nodes[number].isUp else { return }
      endFlash(operation, of: nodes[number])
    case .origin(let number, let life, let operation):
      guard nodes[number].life == life, nodes[number].isUp else { return }
      endOrigin(operation, of: nodes[number])
    }
  }

  private func deliver(_ index: Int) {
    guard let mail = mail[index] else { return }
    self.mail[index] = nil
    let node = nodes[mail.receiver]
    guard node.isUp else { return }
    // A connection to an earlier life is broken; now and then the message is sent again.
    if node.life != mail.receiverLife, random.chance(500) { return }
    let input = Input.message(mail.message, from: NodeID(UInt16(mail.sender)))
    step(node, input, keys: mail.keys, payload: mail.payload)
  }

  // MARK: Steps

  /// Tells a core what happened and carries out what it says. `payload` are the bytes that came
  /// with a message or a put.
  func step(
    _ node: HarnessNode, _ input: Input, keys: [BlockKey] = [], payload: BlockKey? = nil
  ) {
    guard violation == nil else { return }
    let before = StepContext(input, node)
    node.core.step(input, keys: keys.span, at: now, into: &effects)
    steps += 1
    if effects.count > Effects.stepLimit { fail("a step had \(effects.count) effects") }
    if isRecording, node.life == 0 {
      node.inputs.append(RecordedInput(time: now, input: input, keys: keys))
      DecisionRecord.encode(
        input, at: now, keys: keys.span, effects: effects, into: &node.record)
    }
    if let payload { store(payload, before, node) }
    slotsGiven.removeAll(keepingCapacity: true)
    for index in 0..<effects.count {
      let effect = effects[index]
      observe?(effect, node.number)
      if before.forbidsRedirection, case .send(let message, _, _) = effect,
        message.kind == .redirect
      {
        fail("an ask that may not be redirected is")
      }
      perform(effect, of: node, keys: keys)
    }
    effects.removeAll()
    audit(node, before)
    if steps % 64 == 0 || before.isFlashReport { auditThoroughly(node) }
  }

  /// A payload lands where the core wants it: in the slot of the fetch that ended with it, or of
  /// the block that it kept.
  private func store(_ payload: BlockKey, _ before: StepContext, _ node: HarnessNode) {
    if before.isFilling {
      let entry = node.owner(of: before.slot)
      let isStillFilling = entry?.key == payload && entry?.flags.contains(.filling) == true
      if !isStillFilling { node.setBytes(in: before.slot, to: payload) }
      return
    }
    if before.slot == .none {
      var slot = node.core.memory.find(payload)
      for index in 0..<effects.count {
        if case .reply(let reply) = effects[index], reply.failure == .none { slot = reply.slot }
      }
      if slot != .none { node.setBytes(in: slot, to: payload) }
    }
  }

  /// `slot` is about to be sent: its bytes stay until the next step.
  func give(_ slot: Slot) { slotsGiven.append(slot) }

  /// `slot` is about to be overwritten.
  func willFill(_ slot: Slot) {
    if slotsGiven.contains(slot) { fail("a slot is filled in the step that gave its bytes away") }
  }
}

/// What a step is about, and how things were before it.
struct StepContext {
  var key: BlockKey?
  var parent: BlockKey?
  var slot = Slot.none
  var isFilling = false
  var parentWasReadable = false
  var isInvalidation = false
  var isFlashReport = false
  var forbidsRedirection = false

  init(_ input: Input, _ node: HarnessNode) {
    switch input {
    case .message(let message, _):
      switch message.kind {
      case .give: key = message.key
      case .ask:
        forbidsRedirection = message.flags.contains(.doNotRedirect)
        return
      case .offer:
        key = message.key
        parent = BlockKey(high: message.key.high, low: message.parentLow)
      default: return
      }
    case .put(let request):
      key = request.key
      parent = request.parent
    case .invalidate(let invalid):
      key = invalid
      isInvalidation = true
    case .pin(let pinned, _): key = pinned
    case .flashCompleted:
      isFlashReport = true
      return
    default: return
    }
    guard let key else { return }
    slot = node.core.memory.find(key)
    isFilling = slot != .none && !node.core.memory.isReadable(slot)
    if let parent, parent != key {
      let parentSlot = node.core.memory.find(parent)
      parentWasReadable = parentSlot != .none && node.core.memory.isReadable(parentSlot)
    }
  }
}
