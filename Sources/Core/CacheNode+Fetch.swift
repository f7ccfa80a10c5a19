/// Fetches: from the start of a flight to the source that serves it.
extension CacheNode {
  /// Makes room and starts a flight for a block that memory does not have; nil if there is no room.
  mutating func startFetch(
    _ key: BlockKey, length: UInt32, tenant: TenantID, flags: Flight.Flags, at now: Instant
  ) -> UInt32? {
    guard flights.count < configuration.fetch.flightLimit else { return nil }
    memory.prepare(key: key, length: length, tenant: tenant)
    guard makeRoom(for: length, of: tenant) else { return nil }
    let slot = memory.reserve(key: key, length: length, tenant: tenant)
    let flight = flights.start()
    memory.table[slot].next = flight
    flights[flight].key = key
    flights[flight].slot = slot
    flights[flight].length = length
    flights[flight].tenant = tenant
    flights[flight].flags = flags
    flights[flight].started = now
    return flight
  }

  /// Evicts from memory until `length` bytes of `tenant` fit. False if they never will.
  mutating func makeRoom(for length: UInt32, of tenant: TenantID) -> Bool {
    guard memory.canHold(length, of: tenant) else { return false }
    while !memory.hasRoom(for: length, of: tenant) {
      let victim = memory.victim(for: tenant, length: length)
      guard victim != .none else { return false }
      memory.discard(victim)
      counters.memoryEvictions += 1
    }
    return true
  }

  /// Sends a flight to the nearest place that has its block: flash, then the cell.
  mutating func launch(_ flight: UInt32, at now: Instant, into effects: inout Effects) {
    let flashSlot = flash.find(flights[flight].key)
    if flashSlot != .none, flash.isReadable(flashSlot) {
      readFlash(flight, flashSlot, at: now, into: &effects)
    } else {
      seekInCell(flight, at: now, into: &effects)
    }
  }

  /// Asks the block's owner, or, as its owner, the origin.
  mutating func seekInCell(_ flight: UInt32, at now: Instant, into effects: inout Effects) {
    let owner = owner(of: flights[flight].key, at: now)
    if owner == id || owner == .none {
      flights[flight].flags.insert(.owned)
      return leaveCell(flight, at: now, into: &effects)
    }
    if bypassesPeers(flights[flight]) {
      counters.bypasses += 1
      flights[flight].flags.insert(.bypass)
      return leaveCell(flight, at: now, into: &effects)
    }
    ask(flight, owner, at: now, into: &effects)
  }

  /// The cell does not have the block: the origin may; a KV block has none.
  mutating func leaveCell(_ flight: UInt32, at now: Instant, into effects: inout Effects) {
    if flights[flight].flags.contains(.kv) {
      return abandon(flight, .absent, at: now, into: &effects)
    }
    seekOrigin(flight, at: now, into: &effects)
  }

  /// The first owner of `key` that is not a suspect; `NodeID.none` if the cell has none.
  func owner(of key: BlockKey, at now: Instant) -> NodeID {
    guard let handle else { return .none }
    if health.troubledPeers == 0 { return handle.owner(of: key) }
    return handle.owner(of: key) { peer in !health.isSuspect(peer, at: now) }
  }

  /// Whether peers have lately been so slow that the origin is the better source. Every sixteenth
  /// read asks the peer all the same, or the estimate could never recover.
  private func bypassesPeers(_ flight: Flight) -> Bool {
    let percent = UInt64(configuration.fetch.bypassPercent)
    guard percent > 0, latency[.origin] > 0, flight.key.low & 15 != 0 else { return false }
    return UInt64(latency[.peer]) * 100 > UInt64(latency[.origin]) * percent
  }

  // MARK: Peers

  mutating func ask(
    _ flight: UInt32, _ peer: NodeID, flags: PeerMessage.Flags = [], at now: Instant,
    into effects: inout Effects
  ) {
    let before = flights[flight].asked
    flights[flight].state = .askingPeer
    flights[flight].asked = peer
    flights[flight].hedged = .none
    flights[flight].silences = 0
    flights[flight].mark(at: now)
    flights.arm(flight, at: now + configuration.fetch.peerPatienceNanoseconds)
    sendAsk(flight, to: peer, inPlaceOf: before, flags: flags, into: &effects)
  }

  /// - Parameter inPlaceOf: the peer that the one which is asked had named, and that was no help.
  private func sendAsk(
    _ flight: UInt32, to peer: NodeID, inPlaceOf named: NodeID = .none, flags: PeerMessage.Flags,
    into effects: inout Effects
  ) {
    let current = flights[flight]
    var message = PeerMessage(
      .ask, operation: flights.operation(of: flight), key: current.key, length: current.length,
      tenant: current.tenant, flags: flags, deadline: current.deadline)
    if current.flags.contains(.kv) { message.flags.insert(.kv) }
    if current.flags.contains(.doNotRedirect) {
      message.flags.insert(.doNotRedirect)
      if named != peer { message.peer = named }
    }
    message.hops = current.hops
    effects.append(.send(message, to: peer, slot: .none))
  }

  /// The peer that was asked has been silent for as long as patience lasts.
  mutating func patienceEnded(_ flight: UInt32, at now: Instant, into effects: inout Effects) {
    let current = flights[flight]
    let isMember = handle?.contains(current.asked) ?? false
    if !isMember || health.isSuspect(current.asked, at: now) {
      // It is dead, or gone: the next owner takes its place.
      return seekPastRedirection(flight, at: now, into: &effects)
    }
    noteSilence(of: current.asked, at: now, into: &effects)
    let silences = current.silences < .max ? current.silences + 1 : current.silences
    flights[flight].silences = silences
    let isUnusual = silences >= 16 || isLate(flight, at: now)
    if silences >= 4, silences & (silences - 1) == 0, isUnusual {
      // A ring of redirected nodes that wait for each other is rare; once in a while it is cut.
      if current.isRedirected, silences >= 16 {
        return seekPastRedirection(flight, at: now, into: &effects)
      }
      if current.hedged == .none { hedge(flight, into: &effects) }
      askAgain(flight, into: &effects)
    }
    // A peer that has proved to be slow is asked for its health half as often.
    let ping = configuration.fetch.pingTimeoutNanoseconds
    flights.arm(flight, at: now + (silences < 4 ? ping : 2 * ping))
  }

  /// Whether the peer that was asked takes four times as long as an answer may.
  private func isLate(_ flight: UInt32, at now: Instant) -> Bool {
    let patience = max(
      configuration.fetch.peerPatienceNanoseconds / 1000, latency.peerPatience)
    return flights[flight].sinceMark(at: now) >= 4 * Int64(patience)
  }

  /// Pings a peer that let patience end, unless that was done.
  mutating func noteSilence(of peer: NodeID, at now: Instant, into effects: inout Effects) {
    let timeout = configuration.fetch.pingTimeoutNanoseconds
    if health.noteTimeout(peer, at: now, pingTimeout: timeout) {
      effects.append(.send(PeerMessage(.ping), to: peer, slot: .none))
    }
  }

  /// Repeats the ask under the same operation, with the deadline of those who wait now.
  func askAgain(_ flight: UInt32, into effects: inout Effects) {
    let current = flights[flight]
    var flags: PeerMessage.Flags = .again
    if current.isRedirected { flags.insert(.onlyIfPresent) }
    sendAsk(flight, to: current.asked, flags: flags, into: &effects)
  }

  /// Gives up the peer that was asked and seeks the block anew; once redirected, the owner has to
  /// serve it itself.
  mutating func seekPastRedirection(
    _ flight: UInt32, at now: Instant, into effects: inout Effects
  ) {
    flights.renew(flight)
    if flights[flight].hops > 0 { flights[flight].flags.insert(.doNotRedirect) }
    seekInCell(flight, at: now, into: &effects)
  }

  /// Asks the next owner too, for a copy that it happens to have.
  private mutating func hedge(_ flight: UInt32, into effects: inout Effects) {
    guard let handle else { return }
    var owners = Owners(limit: Int(configuration.fetch.owners))
    handle.owners(of: flights[flight].key, into: &owners)
    for index in 0..<owners.count {
      let peer = owners[index]
      guard peer != id, peer != flights[flight].asked else { continue }
      flights[flight].hedged = peer
      counters.hedges += 1
      return sendAsk(flight, to: peer, flags: .onlyIfPresent, into: &effects)
    }
  }

  /// Members that left can't answer: what was asked of them is asked elsewhere, as timers run out.
  mutating func rerouteFlights(at now: Instant) {
    guard let handle else { return }
    for flight in 0..<flights.limit {
      let current = flights[flight]
      let isWaiting =
        current.state == .askingPeer || current.state == .askingPrefix
        || current.state == .awaitingBudget
      if isWaiting, current.asked != id, !handle.contains(current.asked) {
        flights.arm(flight, at: now)
      }
    }
  }
}
