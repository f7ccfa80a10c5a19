import TarnCore

/// A cache of which only figures are known: each read is a hit or a miss by lot, in the shares that
/// the figures say, and hits take the latency that they say, or what the fleet's own devices need for
/// the bytes, if that is longer.
///
/// A miss reads the origin `originLoadFactor` times in the mean; below 1 some misses wait for another
/// node's read instead: they take as long as reading it, and cost it nothing.
final class ExternalCache: StandIn {
  private struct OriginRead {
    var request: ReadRequest
    var node: UInt32
    var status: OriginStatus
    var attempts: UInt8
    var life: UInt16
  }

  private let figures: ExternalFigures
  private let fleet: Fleet
  private let latency: LatencyDistribution
  private var random: RandomStream
  private var reads: [OriginRead] = []
  private var free: [UInt32] = []
  private var lives: [UInt16]

  init(_ fleet: Fleet, _ figures: ExternalFigures, seed: UInt64) {
    self.fleet = fleet
    self.figures = figures
    latency = LatencyDistribution(
      median: max(1, UInt64(figures.latency.p50 * 1000)),
      p99: max(1, UInt64(figures.latency.p99 * 1000)))
    random = RandomStream(seed: seed, purpose: "external cache")
    lives = [UInt16](repeating: 0, count: fleet.nodeCount)
  }

  func read(
    _ request: ReadRequest, of node: UInt32, at now: Instant, models: inout Models,
    into actions: inout StandInActions
  ) {
    let lot = random.unit()
    let ratio = figures.hitRatio
    guard lot < ratio.sum else {
      return miss(request, of: node, at: now, models: &models, into: &actions)
    }
    let source: Source =
      lot < ratio.memory ? .memory : lot < ratio.memory + ratio.flash ? .flash : .peer
    let moved: Instant
    switch source {
    case .memory: moved = models.copyMemory(of: node, bytes: request.length, at: now)
    case .flash: moved = models.readFlash(of: node, bytes: request.length, at: now)
    default:
      let peers = fleet.nodes(ofCell: fleet.cell(of: node))
      let peer = peers.lowerBound + UInt32(random.index(below: peers.count))
      moved = models.transfer(bytes: request.length, from: peer, to: node, at: now)
    }
    let time = max(moved, now + latency.sample(random.next()))
    actions.answer(request, from: source, at: time)
  }

  private func miss(
    _ request: ReadRequest, of node: UInt32, at now: Instant, models: inout Models,
    into actions: inout StandInActions
  ) {
    let whole = figures.originLoadFactor.rounded(.down)
    let isMore = random.unit() < figures.originLoadFactor - whole
    let count = Int(whole) + (isMore ? 1 : 0)
    guard count > 0 else {
      let time = models.waitForOrigin(at: now)
      return actions.answer(request, from: .peer, at: time)
    }
    for _ in 1..<count {
      let (time, status) = models.readOrigin(request.key, bytes: request.length, to: node, at: now)
      actions.append(.askedOrigin(bytes: request.length, node: node, status, time - now))
    }
    let read = OriginRead(
      request: request, node: node, status: OriginStatus(.ok), attempts: 0, life: lives[Int(node)])
    let token: UInt32
    if let reused = free.popLast() {
      token = reused
      reads[Int(token)] = read
    } else {
      token = UInt32(reads.count)
      reads.append(read)
    }
    send(token, at: now, models: &models, into: &actions)
  }

  private func send(
    _ token: UInt32, at now: Instant, models: inout Models, into actions: inout StandInActions
  ) {
    let read = reads[Int(token)]
    let (time, status) = models.readOrigin(
      read.request.key, bytes: read.request.length, to: read.node, at: now)
    actions.append(.askedOrigin(bytes: read.request.length, node: read.node, status, time - now))
    reads[Int(token)].status = status
    reads[Int(token)].attempts += 1
    // A refusal is told when the time to try again has come, an answer when it is there.
    let pause = UInt64(status.retryAfterMilliseconds) * 1_000_000 << UInt64(read.attempts)
    actions.append(.schedule(token, at: status.code == .ok ? time : time + max(pause, 50_000_000)))
  }

  func resume(
    _ token: UInt32, at now: Instant, models: inout Models, into actions: inout StandInActions
  ) {
    let read = reads[Int(token)]
    guard lives[Int(read.node)] == read.life else { return free.append(token) }
    if read.status.code == .ok {
      actions.answer(read.request, from: .origin, at: now)
      return free.append(token)
    }
    guard read.attempts < 5 else {
      actions.refuse(read.request, at: now)
      return free.append(token)
    }
    send(token, at: now, models: &models, into: &actions)
  }

  func answered(
    _ reply: Reply, by node: UInt32, at now: Instant, into actions: inout StandInActions
  ) {
    preconditionFailure("an external cache hands no read on to a core")
  }

  func lost(_ node: UInt32, at now: Instant) { lives[Int(node)] &+= 1 }
  func returned(_ node: UInt32, at now: Instant) {}
}
