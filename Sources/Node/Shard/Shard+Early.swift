internal import NIOCore
internal import TarnCore

/// Blocks that an object's opening brings along.
///
/// In a cell the node that opens an object is the home of its name, and the owner of its first block is
/// nearly always another one: nobody knows which before the origin has answered with the version. So
/// the home keeps the block for a moment and promises it to those who asked it about the object. Their
/// asks carry the promise to the owner, and the owner's read of the origin becomes a read of the home.
extension Shard {
  /// How long a block waits for the read that it was fetched for: longer than it is promised.
  private static let earlyPatience = TimeAmount.nanoseconds(
    Int64(2 * PromisedBlocks.termNanoseconds))

  /// Memory for a block that can come at once; nil if the core has it, or is fetching it.
  func expectEarly(
    _ key: BlockKey, length: UInt32, _ reservation: EarlyReservation
  ) -> Payload? {
    guard core.memory.find(key) == .none, !core.canServe(key), !early.contains(key) else {
      reservation.note(wasOfUse: false)
      return nil
    }
    reservation.shrink(to: UInt64(length))
    let payload = memory.allocate(Int(length))
    early.expect(key, payload, reservation)
    return payload
  }

  /// The block has come, or failed.
  func earlyEnded(_ key: BlockKey, _ payload: Payload, _ problem: OriginError?) {
    switch early.end(key, payload, isWhole: problem == nil) {
    case .core(let operation): return originEnded(operation, key, payload, problem)
    case .peer(let peer, let operation):
      return hand(problem == nil ? payload : nil, key, to: peer, operation)
    case nil: break
    }
    guard problem == nil, early.contains(key) else { return }
    loop.assumeIsolated().scheduleTask(in: Self.earlyPatience) { [weak self] in
      self?.early.drop(key, payload)
    }
  }

  // MARK: In a cell

  /// Another node brought the block along.
  func promised(_ key: BlockKey, by holder: NodeID) {
    promises.note(key, holder: holder, at: Shard.now)
  }

  /// Who is known to have the block early, this node among them, so that its read of the origin is
  /// paid for.
  func earlyHolder(of key: BlockKey, at now: Instant) -> NodeID? {
    if !early.isEmpty, early.mayClaim(key) { return settings.node }
    return promises.holder(of: key, at: now)
  }

  /// Says in an ask who has its block early.
  func addPromise(to message: inout PeerMessage, at now: Instant) {
    guard message.kind == .ask, let holder = earlyHolder(of: message.key, at: now) else { return }
    message.flags.insert(.paid)
    message.peer = holder
  }

  /// Takes over what an ask says about who has its block early; what can't be taken at its word, is
  /// not paid for.
  func takePromise(of message: inout PeerMessage) {
    guard message.flags.contains(.paid) else { return }
    if message.peer != settings.node, message.peer != .none {
      promised(message.key, by: message.peer)
    } else if !early.mayClaim(message.key) {
      message.flags.remove(.paid)
    }
    message.peer = .none
  }

  /// What distinguishes the owner's ask for a block that this node promised.
  private static let collecting: PeerMessage.Flags = [.onlyIfPresent, .doNotRedirect, .paid]

  /// Reads a promised block from its holder instead of the origin. False if nobody promised it.
  func collect(
    _ operation: OperationID, _ locator: BlockLocator, _ key: BlockKey, length: UInt32
  ) -> Bool {
    let now = Shard.now
    guard let peers, let holder = promises.take(key, at: now),
      holder != settings.node
    else { return false }
    collections[operation] = key
    let message = PeerMessage(
      .ask, operation: operation, key: key, length: length, tenant: locator.object.tenant,
      flags: Self.collecting, deadline: now + PromisedBlocks.termNanoseconds)
    peers.send(
      message, locator: locator, payload: nil, to: holder, fromShard: settings.number, now: now)
    // Who has it may be gone: early enough for the origin to be asked within the core's patience.
    let patience = settings.cache.value.fetch.originTimeoutNanoseconds / 2
    loop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(clamping: patience))) {
      [weak self] in self?.collected(operation, nil)
    }
    return true
  }

  /// A promised block has come; nil if it will not. False if nothing was to be collected so.
  @discardableResult
  func collected(_ operation: OperationID, _ payload: Payload?) -> Bool {
    guard let key = collections.removeValue(forKey: operation) else { return false }
    if let payload {
      originEnded(operation, key, payload, nil)
    } else {
      step(.originCompleted(operation, OriginStatus(.failed)))
    }
    return true
  }

  /// Gives the block that was promised to the owner who asks for it. False if the ask is another one,
  /// or the block is not here: then the core answers it.
  func handOver(_ message: PeerMessage, to peer: NodeID) -> Bool {
    guard message.flags == Self.collecting, !early.isEmpty else { return false }
    let taker = EarlyBlocks.Taker.peer(peer, message.operation)
    switch early.claim(message.key, length: message.length, for: taker) {
    case .none: return false
    case .here(let payload): hand(payload, message.key, to: peer, message.operation)
    case .coming: break
    }
    return true
  }

  /// Sends the block, or that it failed.
  private func hand(
    _ payload: Payload?, _ key: BlockKey, to peer: NodeID, _ operation: OperationID
  ) {
    var message = PeerMessage(
      payload == nil ? .decline : .give, operation: operation, key: key,
      length: UInt32(payload?.count ?? 0))
    message.source = .origin
    peers?.send(
      message, locator: nil, payload: payload, to: peer, fromShard: settings.number, now: Shard.now)
  }
}
