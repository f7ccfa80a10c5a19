/// Messages from peers of the cell.
extension CacheNode {
  mutating func receive(
    _ message: PeerMessage, from peer: NodeID, keys: Span<BlockKey>, at now: Instant,
    into effects: inout Effects
  ) {
    health.noteAnswer(peer)
    switch message.kind {
    case .ask: answer(message, from: peer, at: now, into: &effects)
    case .give, .redirect, .decline: answered(message, from: peer, at: now, into: &effects)
    case .askBudget:
      let answer = budgetAnswer(length: message.length, at: now)
      sendBudgetAnswer(answer, to: peer, message, into: &effects)
    case .grantBudget, .denyBudget: receiveBudget(message, at: now, into: &effects)
    case .reportThrottle: budgetThrottled(message.delayNanoseconds, at: now)
    case .ping: effects.append(.send(PeerMessage(.pong), to: peer, slot: .none))
    case .pong: break
    case .askPrefix: countPrefix(message, from: peer, keys: keys, into: &effects)
    case .givePrefix: receivePrefix(message, into: &effects)
    case .offer: keepOffer(message, at: now, into: &effects)
    }
  }

  // MARK: Asks

  /// A peer wants a block: give it, send the peer on, join it to a fetch, start one, or decline.
  private mutating func answer(
    _ message: PeerMessage, from peer: NodeID, at now: Instant, into effects: inout Effects
  ) {
    guard message.deadline > now else { return }
    if message.flags.contains(.again), renewWait(message, from: peer) { return }
    if redirect(message, from: peer, at: now, into: &effects) { return }
    memoryFilter.record(message.key)
    let slot = memory.find(message.key)
    if slot != .none, memory.isReadable(slot) {
      memory.touch(slot)
      give(
        message.key, slot, to: peer, operation: message.operation, source: .memory, at: now,
        into: &effects)
      return noteTaken(message, by: peer, at: now)
    }
    if slot != .none {
      let flight = memory.table[slot].next
      // Neither may wait for the other.
      let isRing = flights[flight].state == .askingPeer && flights[flight].asked == peer
      if isRing { return decline(message, to: peer, into: &effects) }
      return join(flight, message, from: peer, at: now)
    }
    let flashSlot = flash.find(message.key)
    let isOnFlash = flashSlot != .none && flash.isReadable(flashSlot)
    if !isOnFlash, !message.flags.isDisjoint(with: [.onlyIfPresent, .kv]) {
      return decline(message, to: peer, into: &effects)
    }
    serveByFetching(message, from: peer, at: now, into: &effects)
  }

  /// Whether the peer waits already for a fetch that is under way.
  private mutating func renewWait(_ message: PeerMessage, from peer: NodeID) -> Bool {
    let slot = memory.find(message.key)
    guard slot != .none, !memory.isReadable(slot) else { return false }
    let flight = memory.table[slot].next
    let isWaiting = flights.renewWaiter(
      of: flight, identifier: message.operation.rawValue, peer: peer, deadline: message.deadline)
    if isWaiting { flights.arm(flight, at: flights[flight].action) }
    return isWaiting
  }

  private mutating func join(
    _ flight: UInt32, _ message: PeerMessage, from peer: NodeID, at now: Instant
  ) {
    counters.coalesced += 1
    flights[flight].flags.remove(.prefetch)
    flights.wait(
      flight, identifier: message.operation.rawValue, peer: peer, deadline: message.deadline)
    flights.arm(flight, at: flights[flight].action)
    noteTaken(message, by: peer, at: now)
  }

  /// The peer came to this node as the block's owner: its lease is the flight that starts here.
  private mutating func serveByFetching(
    _ message: PeerMessage, from peer: NodeID, at now: Instant, into effects: inout Effects
  ) {
    var flags: Flight.Flags = [.owned]
    if message.flags.contains(.kv) { flags.insert(.kv) }
    if message.flags.contains(.paid) { flags.insert(.paid) }
    guard
      let flight = startFetch(
        message.key, length: message.length, tenant: message.tenant, flags: flags, at: now)
    else { return decline(message, to: peer, into: &effects) }
    flights.wait(
      flight, identifier: message.operation.rawValue, peer: peer, deadline: message.deadline)
    noteTaken(message, by: peer, at: now)
    let flashSlot = flash.find(message.key)
    if flashSlot != .none, flash.isReadable(flashSlot) {
      readFlash(flight, flashSlot, at: now, into: &effects)
    } else {
      seekOrigin(flight, at: now, into: &effects)
    }
  }

  private mutating func decline(
    _ message: PeerMessage, to peer: NodeID, into effects: inout Effects
  ) {
    let answer = PeerMessage(
      .decline, operation: message.operation, key: message.key, length: message.length,
      tenant: message.tenant)
    effects.append(.send(answer, to: peer, slot: .none))
  }

  mutating func give(
    _ key: BlockKey, _ slot: Slot, to peer: NodeID, operation: OperationID, source: Source,
    at now: Instant, into effects: inout Effects
  ) {
    counters.given += 1
    balance.gave(memory.table[slot].length, at: now)
    var message = PeerMessage(
      .give, operation: operation, key: key, length: memory.table[slot].length,
      tenant: memory.table[slot].tenant)
    message.source = source
    effects.append(.send(message, to: peer, slot: slot))
  }

  // MARK: Fan-out

  /// Whether the peer comes to the block's owner as one of many, to be sent wherever it suits; who was
  /// sent here already, or wants what happens to be here, is not sent on.
  private func mayBeSentOn(_ message: PeerMessage) -> Bool {
    configuration.fetch.fanOut > 0 && configuration.fetch.fanOutWindowNanoseconds > 0
      && message.hops == 0 && message.flags.isDisjoint(with: [.doNotRedirect, .onlyIfPresent])
  }

  private mutating func redirect(
    _ message: PeerMessage, from peer: NodeID, at now: Instant, into effects: inout Effects
  ) -> Bool {
    guard mayBeSentOn(message) else {
      // The peer that it names was no help.
      if message.peer != .none { fanOut.forget(message.key, by: message.peer) }
      return false
    }
    let window = configuration.fetch.fanOutWindowNanoseconds
    let limit = balance.isOverdrawn(at: now) ? 0 : configuration.fetch.fanOut
    let target = fanOut.target(of: message.key, for: peer, at: now, window: window, limit: limit) {
      !health.isSuspect($0, at: now)
    }
    guard let target else { return false }
    fanOut.took(message.key, by: peer, sentOn: true, at: now, window: window)
    counters.redirected += 1
    var answer = PeerMessage(
      .redirect, operation: message.operation, key: message.key, length: message.length,
      tenant: message.tenant)
    answer.peer = target
    answer.hops = message.hops + 1
    effects.append(.send(answer, to: peer, slot: .none))
    return true
  }

  private mutating func noteTaken(_ message: PeerMessage, by peer: NodeID, at now: Instant) {
    guard mayBeSentOn(message) else { return }
    fanOut.took(
      message.key, by: peer, sentOn: false, at: now,
      window: configuration.fetch.fanOutWindowNanoseconds)
  }

  // MARK: Answers to our asks

  private mutating func answered(
    _ message: PeerMessage, from peer: NodeID, at now: Instant, into effects: inout Effects
  ) {
    guard let flight = flights.find(message.operation), flights[flight].state == .askingPeer,
      flights[flight].key == message.key
    else { return }
    switch message.kind {
    case .give: landed(flight, from: .peer, at: now, into: &effects)
    case .redirect: followRedirection(flight, message, from: peer, at: now, into: &effects)
    default: declined(flight, message, by: peer, at: now, into: &effects)
    }
  }

  private mutating func followRedirection(
    _ flight: UInt32, _ message: PeerMessage, from peer: NodeID, at now: Instant,
    into effects: inout Effects
  ) {
    guard peer == flights[flight].asked else { return }
    flights[flight].hops = message.hops
    let isMember = handle?.contains(message.peer) ?? false
    if message.peer == id || !isMember || health.isSuspect(message.peer, at: now) {
      return seekPastRedirection(flight, at: now, into: &effects)
    }
    flights.renew(flight)
    ask(flight, message.peer, flags: .onlyIfPresent, at: now, into: &effects)
  }

  /// A hedge that missed changes nothing; a holder that lost the block sends us back to the owner;
  /// an owner that can't help leaves only the origin, and what the origin told the owner is final:
  /// asking it again for every reader of the cell would only add to its troubles.
  private mutating func declined(
    _ flight: UInt32, _ message: PeerMessage, by peer: NodeID, at now: Instant,
    into effects: inout Effects
  ) {
    guard peer == flights[flight].asked else { return }
    let failure = Failure(rawValue: UInt8(truncatingIfNeeded: message.count))
    if let failure, failure == .notFound || failure == .originFailed {
      return abandon(flight, failure, at: now, into: &effects)
    }
    if flights[flight].isRedirected {
      return seekPastRedirection(flight, at: now, into: &effects)
    }
    flights.renew(flight)
    leaveCell(flight, at: now, into: &effects)
  }

  // MARK: Budget

  private mutating func sendBudgetAnswer(
    _ answer: OriginBudget.Answer, to peer: NodeID, _ message: PeerMessage,
    into effects: inout Effects
  ) {
    var reply: PeerMessage
    switch answer {
    case .granted(let delay):
      reply = PeerMessage(.grantBudget, operation: message.operation)
      reply.delayNanoseconds = delay
    case .denied(let delay):
      reply = PeerMessage(.denyBudget, operation: message.operation)
      reply.delayNanoseconds = delay
    }
    effects.append(.send(reply, to: peer, slot: .none))
  }

  private mutating func receiveBudget(
    _ message: PeerMessage, at now: Instant, into effects: inout Effects
  ) {
    guard let flight = flights.find(message.operation), flights[flight].state == .awaitingBudget
    else { return }
    let delay = message.delayNanoseconds
    budgetAnswered(
      flight, message.kind == .grantBudget ? .granted(delay) : .denied(delay), at: now,
      into: &effects)
  }
}
