/// What happens when a block has landed in memory.
extension CacheNode {
  /// Waiters that one step answers; the rest follow over the next wakes.
  static let deliveryLimit = 96

  /// The bytes of the flight's block are in memory, from `source`.
  mutating func landed(
    _ flight: UInt32, from source: Source, at now: Instant, into effects: inout Effects
  ) {
    let slot = flights[flight].slot
    memory.land(slot)
    // Held until every waiter has its answer; `endFlight` decides what becomes of it.
    memory.beginDraining(slot)
    memory.table[slot].next = flight
    flights[flight].source = source
    flights[flight].state = .delivering
    if source == .peer { balance.took(flights[flight].length, at: now) }
    latency.record(source, nanoseconds: now - flights[flight].started)
    if flights[flight].flags.contains(.kv) { memory.table[slot].flags.insert(.kv) }
    deliver(flight, at: now, into: &effects)
  }

  mutating func deliver(_ flight: UInt32, at now: Instant, into effects: inout Effects) {
    let current = flights[flight]
    for _ in 0..<CacheNode.deliveryLimit {
      guard let waiter = flights.nextWaiter(of: flight) else {
        return settle(flight, at: now, into: &effects)
      }
      if waiter.peer == .none {
        count(current.source)
        effects.append(
          .reply(
            Reply(
              request: RequestID(waiter.identifier), slot: current.slot, length: current.length,
              source: current.source, failure: .none)))
      } else {
        give(
          current.key, current.slot, to: waiter.peer, operation: OperationID(waiter.identifier),
          source: current.source, at: now, into: &effects)
      }
    }
    flights.arm(flight, at: now)
  }

  private mutating func count(_ source: Source) {
    switch source {
    case .memory: counters.memoryHits += 1
    case .flash: counters.flashHits += 1
    case .peer: counters.peerHits += 1
    case .origin: counters.originReads += 1
    case .none: counters.failures += 1
    }
  }

  /// Everyone is served: keep the block in memory, write it to flash, or let it go.
  private mutating func settle(_ flight: UInt32, at now: Instant, into effects: inout Effects) {
    let current = flights[flight]
    flights.end(flight)
    let isInvalid = current.flags.contains(.invalidated)
    let isAdmitted =
      !current.flags.contains(.doNotAdmit) && memoryFilter.admits(current.key, over: nil)
    let stays = !isInvalid && (isAdmitted || memory.isKept(current.slot))
    if current.flags.contains(.prefetch) { memory.table[current.slot].flags.insert(.prefetched) }
    let isOwned = current.flags.contains(.owned) || owner(of: current.key, at: now) == id
    let isWanted =
      configuration.flashFill == .allOnFill || (configuration.flashFill == .ownersOnFill && isOwned)
    if isWanted, !isInvalid, !current.flags.contains(.bypass),
      writeToFlash(current.slot, leavesMemory: !stays, at: now, into: &effects)
    {
      return
    }
    if stays {
      memory.endDraining(current.slot)
      demoteAhead(at: now, into: &effects)
    } else {
      memory.discard(current.slot)
    }
  }

  /// Ends a flight without its block: every waiter learns why.
  mutating func abandon(
    _ flight: UInt32, _ failure: Failure, at now: Instant, into effects: inout Effects
  ) {
    let current = flights[flight]
    for _ in 0..<CacheNode.deliveryLimit {
      guard let waiter = flights.nextWaiter(of: flight) else {
        memory.discard(current.slot)
        return flights.end(flight)
      }
      refuse(waiter, current, failure, into: &effects)
    }
    // More waiters than one step may answer: the rest learn it over the next wakes.
    flights.renew(flight)
    flights[flight].state = .failing
    flights[flight].failure = failure
    flights.arm(flight, at: now)
  }

  mutating func refuse(
    _ waiter: Waiter, _ flight: Flight, _ failure: Failure, into effects: inout Effects
  ) {
    if waiter.peer == .none {
      counters.failures += 1
      effects.append(
        .reply(
          Reply(
            request: RequestID(waiter.identifier), slot: .none, length: 0, source: .none,
            failure: failure)))
    } else {
      var message = PeerMessage(
        .decline, operation: OperationID(waiter.identifier), key: flight.key,
        length: flight.length, tenant: flight.tenant)
      message.count = UInt32(failure.rawValue)
      effects.append(.send(message, to: waiter.peer, slot: .none))
    }
  }
}
