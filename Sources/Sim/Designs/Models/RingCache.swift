import TarnCore

/// A read-only cache in two levels: each node's memory, then chunks on the flash of servers that a
/// hash ring names; the nodes are the servers. A missing chunk is locked by its first reader, who
/// reads the origin and uploads the chunk behind the reader's back; the others ask again until it is
/// there, or give up and read the origin themselves.
///
/// Cost: O(1) a step but for the ring's binary search. Nothing is drawn at random.
final class RingCache: StandIn {
  /// One client's fetch of a chunk that its memory lacks.
  struct Fetch {
    enum Stage: UInt8 {
      /// The request is on its way to the server, or the server's answer on its way back.
      case asking, pausing, readingOrigin, backingOff, uploading, done
    }
    var key: BlockKey
    var node: UInt32
    var server: UInt32 = .max
    var length: UInt32
    var stage = Stage.asking
    /// What the server said, when it did: whether the chunk comes, the lock, or neither.
    var outcome = Outcome.asked
    var hasLock = false
    var attempts: UInt8 = 0
    var pause: Nanoseconds = 0
    var began = Instant.zero
    var life: UInt16 = 0
    var origin = OriginStatus(.ok)
    var waiters: [ReadRequest] = []
  }
  enum Outcome: UInt8 { case asked, given, locked, refused, unreachable }

  /// What is kept of each node.
  struct Node {
    var memory: ChunkStore
    var server: ChunkStore
    var isUp = true
    var life: UInt16 = 0
    var uploads: UInt64 = 0
    /// When it was lost and when it came back last; zero for never.
    var lostAt = Instant.zero
    var returnedAt = Instant.zero
  }

  let settings: RingSettings
  let detection: Nanoseconds
  private let fleet: Fleet
  private let rings: [HashRing]
  var nodes: [Node]
  var fetches: [Fetch] = []
  var freeFetches: [UInt32] = []
  /// Fetches under way by node and chunk; only looked up.
  private var underWay: [NodeBlock: UInt32] = [:]
  /// Chunks that someone has locked, by cell's server and chunk; only looked up.
  private var locks: [BlockKey: UInt32] = [:]
  /// Uploads that found no buffer.
  private(set) var droppedUploads = 0

  init(_ fleet: Fleet, _ settings: RingSettings, detection: Nanoseconds) {
    self.fleet = fleet
    self.settings = settings
    self.detection = detection
    rings = (0..<fleet.cellCount).map {
      HashRing(fleet.nodes(ofCell: $0), virtualNodes: settings.virtualNodes)
    }
    nodes = (0..<UInt32(fleet.nodeCount)).map { node in
      let configuration = fleet.configuration(of: node).value
      return Node(
        memory: ChunkStore(capacityBytes: configuration.memoryBytes),
        server: ChunkStore(capacityBytes: configuration.flashBytes))
    }
  }

  /// Puts a share of a data set on the servers of some cells, before the run.
  func warm(_ data: WarmData) {
    let threshold = UInt64((data.share * 0x1p63).rounded()) &* 2
    for cell in data.cells {
      for index in 0..<data.sample.count {
        let block = data.sample[index]
        let key = data.dataset.object.block(index: block, blockBytes: data.dataset.blockBytes)
        guard data.share >= 1 || mix64(key.low) < threshold,
          let server = rings[cell].server(of: key)
        else { continue }
        nodes[Int(server)].server.insert(key, bytes: data.dataset.length(of: block))
      }
    }
  }

  // MARK: A client's read

  func read(
    _ request: ReadRequest, of node: UInt32, at now: Instant, models: inout Models,
    into actions: inout StandInActions
  ) {
    if nodes[Int(node)].memory.touch(request.key) {
      let time = models.copyMemory(of: node, bytes: request.length, at: now)
      return actions.answer(request, from: .memory, at: time)
    }
    let place = NodeBlock(node: node, key: request.key)
    if let fetch = underWay[place] {
      fetches[Int(fetch)].waiters.append(request)
      return
    }
    var fetch = Fetch(key: request.key, node: node, length: request.length)
    fetch.began = now
    fetch.pause = settings.firstPollNanoseconds
    fetch.life = nodes[Int(node)].life
    fetch.waiters = [request]
    let number = store(fetch)
    underWay[place] = number
    ask(number, at: now, models: &models, into: &actions)
  }

  private func store(_ fetch: Fetch) -> UInt32 {
    if let number = freeFetches.popLast() {
      fetches[Int(number)] = fetch
      return number
    }
    fetches.append(fetch)
    return UInt32(fetches.count - 1)
  }

  /// Sends the request to the server that the client's view of the ring names.
  private func ask(
    _ number: UInt32, at now: Instant, models: inout Models, into actions: inout StandInActions
  ) {
    let fetch = fetches[Int(number)]
    let ring = rings[fleet.cell(of: fetch.node)]
    let server = ring.server(of: fetch.key) { seems(up: $0, to: fetch.node, at: now) }
    guard let server else { return readOrigin(number, at: now, models: &models, into: &actions) }
    fetches[Int(number)].server = server
    fetches[Int(number)].stage = .asking
    fetches[Int(number)].outcome = .asked
    guard nodes[Int(server)].isUp else {
      fetches[Int(number)].outcome = .unreachable
      return actions.append(.schedule(number, at: now + settings.dialNanoseconds))
    }
    actions.append(
      .schedule(number, at: models.message(from: fetch.node, to: server, at: now)))
  }

  /// What a client believes of a server: what the cell's directory said at its last discovery.
  private func seems(up server: UInt32, to client: UInt32, at now: Instant) -> Bool {
    let state = nodes[Int(server)]
    guard state.lostAt > .zero else { return true }
    // Clients' discoveries are spread evenly over the period.
    let period = settings.discoveryNanoseconds
    let phase = mix64(UInt64(client) ^ 0xd15c).multipliedFullWidth(by: period).high
    let discovery =
      now.nanoseconds >= phase ? now.nanoseconds - (now.nanoseconds - phase) % period : 0
    guard discovery >= state.lostAt.nanoseconds + detection else { return true }
    return state.isUp && discovery >= state.returnedAt.nanoseconds
  }

  // MARK: What comes later

  func resume(
    _ token: UInt32, at now: Instant, models: inout Models, into actions: inout StandInActions
  ) {
    let fetch = fetches[Int(token)]
    if fetch.stage == .uploading { return uploaded(token, at: now) }
    guard fetch.stage != .done, nodes[Int(fetch.node)].life == fetch.life else {
      return forget(token)
    }
    switch fetch.stage {
    case .asking: heard(token, at: now, models: &models, into: &actions)
    case .pausing: ask(token, at: now, models: &models, into: &actions)
    case .readingOrigin: originAnswered(token, at: now, models: &models, into: &actions)
    case .backingOff: readOrigin(token, at: now, models: &models, into: &actions)
    case .uploading, .done: break
    }
  }

  /// The request has reached its server, or the server's answer its client.
  private func heard(
    _ number: UInt32, at now: Instant, models: inout Models, into actions: inout StandInActions
  ) {
    let fetch = fetches[Int(number)]
    switch fetch.outcome {
    case .asked: serve(number, at: now, models: &models, into: &actions)
    case .given:
      landed(number, from: fetch.server == fetch.node ? .flash : .peer, at: now, into: &actions)
    case .locked:
      guard now - fetch.began < settings.lockDeadlineNanoseconds else {
        return readOrigin(number, at: now, models: &models, into: &actions)
      }
      fetches[Int(number)].stage = .pausing
      fetches[Int(number)].pause = min(2 * fetch.pause, settings.longestPollNanoseconds)
      actions.append(.schedule(number, at: now + fetch.pause))
    case .refused, .unreachable:
      readOrigin(number, at: now, models: &models, into: &actions)
    }
  }

  private func serve(
    _ number: UInt32, at now: Instant, models: inout Models, into actions: inout StandInActions
  ) {
    let fetch = fetches[Int(number)]
    let server = Int(fetch.server)
    guard nodes[server].isUp else {
      fetches[Int(number)].outcome = .unreachable
      return actions.append(.schedule(number, at: now + Models.brokenConnection))
    }
    if nodes[server].server.touch(fetch.key) {
      fetches[Int(number)].outcome = .given
      let read = models.readFlash(of: fetch.server, bytes: fetch.length, at: now)
      let arrival = models.transfer(
        bytes: fetch.length, from: fetch.server, to: fetch.node, at: now)
      // The server sends while it reads: the slower of the two tells.
      return actions.append(.schedule(number, at: max(read, arrival)))
    }
    let isFree = locks[lock(fetch)] == nil
    if isFree {
      locks[lock(fetch)] = number
      fetches[Int(number)].hasLock = true
    }
    fetches[Int(number)].outcome = isFree ? .refused : .locked
    let answer = models.message(from: fetch.server, to: fetch.node, at: now)
    actions.append(.schedule(number, at: answer))
  }

  /// Keys of one chunk in two cells are two locks.
  private func lock(_ fetch: Fetch) -> BlockKey {
    BlockKey(
      high: fetch.key.high ^ mix64(UInt64(fleet.cell(of: fetch.node)) &+ 1), low: fetch.key.low)
  }

  // MARK: The origin

  private func readOrigin(
    _ number: UInt32, at now: Instant, models: inout Models, into actions: inout StandInActions
  ) {
    let fetch = fetches[Int(number)]
    let (time, status) = models.readOrigin(fetch.key, bytes: fetch.length, to: fetch.node, at: now)
    actions.append(.askedOrigin(bytes: fetch.length, node: fetch.node, status, time - now))
    fetches[Int(number)].stage = .readingOrigin
    fetches[Int(number)].attempts += 1
    fetches[Int(number)].origin = status
    actions.append(.schedule(number, at: time))
  }

  private func originAnswered(
    _ number: UInt32, at now: Instant, models: inout Models, into actions: inout StandInActions
  ) {
    let fetch = fetches[Int(number)]
    if fetch.origin.code == .ok {
      return landed(number, from: .origin, at: now, models: &models, into: &actions)
    }
    guard fetch.attempts < settings.originAttempts else {
      return failed(number, at: now, into: &actions)
    }
    let asked = UInt64(fetch.origin.retryAfterMilliseconds) * 1_000_000
    let pause = max(asked, settings.originPauseNanoseconds << UInt64(fetch.attempts - 1))
    let spread = mix64(fetch.key.low ^ UInt64(fetch.node) << 32).multipliedFullWidth(
      by: pause / 4 + 1
    ).high
    fetches[Int(number)].stage = .backingOff
    actions.append(.schedule(number, at: now + pause + spread))
  }

  // MARK: Ends

  private func landed(
    _ number: UInt32, from source: Source, at now: Instant, into actions: inout StandInActions
  ) {
    let fetch = fetches[Int(number)]
    nodes[Int(fetch.node)].memory.insert(fetch.key, bytes: fetch.length)
    for request in fetch.waiters { actions.answer(request, from: source, at: now) }
    underWay[NodeBlock(node: fetch.node, key: fetch.key)] = nil
    fetches[Int(number)].waiters = []
    if !fetch.hasLock { release(number) }
  }

  /// A chunk from the origin goes to its server behind the reader's back, if its reader had the lock.
  private func landed(
    _ number: UInt32, from source: Source, at now: Instant, models: inout Models,
    into actions: inout StandInActions
  ) {
    landed(number, from: source, at: now, into: &actions)
    let fetch = fetches[Int(number)]
    guard fetch.hasLock else { return }
    let node = Int(fetch.node)
    let limit = max(
      UInt64(Double(nodes[node].memory.capacityBytes) * settings.populateShare),
      RingSettings.leastBuffers * UInt64(fetch.length))
    guard nodes[Int(fetch.server)].isUp, nodes[node].uploads + UInt64(fetch.length) <= limit else {
      droppedUploads += 1
      locks[lock(fetch)] = nil
      return release(number)
    }
    nodes[node].uploads += UInt64(fetch.length)
    fetches[Int(number)].stage = .uploading
    let arrival = models.transfer(bytes: fetch.length, from: fetch.node, to: fetch.server, at: now)
    let written = models.writeFlash(of: fetch.server, bytes: fetch.length, at: now)
    actions.append(.wroteFlash(bytes: fetch.length))
    actions.append(.schedule(number, at: max(arrival, written)))
  }

  private func uploaded(_ number: UInt32, at now: Instant) {
    let fetch = fetches[Int(number)]
    if nodes[Int(fetch.server)].isUp {
      nodes[Int(fetch.server)].server.insert(fetch.key, bytes: fetch.length)
    }
    if nodes[Int(fetch.node)].life == fetch.life {
      nodes[Int(fetch.node)].uploads -= UInt64(fetch.length)
    }
    locks[lock(fetch)] = nil
    release(number)
  }

  private func failed(_ number: UInt32, at now: Instant, into actions: inout StandInActions) {
    let fetch = fetches[Int(number)]
    for request in fetch.waiters {
      actions.refuse(request, at: now)
    }
    underWay[NodeBlock(node: fetch.node, key: fetch.key)] = nil
    forget(number)
  }

  /// Ends a fetch without its chunk.
  private func forget(_ number: UInt32) {
    let fetch = fetches[Int(number)]
    if fetch.stage == .done { return }
    if fetch.hasLock { locks[lock(fetch)] = nil }
    release(number)
  }

  private func release(_ number: UInt32) {
    fetches[Int(number)].stage = .done
    fetches[Int(number)].waiters = []
    freeFetches.append(number)
  }

  func answered(
    _ reply: Reply, by node: UInt32, at now: Instant, into actions: inout StandInActions
  ) {
    preconditionFailure("the ring's caches hand no read on to a core")
  }

  // MARK: Losses

  func lost(_ node: UInt32, at now: Instant) {
    nodes[Int(node)].isUp = false
    nodes[Int(node)].life &+= 1
    nodes[Int(node)].uploads = 0
    nodes[Int(node)].memory.removeAll()
    nodes[Int(node)].lostAt = max(now, Instant(nanoseconds: 1))
    for number in fetches.indices where fetches[number].node == node {
      guard fetches[number].stage != .done else { continue }
      underWay[NodeBlock(node: node, key: fetches[number].key)] = nil
      fetches[number].waiters = []
    }
  }

  func returned(_ node: UInt32, at now: Instant) {
    nodes[Int(node)].isUp = true
    nodes[Int(node)].returnedAt = now
  }
}
