/// The flash tier: reads, writes, cleaning.
extension CacheNode {
  mutating func readFlash(
    _ flight: UInt32, _ flashSlot: Slot, at now: Instant, into effects: inout Effects
  ) {
    guard let extent = flashLog.extent(of: flashSlot) else {
      preconditionFailure("a readable block of the flash tier lies in its log")
    }
    flashLog.beginRead(extent.segment)
    flights[flight].state = .readingFlash
    flights[flight].flashSlot = flashSlot
    flights[flight].segment = extent.segment
    flights.renew(flight)
    flights.arm(flight, at: now + configuration.fetch.flashTimeoutNanoseconds)
    effects.append(
      .readFlash(flights.operation(of: flight), extent, into: flights[flight].slot))
  }

  /// Writes a block that lies draining in memory to flash; false if flash does not take it.
  mutating func writeToFlash(
    _ slot: Slot, leavesMemory: Bool, at now: Instant, into effects: inout Effects
  ) -> Bool {
    let entry = memory.table[slot]
    guard flash.capacityBytes > 0, flash.find(entry.key) == .none,
      entry.length > 0, entry.length <= flashLog.lengthLimit,
      flash.canHold(entry.length, of: entry.tenant), flights.count < configuration.fetch.flightLimit
    else { return false }
    flashFilter.record(entry.key)
    guard flashFilter.admits(entry.key, over: nil) else { return false }
    guard let (flashSlot, extent) = flashSpace(for: entry, into: &effects) else {
      counters.flashWritesSkipped += 1
      return false
    }
    let flight = flights.start()
    flights[flight].state = .writingFlash
    flights[flight].key = entry.key
    flights[flight].slot = slot
    flights[flight].length = entry.length
    flights[flight].tenant = entry.tenant
    flights[flight].flashSlot = flashSlot
    flights[flight].segment = extent.segment
    flights[flight].started = now
    // Both entries name the write, which must know them again if they were replaced meanwhile.
    memory.table[slot].next = flight
    flash.table[flashSlot].next = flight
    if leavesMemory { flights[flight].flags.insert(.leavesMemory) }
    flights.arm(flight, at: now + configuration.fetch.flashTimeoutNanoseconds)
    effects.append(.writeFlash(flights.operation(of: flight), extent, from: slot))
    cleanFlash(at: now, into: &effects)
    return true
  }

  /// Evicts from flash what must go and takes space in the log for a block.
  private mutating func flashSpace(
    for entry: Entry, into effects: inout Effects
  ) -> (Slot, FlashExtent)? {
    guard flash.prepare(key: entry.key, length: entry.length, tenant: entry.tenant) else {
      return nil
    }
    for _ in 0..<64 where mustEvictFromFlash(for: entry) {
      if flash.declines(tenant: entry.tenant) { return nil }
      let victim = flash.victim(for: entry.tenant, length: entry.length)
      guard victim != .none else { return nil }
      counters.flashEvictions += 1
      discardFromFlash(victim, into: &effects)
    }
    guard !mustEvictFromFlash(for: entry) else { return nil }
    let slot = flash.reserve(key: entry.key, length: entry.length, tenant: entry.tenant)
    guard let extent = flashLog.allocate(slot, length: entry.length) else {
      flash.discard(slot)
      return nil
    }
    counters.flashWrites += 1
    discardEmptySegments(into: &effects)
    return (slot, extent)
  }

  private func mustEvictFromFlash(for entry: Entry) -> Bool {
    !flash.hasRoom(for: entry.length, of: entry.tenant)
      || flashLog.needsEviction(toWrite: entry.length)
  }

  mutating func discardFromFlash(_ slot: Slot, into effects: inout Effects) {
    if flashLog.extent(of: slot) != nil { flashLog.release(slot) }
    flash.discard(slot)
    discardEmptySegments(into: &effects)
  }

  private mutating func discardEmptySegments(into effects: inout Effects) {
    while effects.count < Effects.stepLimit - 8, let segment = flashLog.takeDiscarded() {
      effects.append(.discardSegment(segment))
    }
  }

  // MARK: Reports

  mutating func flashCompleted(
    _ operation: OperationID, _ status: FlashStatus, at now: Instant, into effects: inout Effects
  ) {
    guard let flight = flights.find(operation) else { return }
    guard status == .ok else {
      counters.flashLosses += 1
      return flashFailed(flight, at: now, into: &effects)
    }
    let current = flights[flight]
    switch current.state {
    case .readingFlash:
      flashLog.endRead(current.segment)
      flights[flight].segment = .max
      if flash.find(current.key) == current.flashSlot { flash.touch(current.flashSlot) }
      landed(flight, from: .flash, at: now, into: &effects)
    case .writingFlash: flashWritten(flight, succeeded: true, at: now, into: &effects)
    case .movingFlash: moveEnded(flight, succeeded: true, at: now, into: &effects)
    default: return
    }
    discardEmptySegments(into: &effects)
  }

  /// The device reported a failure, or nothing at all within the time-out.
  mutating func flashFailed(_ flight: UInt32, at now: Instant, into effects: inout Effects) {
    let current = flights[flight]
    switch current.state {
    case .readingFlash:
      flashLog.endRead(current.segment)
      flights[flight].segment = .max
      // What can't be read is a miss: the copy is dropped and the block fetched anew.
      if flash.find(current.key) == current.flashSlot, flash.isReadable(current.flashSlot) {
        discardFromFlash(current.flashSlot, into: &effects)
      }
      flights.renew(flight)
      seekInCell(flight, at: now, into: &effects)
    case .writingFlash: flashWritten(flight, succeeded: false, at: now, into: &effects)
    case .movingFlash: moveEnded(flight, succeeded: false, at: now, into: &effects)
    default: return
    }
    discardEmptySegments(into: &effects)
  }

  private mutating func flashWritten(
    _ flight: UInt32, succeeded: Bool, at now: Instant, into effects: inout Effects
  ) {
    let current = flights[flight]
    flashLog.endWrite(current.segment)
    flights.end(flight)
    // Invalidation may have removed the block, here or there, since the write began, and another
    // fetch may have brought it back.
    let flashSlot = flash.find(current.key)
    if flashSlot != .none, !flash.isReadable(flashSlot), flash.table[flashSlot].next == flight {
      if succeeded {
        flash.land(flashSlot)
        flash.release(flashSlot)
      } else {
        discardFromFlash(flashSlot, into: &effects)
      }
    }
    let slot = memory.find(current.key)
    guard slot != .none, memory.table[slot].flags.contains(.draining),
      memory.table[slot].next == flight
    else { return }
    if current.flags.contains(.leavesMemory), !memory.isKept(slot) {
      counters.memoryEvictions += 1
      memory.discard(slot)
    } else {
      memory.endDraining(slot)
    }
    demoteAhead(at: now, into: &effects)
  }

  // MARK: Demotion

  /// Keeps some of memory free by writing its coldest blocks to flash ahead of need.
  mutating func demoteAhead(at now: Instant, into effects: inout Effects) {
    guard configuration.flashFill == .onDemotion, flash.capacityBytes > 0 else { return }
    let share = UInt64(configuration.memoryHeadroomPermille)
    let headroom = memory.capacityBytes / 1000 * share
    for _ in 0..<4 {
      guard !memory.hasFree(headroom) else { return }
      let victim = memory.victim(for: TenantID(.max), length: 0)
      guard victim != .none else { return }
      memory.beginDraining(victim)
      if !writeToFlash(victim, leavesMemory: true, at: now, into: &effects) {
        counters.memoryEvictions += 1
        memory.discard(victim)
      }
    }
  }

  // MARK: Cleaning

  /// Moves a few live blocks out of the segment that is being cleaned.
  mutating func cleanFlash(at now: Instant, into effects: inout Effects) {
    for _ in 0..<4 {
      guard effects.count < Effects.stepLimit - 16, let move = flashLog.cleaningStep() else {
        break
      }
      let flight = flights.start()
      flights[flight].state = .movingFlash
      flights[flight].flashSlot = move.number
      flights[flight].started = now
      flights.arm(flight, at: now + configuration.fetch.flashTimeoutNanoseconds)
      effects.append(
        .moveFlash(flights.operation(of: flight), from: move.from, to: move.to))
    }
    discardEmptySegments(into: &effects)
  }

  private mutating func moveEnded(
    _ flight: UInt32, succeeded: Bool, at now: Instant, into effects: inout Effects
  ) {
    let number = flights[flight].flashSlot
    flights.end(flight)
    if case .failed(let slot) = flashLog.finishMove(number, succeeded: succeeded) {
      // What can't be copied would keep its whole segment from being freed.
      counters.flashLosses += 1
      discardFromFlash(slot, into: &effects)
    }
    cleanFlash(at: now, into: &effects)
  }
}
