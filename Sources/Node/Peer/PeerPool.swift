public import Logging
public import NIOCore
internal import NIOPosix
internal import Synchronization
public import TarnCore

/// The other nodes of the cell, as connections. Implements `PeerTransport`; the protocol that it
/// speaks is specified in `docs/PEER.md`.
///
/// A peer is dialed when there is something to send to it and no link is up, so a node of a large
/// cell has links to those nodes that it really talks to. What can't be sent, is dropped and counted:
/// the core knows what to do about silence.
///
/// ```swift
/// let pool = PeerPool(configuration, group: loops, shard: { ... }, salt: { ... }, now: { ... }, logger)
/// let place = try await pool.start(delegate: node)
/// pool.update(members)
/// ```
public final class PeerPool: PeerTransport {
  private struct State {
    var context: PeerContext?
    var server: (any Channel)?
    /// By ordinal; peers that were never talked to are nil.
    var peers: [Peer?] = []
    var places: [UInt16: NodeConfiguration.SocketPlace] = [:]
    var members: [Member] = []
  }

  private let configuration: PeerConfiguration
  private let group: any EventLoopGroup
  private let places: PeerPlaces
  private let questions: PeerQuestions
  private let tally = PeerTally()
  private let logger: Logger
  private let state = Mutex(State())

  /// A pool that does nothing yet.
  ///
  /// - Parameters:
  ///   - group: the event loops of links, best the shards' own.
  ///   - shard: the shard of a block on this node.
  ///   - salt: a tenant's salt; nil for tenants that this node does not know.
  ///   - now: the node's monotonic clock.
  public init(
    _ configuration: PeerConfiguration, group: any EventLoopGroup,
    shard: @escaping @Sendable (BlockKey) -> Int,
    salt: @escaping @Sendable (TenantID) -> TenantSalt?, now: @escaping @Sendable () -> Instant,
    logger: Logger
  ) {
    self.configuration = configuration
    self.group = group
    self.logger = logger
    places = PeerPlaces(shard: shard, salt: salt, now: now)
    questions = PeerQuestions(
      loop: group.next(), patienceNanoseconds: configuration.questionTimeoutNanoseconds)
  }

  /// What was counted so far. From any thread.
  public var counters: PeerCounters { tally.counters }

  // MARK: Start and stop

  /// Listens, and from now on talks to peers; answers where it listens. The delegate is kept until
  /// `stop`.
  public func start(
    delegate: any PeerDelegate
  ) async throws(PeerPoolError) -> NodeConfiguration.SocketPlace {
    if let problem = configuration.problem() { throw .badConfiguration(problem) }
    let listen = configuration.listen
    let server: any Channel
    do {
      server = try await ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 1_024)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelInitializer { [weak self] channel in
          channel.eventLoop.makeCompletedFuture { try self?.accept(channel) }
        }
        .bind(host: listen.host, port: listen.port).get()
    } catch {
      throw .cannotListen(listen, "\(error)")
    }
    let bound = NodeConfiguration.SocketPlace(
      host: listen.host, port: server.localAddress?.port ?? listen.port)
    let context = PeerContext(
      configuration, advertising: configuration.advertise ?? bound, group: group,
      delegate: delegate, places: places, tally: tally, questions: questions, logger: logger)
    state.withLock { state in
      state.context = context
      state.server = server
      state.peers = Array(repeating: nil, count: configuration.capacity)
    }
    return bound
  }

  /// Stops listening, closes all links and waits until they are closed.
  public func stop() async {
    let (context, server) = state.withLock { state in
      defer {
        state.context = nil
        state.server = nil
        state.peers = []
      }
      return (state.context, state.server)
    }
    try? await server?.close()
    await context?.close()
  }

  private func accept(_ channel: any Channel) throws {
    guard let context = state.withLock({ $0.context }) else {
      throw PeerUnreachable(reason: "the node is starting or stopping")
    }
    let link = PeerLink(
      .accepted { [weak self] ordinal in self?.peer(ordinal) }, expecting: nil,
      on: channel.eventLoop, context)
    try link.add(to: channel)
  }

  /// The peer with this ordinal; nil if there can't be one, or the pool is not running.
  private func peer(_ ordinal: UInt16) -> Peer? {
    state.withLock { state in
      guard let context = state.context, Int(ordinal) < state.peers.count else { return nil }
      if let peer = state.peers[Int(ordinal)] { return peer }
      let peer = Peer(ordinal, at: state.places[ordinal], context)
      state.peers[Int(ordinal)] = peer
      return peer
    }
  }

  // MARK: Members

  /// The members as discovery sees them. This node is one in any case. Members whose ordinal does not
  /// fit the cell are left out, and said so in the log. Tells the delegate if something changed.
  public func update(_ members: [MemberPlace]) {
    let own = configuration.own
    let fitting = members.filter { Int($0.member.node.ordinal) < configuration.capacity }
    for place in members where Int(place.member.node.ordinal) >= configuration.capacity {
      logger.error(
        "node \(place.member.node.ordinal) at \(place.place.host):\(place.place.port) is left out: its ordinal must be below cell.capacity, \(configuration.capacity)"
      )
    }
    let others = fitting.filter { $0.member.node != own.node }
    let (delegate, moved, changed) = state.withLock { state in
      let places = Dictionary(
        others.map { ($0.member.node.ordinal, $0.place) }, uniquingKeysWith: { first, _ in first })
      let moved = state.peers.compactMap { $0 }.filter { places[$0.ordinal] != $0.place }
      for peer in moved { peer.move(to: places[peer.ordinal]) }
      state.places = places
      let known = Dictionary(
        others.map { ($0.member.node.ordinal, $0.member) }, uniquingKeysWith: { first, _ in first })
      let members = (known.values + [own]).sorted { $0.node.ordinal < $1.node.ordinal }
      defer { state.members = members }
      return (state.context?.delegate, moved, members != state.members ? members : nil)
    }
    for peer in moved { for lane in peer.lanes { lane.placeChanged() } }
    if let changed { delegate?.membersChanged(changed) }
  }

  /// Asks who is at an address, and hangs up. Throws `PeerUnreachable` or `PeerRefusal`.
  public func greet(_ place: NodeConfiguration.SocketPlace) async throws -> PeerGreeting {
    guard let context = state.withLock({ $0.context }) else {
      throw PeerUnreachable(reason: "the node is starting or stopping")
    }
    let promise = group.next().makePromise(of: PeerGreeting.self)
    PeerLink.dial(.greeting(promise), place, expecting: nil, context)
    return try await promise.futureResult.get()
  }

  // MARK: Sending

  public func send(
    _ message: PeerMessage, locator: BlockLocator?, payload: Payload?, to peer: NodeID,
    fromShard shard: Int, now: Instant
  ) {
    guard let peer = self.peer(peer.ordinal) else { return tally.dropped(.unreachable) }
    var message = message
    if message.kind == .askPrefix, let payload, payload.count >= 16 {
      // The receiver finds the shard by the key.
      message.key = BlockKey(firstOf: payload)
    }
    let lifetime = now + configuration.frameLifetimeNanoseconds
    var frame = OutFrame(
      content: .message(message, locator, payload), sourceShard: UInt16(shard),
      expires: min(lifetime, message.deadline))
    if message.kind.answersShard {
      let path = ReturnPaths.Path(
        peer: peer.ordinal, shard: shard, operation: message.operation)
      frame.targetShard = peer.returns.take(path) ?? UInt16(shard)
    }
    peer.lane(ofShard: shard).send(frame, now: now)
  }

  public func askAttributes(
    container: String, key: String, tenant: TenantID, wanting offset: UInt64?, of peer: NodeID,
    completion: @escaping @Sendable (PeerAttributes?) -> Void
  ) {
    guard let peer = self.peer(peer.ordinal) else {
      tally.dropped(.unreachable)
      return completion(nil)
    }
    let number = questions.ask(peer.ordinal, completion)
    let question = QuestionFrame(
      number: number, tenant: tenant, offset: offset, container: container, key: key)
    let now = places.now()
    let frame = OutFrame(
      content: .question(question), expires: now + configuration.questionTimeoutNanoseconds)
    // Neighbouring objects take different lanes.
    let lane = Int(truncatingIfNeeded: number) % peer.lanes.count
    peer.lanes[lane].send(frame, now: now)
  }
}

/// Why a pool does not start.
public enum PeerPoolError: Error, Equatable, Sendable, CustomStringConvertible {
  case badConfiguration(String)
  case cannotListen(NodeConfiguration.SocketPlace, String)

  public var description: String {
    switch self {
    case .badConfiguration(let problem): problem
    case .cannotListen(let place, let reason):
      "can't listen for peers at \(place.host):\(place.port) (\(reason)): correct cell.listen"
    }
  }
}

extension BlockKey {
  /// The first key of a payload of keys: each is `high` and `low`, little-endian.
  fileprivate init(firstOf payload: Payload) {
    let bytes = UnsafeRawBufferPointer(payload.bytes)
    self.init(
      high: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)),
      low: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }
}
