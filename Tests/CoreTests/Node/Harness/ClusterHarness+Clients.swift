import TarnCore

/// What clients ask, and what goes wrong with nodes.
extension ClusterHarness {
  /// Asks `node` for a block; the answer will be in `referee`.
  @discardableResult
  func read(
    _ block: HarnessBlock, at number: Int, within span: Nanoseconds = 10_000_000_000,
    flags: ReadFlags = [], recomputeMicroseconds: UInt32 = 0,
    stream: UInt8 = PrefetchHint.noStream
  ) -> RequestID {
    var flags = flags
    if block.isKV { flags.insert(.kv) }
    let request = referee.asks(
      .read(block.key), of: number, length: block.length, deadline: now + span,
      recomputeMicroseconds: recomputeMicroseconds, isKV: block.isKV)
    step(
      nodes[number],
      .read(
        ReadRequest(
          key: block.key, request: request, deadline: now + span, length: block.length,
          tenant: block.tenant, flags: flags, recomputeMicroseconds: recomputeMicroseconds,
          stream: stream)))
    return request
  }

  @discardableResult
  func put(_ block: HarnessBlock, at number: Int) -> RequestID {
    let request = referee.asks(.put(block.key), of: number, length: block.length, deadline: now)
    let input = Input.put(
      PutRequest(
        key: block.key, parent: block.parent, request: request, length: block.length,
        tenant: block.tenant))
    step(nodes[number], input, payload: block.key)
    return request
  }

  @discardableResult
  func lookUp(
    _ keys: [BlockKey], of tenant: TenantID = TenantID(0), at number: Int,
    within span: Nanoseconds = 5_000_000_000
  ) -> RequestID {
    var local: UInt32 = 0
    while local < UInt32(keys.count), nodes[number].core.canServe(keys[Int(local)]) { local += 1 }
    let request = referee.asks(
      .prefix(local: local, count: UInt32(keys.count)), of: number, length: 0,
      deadline: now + span)
    step(
      nodes[number],
      .lookUpPrefix(PrefixRequest(request: request, deadline: now + span, tenant: tenant)),
      keys: keys)
    return request
  }

  /// Asks `node` for leave to ask the origin something; it is used at once.
  @discardableResult
  func askLeave(
    at number: Int, length: UInt32 = 0, within span: Nanoseconds = 2_000_000_000
  ) -> RequestID {
    let request = referee.asks(.leave, of: number, length: length, deadline: now + span)
    step(
      nodes[number],
      .askLeave(LeaveRequest(request: request, deadline: now + span, length: length)))
    return request
  }

  func pin(_ key: BlockKey, _ action: PinAction, at number: Int) {
    step(nodes[number], .pin(key, action))
  }

  func invalidate(_ key: BlockKey, at number: Int) { step(nodes[number], .invalidate(key)) }

  // MARK: Faults

  /// The node stops in the middle of everything: its memory, its operations and its clients go.
  func crash(_ number: Int) {
    let node = nodes[number]
    guard node.isUp else { return }
    node.isUp = false
    node.wakeAt = .never
    for operation in node.operations.values {
      if case .readOrigin = operation.work, let key = operation.key { referee.originEnded(key) }
    }
    node.operations = [:]
    node.slots = []
    node.links = []
    node.pins = []
    referee.forget(clientsOf: number)
    referee.hadFault = true
  }

  /// The node is back with a new life; its scan finds every whole block on its device, in any
  /// order, those that the earlier life had dropped included.
  func restart(_ number: Int) {
    let node = nodes[number]
    guard !node.isUp else { return }
    node.isUp = true
    node.life += 1
    node.earlierHash = (node.earlierHash &+ node.core.decisionHash) &* 0xD6E8_FEB8_6659_FD93
    node.earlierCounters += node.core.counters
    node.core = CacheNode(configuration, id: NodeID(UInt16(number)), incarnation: node.life)
    let found = node.device.recoverable()
    node.device.age()
    step(node, .view(ClusterViewReference(views[views.count - 1])))
    for (key, tenant, extent) in shuffled(found) {
      step(
        node,
        .recovered(
          key, length: extent.length, tenant: tenant, segment: extent.segment,
          offset: extent.offset))
    }
  }

  private func shuffled<Element>(_ items: [Element]) -> [Element] {
    var items = items
    for index in items.indices.dropFirst() { items.swapAt(index, random.below(index + 1)) }
    return items
  }

  /// The members change; each node that is up hears of it at its own moment.
  func announce(within span: Nanoseconds = 50_000_000, members present: (Int) -> Bool) {
    referee.hadFault = true
    let last = views[views.count - 1]
    let members = nodes.filter { present($0.number) }.map {
      Member(node: NodeID(UInt16($0.number)), rack: UInt16($0.number))
    }
    views.append(ClusterView(version: last.version + 1, capacity: nodes.count, members: members))
    for node in nodes {
      queue.push(
        .view(node: node.number, version: views.count - 1), at: now + random.within(0...span))
    }
  }

  /// Every node is up, in everyone's view, and nothing fails any more.
  func heal() {
    conditions = conditions.healed
    for node in nodes {
      restart(node.number)
      node.slowness = 0
    }
    let view = views[views.count - 1]
    if view.count < nodes.count { announce { _ in true } }
  }

  /// Runs until nothing is left to do, 300 s at most, and demands that nothing is left undone.
  func drain() {
    run(until: now + 300_000_000_000)
    guard violation == nil else { return }
    if let open = referee.someOpenRequest { return fail("\(open) was never answered") }
    for node in nodes where node.isUp {
      if !node.operations.isEmpty { return fail("node \(node.number) left operations under way") }
      if node.core.flightsUnderWay > 0 {
        return fail("node \(node.number) has \(node.core.flightsUnderWay) fetches without an end")
      }
      auditThoroughly(node)
    }
  }
}

extension FlashDevice {
  /// Every whole block that a scan finds.
  func recoverable() -> [(BlockKey, TenantID, FlashExtent)] {
    segments.flatMap { $0 }.compactMap { place in
      guard place.isWhole, let bytes = place.bytes else { return nil }
      return (bytes, place.tenant, place.extent)
    }
  }
}
