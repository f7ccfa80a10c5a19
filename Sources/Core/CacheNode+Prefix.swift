/// KV blocks: how much of this prompt is here, and where new blocks go.
///
/// A chain's blocks behind its anchor share one home, the first owner of their common `high` half
/// (`KVChain`). The node that serves a prompt keeps what it computes and offers it to the home, so
/// that the next prompt of the conversation finds it wherever it is scheduled.
extension CacheNode {
  /// How many of the step's `keys`, from the first on, are on this node; then asks the home of the
  /// first absent one for the rest.
  mutating func lookUpPrefix(
    _ request: PrefixRequest, keys: Span<BlockKey>, at now: Instant, into effects: inout Effects
  ) {
    let local = leadingBlocks(keys)
    let home = local == keys.count ? id : owner(of: keys[local], at: now)
    guard home != id, home != .none, request.deadline > now,
      flights.count < configuration.fetch.flightLimit
    else {
      let count = UInt32(local)
      return effects.append(
        .replyPrefix(
          PrefixReply(request: request.request, localBlocks: count, totalBlocks: count)))
    }
    let flight = flights.start()
    flights[flight].state = .askingPrefix
    flights[flight].flashSlot = UInt32(local)
    flights[flight].asked = home
    flights.wait(
      flight, identifier: request.request.rawValue, peer: .none, deadline: request.deadline)
    flights.arm(flight, at: now + configuration.fetch.peerPatienceNanoseconds)
    var message = PeerMessage(.askPrefix, operation: flights.operation(of: flight))
    message.tenant = request.tenant
    effects.append(.sendKeys(message, to: home, firstKey: UInt32(local)))
  }

  /// Leading keys whose blocks can be read here; the deepest is touched first, so that the start of
  /// a prompt, which more prompts share, stays longest.
  private mutating func leadingBlocks(_ keys: Span<BlockKey>) -> Int {
    var count = 0
    while count < keys.count, canServe(keys[count]) { count += 1 }
    for index in (0..<count).reversed() {
      let slot = memory.find(keys[index])
      if slot != .none { memory.touch(slot) }
    }
    return count
  }

  mutating func countPrefix(
    _ message: PeerMessage, from peer: NodeID, keys: Span<BlockKey>, into effects: inout Effects
  ) {
    var answer = PeerMessage(.givePrefix, operation: message.operation)
    answer.count = UInt32(leadingBlocks(keys))
    effects.append(.send(answer, to: peer, slot: .none))
  }

  mutating func receivePrefix(_ message: PeerMessage, into effects: inout Effects) {
    guard let flight = flights.find(message.operation), flights[flight].state == .askingPrefix
    else { return }
    answerPrefix(flight, found: message.count, into: &effects)
  }

  mutating func answerPrefix(_ flight: UInt32, found: UInt32, into effects: inout Effects) {
    if let waiter = flights.nextWaiter(of: flight) {
      answerPrefix(flight, waiter, found: found, into: &effects)
    }
    flights.end(flight)
  }

  mutating func answerPrefix(
    _ flight: UInt32, _ waiter: Waiter, found: UInt32, into effects: inout Effects
  ) {
    let local = flights[flight].flashSlot
    let total = local + min(found, .max - local)
    effects.append(
      .replyPrefix(
        PrefixReply(
          request: RequestID(waiter.identifier), localBlocks: local, totalBlocks: total)))
  }

  // MARK: Puts

  /// Takes a block that a client computed, and offers it to its home.
  mutating func put(_ request: PutRequest, at now: Instant, into effects: inout Effects) {
    memoryFilter.record(request.key)
    let slot = keep(
      request.key, parent: request.parent, length: request.length, tenant: request.tenant, at: now)
    guard slot != .none else {
      counters.failures += 1
      return effects.append(
        .reply(
          Reply(
            request: request.request, slot: .none, length: 0, source: .none, failure: .overloaded)))
    }
    effects.append(
      .reply(
        Reply(
          request: request.request, slot: slot, length: request.length, source: .memory,
          failure: .none)))
    offer(request, slot, at: now, into: &effects)
    demoteAhead(at: now, into: &effects)
  }

  private mutating func offer(
    _ request: PutRequest, _ slot: Slot, at now: Instant, into effects: inout Effects
  ) {
    let home = owner(of: request.key, at: now)
    guard home != id, home != .none else { return }
    var message = PeerMessage(
      .offer, key: request.key, length: request.length, tenant: request.tenant, flags: .kv)
    let sharesHome = request.parent.high == request.key.high
    message.parentLow = sharesHome ? request.parent.low : request.key.low
    effects.append(.send(message, to: home, slot: slot))
  }

  mutating func keepOffer(_ message: PeerMessage, at now: Instant, into effects: inout Effects) {
    _ = keep(
      message.key, parent: BlockKey(high: message.key.high, low: message.parentLow),
      length: message.length, tenant: message.tenant, at: now)
    demoteAhead(at: now, into: &effects)
  }

  /// Puts a KV block into memory behind its parent; `Slot.none` if there is no room for it.
  private mutating func keep(
    _ key: BlockKey, parent: BlockKey, length: UInt32, tenant: TenantID, at now: Instant
  ) -> Slot {
    let known = memory.find(key)
    if known != .none {
      guard memory.isReadable(known) else { return .none }
      memory.touch(known)
      return known
    }
    memory.prepare(key: key, length: length, tenant: tenant)
    guard makeRoom(for: length, of: tenant) else { return .none }
    let slot = memory.reserve(key: key, length: length, tenant: tenant)
    memory.land(slot)
    memory.table[slot].flags.insert(.kv)
    let parentSlot = parent == key ? Slot.none : memory.find(parent)
    if parentSlot != .none, memory.isReadable(parentSlot) { memory.link(slot, to: parentSlot) }
    memory.release(slot)
    return slot
  }
}
