import TarnCore

/// Carrying out effects through the models.
extension World {
  mutating func perform(_ effect: Effect, of node: UInt32, keys: [BlockKey]) {
    switch effect {
    case .reply(let reply): answer(reply, at: node)
    case .send(let message, let peer, _): send(message, from: node, to: peer)
    case .readFlash(let operation, let extent, _):
      let done = models.readFlash(of: node, bytes: extent.length, at: now)
      reportFlash(operation, to: node, at: done)
    case .writeFlash(let operation, let extent, _):
      figures.flashBytesWritten += UInt64(extent.length)
      let done = models.writeFlash(of: node, bytes: extent.length, at: now)
      reportFlash(operation, to: node, at: done)
    case .moveFlash(let operation, let from, _):
      figures.flashBytesMoved += UInt64(from.length)
      let read = models.readFlash(of: node, bytes: from.length, at: now)
      reportFlash(
        operation, to: node, at: models.writeFlash(of: node, bytes: from.length, at: read))
    case .readOrigin(let operation, let key, let length, _, let path):
      guard regions == nil || !readHome(operation, key, length: length, by: path, for: node) else {
        return
      }
      readOrigin(operation, key, length: length, by: path, for: node)
    case .wake(let time):
      status[Int(node)].wakeWanted = time
      if time != .never { queueWake(of: node, at: time) }
    case .replyPrefix(let reply): workloads.prefixAnswered(reply, at: now, into: &actions)
    case .sendKeys(let message, let peer, let first):
      let index = put(message, from: node)
      travellingKeys[index] = Array(keys[Int(first)...])
      let target = fleet.node(peer, inCellOf: node)
      if models.isInterleaved { return enter(index, from: node, to: target) }
      post(index, to: target, at: arrivalOfMessage(from: node, to: peer))
    case .cancel(let operation): checker?.originEnded(operation, by: node)
    case .discardSegment: break
    case .leave: preconditionFailure("the simulator's origins are asked for blocks alone")
    }
  }

  // MARK: Replies

  /// Bytes from memory take the time of one copy; all others have just arrived, unless clients talk to
  /// their node through a socket.
  ///
  /// The client is told at once, with the time at which its copy will be done: the copy takes tens of
  /// microseconds, nothing can call it off, and an event for each memory hit would be a quarter of
  /// all events. So two answers may be told in another order than their times, by that much.
  private mutating func answer(_ reply: Reply, at node: UInt32) {
    if let checker {
      checker.answered(reply, by: nodes[Int(node)], number: node, at: now)
    }
    if reply.request.workload == StandInActions.workload { return answerStandIn(reply, at: node) }
    if regions != nil, answerRegions(reply, at: node) { return }
    let isCopied = reply.source == .memory || models.copiesAll(at: node)
    guard isCopied, reply.failure == .none else {
      return workloads.completed(reply, at: now, into: &actions)
    }
    let time = models.copyMemory(of: node, bytes: reply.length, at: now)
    workloads.completed(reply, at: time, into: &actions)
  }

  // MARK: Messages

  private mutating func send(_ message: PeerMessage, from node: UInt32, to peer: NodeID) {
    let target = fleet.node(peer, inCellOf: node)
    let isPayload = message.kind == .give || message.kind == .offer
    if isPayload {
      status[Int(node)].given += UInt64(message.length)
      figures.gave(message.key)
    }
    if models.isInterleaved { return enter(put(message, from: node), from: node, to: target) }
    let arrival =
      isPayload
      ? models.transfer(bytes: message.length, from: node, to: target, at: now)
      : arrivalOfMessage(from: node, to: peer)
    post(put(message, from: node), to: target, at: arrival)
  }

  private func arrivalOfMessage(from node: UInt32, to peer: NodeID) -> Instant {
    models.message(from: node, to: fleet.node(peer, inCellOf: node), at: now)
  }

  private mutating func put(_ message: PeerMessage, from node: UInt32) -> UInt32 {
    messages.put(MessageUnderWay(message: message, from: fleet.ordinal(of: node)))
  }

  mutating func post(_ index: UInt32, to node: UInt32, at time: Instant) {
    queue.push(WorldEvent(WorldEvent.Kind.message, node: node, index: index), at: time)
  }

  // MARK: Devices

  private mutating func reportFlash(_ operation: OperationID, to node: UInt32, at time: Instant) {
    let index = flashReports.put(FlashReport(operation: operation, life: status[Int(node)].life))
    queue.push(WorldEvent(WorldEvent.Kind.flash, node: node, index: index), at: time)
  }

  private mutating func readOrigin(
    _ operation: OperationID, _ key: BlockKey, length: UInt32, by path: OriginPath,
    for node: UInt32
  ) {
    if let checker { check(checker, operation, key, length: length, by: path, for: node) }
    if models.isInterleaved {
      return readOriginInPieces(operation, key, length: length, by: path, for: node)
    }
    let (time, end) = models.readOrigin(key, bytes: length, to: node, by: path, at: now)
    figures.askedOrigin(bytes: length, of: node, status: end, by: path, in: time - now)
    reportOrigin(operation, key, end, to: node, at: time)
  }

  private mutating func readOriginInPieces(
    _ operation: OperationID, _ key: BlockKey, length: UInt32, by path: OriginPath,
    for node: UInt32
  ) {
    let answer = models.askOrigin(key, bytes: length, for: node, by: path, at: now)
    let (time, end) = answer.end
    // The span is what the read takes if nothing else comes to the node.
    figures.askedOrigin(bytes: length, of: node, status: end, by: path, in: time - now)
    guard case .ok(let first, let last) = answer else {
      return reportOrigin(operation, key, end, to: node, at: time)
    }
    let report = OriginReport(
      operation: operation, status: end, key: key, life: status[Int(node)].life)
    receive(
      originReports.put(report), bytes: length, at: node, firstByte: first, lastByte: last)
  }

  mutating func reportOrigin(
    _ operation: OperationID, _ key: BlockKey, _ end: OriginStatus, to node: UInt32,
    at time: Instant
  ) {
    let report = OriginReport(
      operation: operation, status: end, key: key, life: status[Int(node)].life)
    queue.push(
      WorldEvent(WorldEvent.Kind.origin, node: node, index: originReports.put(report)), at: time)
  }

  func check(
    _ checker: InvariantChecker, _ operation: OperationID, _ key: BlockKey, length: UInt32,
    by path: OriginPath, for node: UInt32
  ) {
    checker.originStarted(operation, key, by: node, length: length, path: path, at: now)
    let cell = fleet.cell(of: node)
    let owner = views.newestView(ofCell: cell).owner(of: key)
    let ownerNode = fleet.node(owner, inCellOf: node)
    if owner != .none, ownerNode != node, status[Int(ownerNode)].isUp,
      nodes[Int(ownerNode)].canServe(key)
    {
      checker.ownerHolds(key, cell: cell, at: now)
    }
  }
}
