import TarnCore

/// Carrying out effects, and what comes of them.
extension ClusterHarness {
  func perform(_ effect: Effect, of node: HarnessNode, keys: [BlockKey]) {
    switch effect {
    case .reply(let reply):
      if reply.failure == .none { give(reply.slot) }
      let bytes = reply.slot == .none ? nil : node.bytes(in: reply.slot)
      if let broken = referee.answered(reply, bytes: bytes, by: node.number, at: now) {
        fail(broken)
      }
    case .replyPrefix(let reply):
      if let broken = referee.answered(reply, by: node.number, at: now) { fail(broken) }
    case .send(let message, let peer, let slot): send(message, from: node, to: peer, slot: slot)
    case .sendKeys(let message, let peer, let first):
      post(message, from: node, to: peer, payload: nil, keys: Array(keys[Int(first)...]))
    case .readFlash(let operation, let extent, let slot):
      willFill(slot)
      start(operation, .readFlash(extent, into: slot), node.owner(of: slot)?.key, of: node)
      if let place = node.device.place(at: extent) {
        if place.bytes != node.owner(of: slot)?.key { fail("flash is read for another block") }
      } else {
        fail("a place is read that was never written, or discarded")
      }
    case .writeFlash(let operation, let extent, let slot):
      let entry = node.owner(of: slot)
      start(operation, .writeFlash(extent, from: slot), node.bytes(in: slot), of: node)
      if entry == nil || entry?.key != node.bytes(in: slot) { fail("the wrong bytes go to flash") }
      let tenant = entry?.tenant ?? TenantID(0)
      if let broken = node.device.begin(extent, tenant: tenant) { fail(broken) }
    case .moveFlash(let operation, let from, let to):
      let place = node.device.place(at: from)
      if place == nil { fail("a place is moved that was never written, or discarded") }
      start(operation, .move(from: from, to: to), place?.bytes, of: node)
      if let broken = node.device.begin(to, tenant: place?.tenant ?? TenantID(0)) { fail(broken) }
    case .discardSegment(let segment): discard(segment, of: node)
    case .readOrigin(let operation, let key, let length, let slot, let path):
      willFill(slot)
      readOrigin(operation, key, length: length, slot, path, of: node)
    case .cancel(let operation):
      guard let ended = node.operations.removeValue(forKey: operation) else {
        return fail("an operation is cancelled that is not under way")
      }
      if case .readOrigin = ended.work, let key = ended.key { referee.originEnded(key) }
    case .wake(let time):
      node.wakeAt = time
      if time != .never {
        queue.push(.wake(node: node.number, life: node.life), at: max(time, now))
      }
    case .leave(let request, let failure):
      let isBudgeted = configuration.originPaths[0].isBudgeted
      if let broken = referee.leaveDecided(
        request, failure, by: node.number, isBudgeted: isBudgeted, at: now)
      {
        fail(broken)
      }
    }
  }

  // MARK: Messages

  private func send(_ message: PeerMessage, from node: HarnessNode, to peer: NodeID, slot: Slot) {
    var payload: BlockKey?
    if message.kind == .give || message.kind == .offer {
      give(slot)
      payload = node.bytes(in: slot)
      if payload != message.key { fail("\(message.kind) sends the bytes of another block") }
    }
    if message.kind == .redirect, message.peer == peer { fail("a node is redirected to itself") }
    if message.kind == .decline { referee.declined(message.key) }
    post(message, from: node, to: peer, payload: payload, keys: [])
  }

  private func post(
    _ message: PeerMessage, from node: HarnessNode, to peer: NodeID, payload: BlockKey?,
    keys: [BlockKey]
  ) {
    guard Int(peer.ordinal) < nodes.count else { return fail("a message is for nobody") }
    guard Int(peer.ordinal) != node.number else { return fail("a core sends itself a message") }
    sent[message.kind, default: 0] += 1
    let delay = random.within(conditions.messageDelay) + node.slowness
    if random.chance(conditions.messageLossPermille) { return }
    let receiver = nodes[Int(peer.ordinal)]
    mail.append(
      Mail(
        message: message, sender: node.number, receiver: receiver.number,
        receiverLife: receiver.life, payload: payload, keys: keys))
    queue.push(.message(index: mail.count - 1), at: now + delay)
  }

  // MARK: Operations

  private func start(
    _ operation: OperationID, _ work: HarnessNode.Operation.Work, _ key: BlockKey?,
    of node: HarnessNode
  ) {
    let known = node.operations.updateValue(.init(work: work, key: key), forKey: operation)
    if known != nil { fail("two operations have one id") }
    if case .readOrigin = work { return }
    if random.chance(conditions.flashStallPermille) { return }
    let delay = random.within(conditions.flashDelay)
    queue.push(.flash(node: node.number, life: node.life, operation), at: now + delay)
  }

  func endFlash(_ id: OperationID, of node: HarnessNode) {
    guard let operation = node.operations.removeValue(forKey: id) else { return }
    if random.chance(conditions.flashFailPermille) {
      return step(node, .flashCompleted(id, .failed))
    }
    switch operation.work {
    case .readFlash(let extent, let slot):
      let place = node.device.place(at: extent)
      if place == nil { fail("a segment was discarded under a read") }
      if random.chance(conditions.flashCorruptPermille) {
        return step(node, .flashCompleted(id, .corrupt))
      }
      node.setBytes(in: slot, to: place?.bytes)
    case .writeFlash(let extent, let slot):
      // A slot that was given to another block meanwhile leaves garbage.
      let bytes = node.bytes(in: slot) == operation.key ? operation.key : nil
      if let broken = node.device.finish(extent, bytes: bytes) { fail(broken) }
    case .move(let from, let to):
      let place = node.device.place(at: from)
      if place == nil { fail("a segment was discarded under a move") }
      if let broken = node.device.finish(to, bytes: place?.bytes) { fail(broken) }
    case .readOrigin: fail("an origin read ended as a flash operation")
    }
    step(node, .flashCompleted(id, .ok))
  }

  private func discard(_ segment: UInt32, of node: HarnessNode) {
    for operation in node.operations.values where operation.uses(segment) {
      fail("a segment is discarded while an operation uses it")
    }
    node.device.discard(segment)
  }

  private func readOrigin(
    _ id: OperationID, _ key: BlockKey, length: UInt32, _ slot: Slot, _ path: OriginPath,
    of node: HarnessNode
  ) {
    start(id, .readOrigin(into: slot, path: path), key, of: node)
    if node.owner(of: slot)?.key != key { fail("the origin is read into another block's slot") }
    let owner = views[views.count - 1].owner(of: key)
    let ownerHolds = owner != .none && nodes[Int(owner.ordinal)].core.canServe(key)
    if let broken = referee.originStarted(
      key, length: length, ownerHolds: ownerHolds,
      isOwner: Int(owner.ordinal) == node.number,
      isBudgeted: configuration.originPaths[Int(path.rawValue)].isBudgeted, at: now)
    {
      fail(broken)
    }
    if conditions.troubles[path] == .stalls { return }
    if random.chance(conditions.originStallPermille) { return }
    let delay = random.within(conditions.pathDelays[path] ?? conditions.originDelay)
    queue.push(.origin(node: node.number, life: node.life, id), at: now + delay)
  }

  func endOrigin(_ id: OperationID, of node: HarnessNode) {
    guard let operation = node.operations.removeValue(forKey: id), let key = operation.key,
      case .readOrigin(let slot, let path) = operation.work
    else { return }
    referee.originEnded(key)
    var status = OriginStatus(.ok)
    let trouble = conditions.troubles[path]
    if trouble == .fails {
      status = OriginStatus(.failed)
    } else if trouble == .throttles {
      status = OriginStatus(.throttled, retryAfterMilliseconds: 1000)
    } else if trouble == .lacks || conditions.missing.contains(key) {
      status = OriginStatus(.notFound)
    } else if random.chance(conditions.originThrottlePermille) {
      let wait = random.within(conditions.retryAfterMilliseconds)
      status = OriginStatus(.throttled, retryAfterMilliseconds: UInt32(wait))
    } else if random.chance(conditions.originFailPermille) {
      status = OriginStatus(.failed)
    } else {
      node.setBytes(in: slot, to: key)
    }
    step(node, .originCompleted(id, status))
  }
}

extension HarnessNode.Operation {
  func uses(_ segment: UInt32) -> Bool {
    switch work {
    case .readFlash(let extent, _), .writeFlash(let extent, _): extent.segment == segment
    case .move(let from, let to): from.segment == segment || to.segment == segment
    case .readOrigin: false
    }
  }
}
