import TarnCore

/// Reads where the caches are not, or not only, Tarn's cores.
extension World {
  /// A client's read reaches the cache of `node`.
  mutating func read(_ request: ReadRequest, at node: UInt32) {
    if idleBlocks != nil { dropIdleBlocks(before: request.key, of: node) }
    guard let standIn else { return step(node, .read(request)) }
    standIn.read(request, of: node, at: now, models: &models, into: &standInActions)
  }

  /// From a reader's call to its node's cache.
  @inline(__always)
  func clientSpan(of node: UInt32, _ key: BlockKey) -> Nanoseconds {
    guard let direct = traits.directOverhead else { return traits.clientOverhead }
    let owner = views.newestView(ofCell: fleet.cell(of: node)).owner(of: key)
    return owner == fleet.ordinal(of: node) ? direct : traits.clientOverhead
  }

  /// A put into a cache that holds no KV blocks is done at once, and forgotten.
  mutating func dropPut(_ request: PutRequest) {
    let reply = Reply(
      request: request.request, slot: .none, length: request.length, source: .memory,
      failure: .none)
    workloads.completed(reply, at: now, into: &actions)
  }

  mutating func resumeStandIn(_ token: UInt32) {
    standIn?.resume(token, at: now, models: &models, into: &standInActions)
  }

  /// A core answered a read that the stand-in had handed on.
  mutating func answerStandIn(_ reply: Reply, at node: UInt32) {
    standIn?.answered(reply, by: node, at: now, into: &standInActions)
  }

  /// Carries out what the stand-in wants; what that leads to comes after it.
  mutating func performStandInActions() {
    var next = 0
    while next < standInActions.list.count {
      perform(standInActions.list[next])
      next += 1
    }
    standInActions.removeAll()
  }

  private mutating func perform(_ action: StandInActions.Action) {
    switch action {
    case .reply(let reply, let time):
      guard time > now else { return workloads.completed(reply, at: now, into: &actions) }
      let index = replies.put(reply)
      queue.push(WorldEvent(WorldEvent.Kind.reply, node: 0, index: index), at: time)
    case .schedule(let token, let time):
      queue.push(WorldEvent(WorldEvent.Kind.standIn, node: 0, index: token), at: max(now, time))
    case .askedOrigin(let bytes, let node, let status, let span):
      // A model in the cores' place takes the first path that it is given.
      figures.askedOrigin(bytes: bytes, of: node, status: status, by: .first, in: span)
    case .wroteFlash(let bytes): figures.flashBytesWritten += UInt64(bytes)
    case .readCore(let request, let node):
      guard status[Int(node)].isUp else { return }
      step(node, .read(request))
    }
  }

  /// Caches with a time-out forget what nobody read for so long, whatever room they have.
  private mutating func dropIdleBlocks(before key: BlockKey, of node: UInt32) {
    while let place = idleBlocks?.takeIdle(at: now) {
      if status[Int(place.node)].isUp { step(place.node, .invalidate(place.key)) }
    }
    idleBlocks?.touched(key, of: node, at: now)
  }
}
