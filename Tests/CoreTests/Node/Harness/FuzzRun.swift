import TarnCore

/// One seed's run: clients ask at random, things go wrong, everything heals and drains.
struct FuzzRun {
  /// How it ended.
  struct Verdict {
    /// The first broken promise; nil if all were kept.
    var violation: String?
    var decisionHash: UInt64
    var steps: Int
    /// What all cores counted, and how clients' requests failed, by `Failure`.
    var counters: CacheCounters
    var failures: [Int]
  }

  let harness: ClusterHarness
  private var plan: FuzzPlan
  private var random: ClusterRandom
  /// Drawn apart, so that the other operations of a seed do not depend on it.
  private var leaveRandom: ClusterRandom

  init(seed: UInt64, isRecording: Bool) {
    plan = FuzzPlan(seed: seed)
    random = plan.random
    leaveRandom = ClusterRandom(seed ^ 0x6173_6B73)
    harness = ClusterHarness(
      nodes: plan.nodes, plan.configuration, conditions: plan.conditions, seed: random.next(),
      isRecording: isRecording)
    harness.observe = { [unowned harness, blocks = plan.blocks] effect, node in
      guard case .reply(let reply) = effect, reply.failure == .none, harness.random.chance(30),
        let key = harness.referee.key(of: reply.request)
      else { return }
      FuzzRun.react(to: key, of: blocks.first { $0.key == key }, at: node, in: harness)
    }
    harness.referee.grantSlack = plan.conditions.messageDelay.upperBound
  }

  /// Runs `seed` with `operations` client operations; twice and replayed if it `isThorough`.
  static func verdict(seed: UInt64, operations: Int, isThorough: Bool) -> Verdict {
    var run = FuzzRun(seed: seed, isRecording: isThorough)
    run.play(operations)
    let harness = run.harness
    var verdict = Verdict(
      violation: harness.violation, decisionHash: harness.decisionHash, steps: harness.steps,
      counters: harness.counters, failures: harness.referee.failures)
    guard isThorough, verdict.violation == nil else { return verdict }
    verdict.violation = harness.replayDiffers()
    var again = FuzzRun(seed: seed, isRecording: true)
    again.play(operations)
    if again.harness.decisionHash != verdict.decisionHash {
      verdict.violation = verdict.violation ?? "two runs of one seed decide otherwise"
    }
    return verdict
  }

  mutating func play(_ operations: Int) {
    for _ in 0..<operations {
      guard harness.violation == nil else { return }
      harness.run(for: random.chance(20) ? random.below(2_000_000_000) : random.below(6_000_000))
      operate()
      askLeaves()
    }
    harness.heal()
    harness.drain()
  }

  // MARK: Operations

  private mutating func operate() {
    let number = random.below(plan.nodes)
    guard harness.nodes[number].isUp else { return returnOf(number) }
    switch random.below(100) {
    case 0..<40: read(at: number)
    case 40..<46: rush(at: number)
    case 46..<48: everyoneReads()
    case 48..<60: put(at: number)
    case 60..<66: lookUp(at: number)
    case 66..<74: readKV(at: number)
    case 74..<78: hint(at: number)
    case 78..<83: harness.pin(anyKey(), random.pick([.pin, .pin, .unpin]), at: number)
    case 83..<88: harness.invalidate(anyKey(), at: number)
    case 88..<90: changeEviction(at: number)
    case 90..<94 where plan.faults == .nodes || plan.faults == .all: lose(number)
    default: scan(at: number)
    }
  }

  private mutating func span() -> Nanoseconds {
    random.pick([2_000_000, 60_000_000, 1_000_000_000, 5_000_000_000, 20_000_000_000])
  }

  private mutating func anyKey() -> BlockKey {
    if !plan.chains.isEmpty, random.chance(400) {
      let chain = random.pick(plan.chains)
      return random.pick(chain).key
    }
    return random.pick(plan.blocks).key
  }

  private mutating func read(at number: Int) {
    let recompute = random.chance(100) ? UInt32(random.below(20_000)) : 0
    harness.read(
      random.pick(plan.blocks), at: number, within: span(),
      flags: random.chance(100) ? .doNotAdmit : [], recomputeMicroseconds: recompute,
      stream: random.chance(300) ? UInt8(random.below(3)) : PrefetchHint.noStream)
  }

  /// Many readers of one block on one node; now and then more than one step may answer.
  private mutating func rush(at number: Int) {
    let block = random.pick(plan.blocks)
    for _ in 0..<random.pick([3, 10, 120]) { harness.read(block, at: number, within: span()) }
    if random.chance(300) {
      let key = block.key
      let harness = harness
      let moment = harness.now + random.below(40_000_000)
      harness.schedule(at: moment) {
        if harness.nodes[number].isUp { harness.invalidate(key, at: number) }
      }
    }
  }

  private mutating func everyoneReads() {
    let block = random.pick(plan.blocks)
    for node in harness.nodes where node.isUp {
      harness.read(block, at: node.number, within: span())
    }
  }

  /// A client does something about a block in the instant that it gets it, ahead of everything that
  /// the core has put off: pins it, invalidates it, perhaps wants it anew.
  private static func react(
    to key: BlockKey, of block: HarnessBlock?, at number: Int, in harness: ClusterHarness
  ) {
    let choice = harness.random.below(4)
    harness.schedule(at: harness.now) { [unowned harness] in
      guard harness.nodes[number].isUp else { return }
      if choice == 0 { return harness.pin(key, .pin, at: number) }
      harness.invalidate(key, at: number)
      if choice > 1, let block { harness.read(block, at: number) }
    }
  }

  private mutating func put(at number: Int) {
    guard !plan.chains.isEmpty else { return read(at: number) }
    let chain = random.pick(plan.chains)
    for block in chain.prefix(1 + random.below(chain.count)) { harness.put(block, at: number) }
  }

  private mutating func lookUp(at number: Int) {
    guard !plan.chains.isEmpty else { return read(at: number) }
    let keys = random.pick(plan.chains).map(\.key)
    harness.lookUp(keys, at: number, within: span())
  }

  private mutating func readKV(at number: Int) {
    guard !plan.chains.isEmpty else { return read(at: number) }
    let chain = random.pick(plan.chains)
    let recompute = random.pick([0, 500, 50_000]) as UInt32
    harness.read(random.pick(chain), at: number, within: span(), recomputeMicroseconds: recompute)
  }

  private mutating func hint(at number: Int) {
    let object = random.below(plan.objects.count)
    harness.step(
      harness.nodes[number],
      .hint(
        PrefetchHint(
          object: plan.objects[object], seed: random.pick([0, 77]), count: 12,
          position: UInt32(random.below(4)), stride: UInt32(1 + random.below(2)),
          length: FuzzPlan.lengths[object], tenant: TenantID(UInt16(object)),
          stream: UInt8(random.below(3)), window: random.pick([0, 2, 6]))))
  }

  private mutating func changeEviction(at number: Int) {
    let tier = random.pick([TierKind.memory, .flash])
    harness.step(
      harness.nodes[number], .changeEviction(tier, FuzzPlan.eviction(&random)))
  }

  private mutating func scan(at number: Int) {
    for block in plan.blocks.prefix(6) {
      harness.read(block, at: number, within: span(), flags: .doNotAdmit)
    }
  }

  private mutating func askLeaves() {
    guard plan.leavePermille > 0, leaveRandom.chance(UInt64(plan.leavePermille)) else { return }
    let number = leaveRandom.below(plan.nodes)
    guard harness.nodes[number].isUp else { return }
    for _ in 0..<leaveRandom.pick([1, 1, 1, 20]) {
      harness.askLeave(
        at: number, length: leaveRandom.pick([0, 0, 4096]),
        within: leaveRandom.pick([0, 5_000_000, 300_000_000, 2_000_000_000]))
    }
    if plan.faults == .origin || plan.faults == .all, leaveRandom.chance(100) {
      harness.step(
        harness.nodes[number],
        .originThrottled(retryAfterMilliseconds: leaveRandom.pick([0, 200, 1000])))
    }
  }

  // MARK: Faults

  /// The node crashes; soon, late or never the others hear of it.
  private mutating func lose(_ number: Int) {
    guard harness.nodes.count(where: \.isUp) > 1 else { return }
    harness.crash(number)
    guard random.chance(600) else { return }
    let harness = harness
    harness.schedule(at: harness.now + random.below(1_000_000_000)) {
      guard harness.nodes.contains(where: \.isUp) else { return }
      harness.announce { harness.nodes[$0].isUp }
    }
  }

  private mutating func returnOf(_ number: Int) {
    guard random.chance(300) else { return }
    harness.restart(number)
    let last = harness.views[harness.views.count - 1]
    if !last.contains(NodeID(UInt16(number))) {
      let harness = harness
      harness.announce { harness.nodes[$0].isUp || last.contains(NodeID(UInt16($0))) }
    }
  }
}
