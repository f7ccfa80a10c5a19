/// Reads by this node's clients.
extension CacheNode {
  mutating func read(_ request: ReadRequest, at now: Instant, into effects: inout Effects) {
    if request.stream != PrefetchHint.noStream { streams.consumed(request.stream) }
    memoryFilter.record(request.key)
    var slot = memory.find(request.key)
    let isHit = slot != .none && memory.isReadable(slot)
    if isHit, request.stream != PrefetchHint.noStream {
      // Before the reply: what is fetched ahead may not take the slot whose bytes go out.
      fetchAhead(request.stream, at: now, into: &effects)
      slot = memory.find(request.key)
    }
    if slot == .none {
      readMissing(request, at: now, into: &effects)
    } else if memory.isReadable(slot) {
      hitMemory(slot, request, into: &effects)
    } else {
      counters.coalesced += 1
      join(memory.table[slot].next, request, at: now)
    }
    if !isHit, request.stream != PrefetchHint.noStream {
      fetchAhead(request.stream, at: now, into: &effects)
    }
  }

  private mutating func hitMemory(
    _ slot: Slot, _ request: ReadRequest, into effects: inout Effects
  ) {
    counters.memoryHits += 1
    if memory.table[slot].flags.contains(.prefetched) {
      memory.table[slot].flags.remove(.prefetched)
      counters.prefetchHits += 1
    }
    memory.touch(slot)
    effects.append(
      .reply(
        Reply(
          request: request.request, slot: slot, length: memory.table[slot].length, source: .memory,
          failure: .none)))
  }

  /// Adds a client to a flight that fetches its block already.
  private mutating func join(_ flight: UInt32, _ request: ReadRequest, at now: Instant) {
    if flights[flight].flags.contains(.prefetch) {
      flights[flight].flags.remove(.prefetch)
      counters.prefetchHits += 1
    }
    flights.wait(
      flight, identifier: request.request.rawValue, peer: .none, deadline: request.deadline)
    flights.arm(flight, at: flights[flight].action)
  }

  private mutating func readMissing(
    _ request: ReadRequest, at now: Instant, into effects: inout Effects
  ) {
    if isNotWorthReading(request) {
      counters.bypasses += 1
      return fail(request, .bypass, into: &effects)
    }
    var flags: Flight.Flags = []
    if request.flags.contains(.kv) { flags.insert(.kv) }
    if request.flags.contains(.doNotAdmit) { flags.insert(.doNotAdmit) }
    if request.flags.contains(.paid) { flags.insert(.paid) }
    guard
      let flight = startFetch(
        request.key, length: request.length, tenant: request.tenant, flags: flags, at: now)
    else { return fail(request, .overloaded, into: &effects) }
    flights.wait(
      flight, identifier: request.request.rawValue, peer: .none, deadline: request.deadline)
    launch(flight, at: now, into: &effects)
  }

  /// Whether the source that would serve the read has lately been slower than recomputing it. Every
  /// sixteenth block is read all the same, or the estimate could never recover.
  private func isNotWorthReading(_ request: ReadRequest) -> Bool {
    guard request.recomputeMicroseconds > 0, request.key.low & 15 != 0 else { return false }
    let source: Source = flash.find(request.key) == .none ? .peer : .flash
    return latency[source] > request.recomputeMicroseconds
  }

  mutating func fail(_ request: ReadRequest, _ failure: Failure, into effects: inout Effects) {
    counters.failures += 1
    effects.append(
      .reply(
        Reply(request: request.request, slot: .none, length: 0, source: .none, failure: failure)))
  }
}
