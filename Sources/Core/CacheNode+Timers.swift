/// What happens when patience ends.
extension CacheNode {
  /// Timers that one wake serves; the rest follow with the next wake, at the same time.
  private static let timerLimit = 16

  mutating func fireTimers(at now: Instant, into effects: inout Effects) {
    for _ in 0..<CacheNode.timerLimit {
      guard effects.count < Effects.stepLimit - CacheNode.deliveryLimit - 16,
        let flight = flights.due(at: now)
      else { return }
      fire(flight, at: now, into: &effects)
    }
  }

  private mutating func fire(_ flight: UInt32, at now: Instant, into effects: inout Effects) {
    let current = flights[flight]
    if current.deadline <= now, expire(flight, at: now, into: &effects) { return }
    guard current.action <= now else {
      return flights.arm(flight, at: current.action)
    }
    switch current.state {
    case .askingPeer: patienceEnded(flight, at: now, into: &effects)
    case .askingPrefix:
      noteSilence(of: current.asked, at: now, into: &effects)
      answerPrefix(flight, found: 0, into: &effects)
    case .awaitingBudget: keeperIsSilent(flight, at: now, into: &effects)
    case .awaitingGrant: readOrigin(flight, at: now, into: &effects)
    case .backingOff: seekOrigin(flight, at: now, into: &effects)
    case .readingOrigin: originIsSlow(flight, at: now, into: &effects)
    case .delivering: deliver(flight, at: now, into: &effects)
    case .failing: abandon(flight, current.failure, at: now, into: &effects)
    case .readingFlash, .writingFlash, .movingFlash:
      effects.append(.cancel(flights.operation(of: flight)))
      flashFailed(flight, at: now, into: &effects)
    case .free, .starting: preconditionFailure("a flight that waits for nothing has no timer")
    }
  }

  /// Answers the waiters whose deadline has passed. True if the flight ended, or must go on later.
  private mutating func expire(
    _ flight: UInt32, at now: Instant, into effects: inout Effects
  ) -> Bool {
    for _ in 0..<8 {
      guard let waiter = flights.expiredWaiter(of: flight, at: now) else {
        return endIfForsaken(flight, at: now, into: &effects)
      }
      if flights[flight].state == .askingPrefix {
        answerPrefix(flight, waiter, found: 0, into: &effects)
      } else if flights[flight].isLeave {
        effects.append(.leave(RequestID(waiter.identifier), .deadline))
      } else if waiter.peer == .none {
        refuse(waiter, flights[flight], .deadline, into: &effects)
      }
    }
    // More than a slice of them: the timer is due again at once.
    return true
  }

  /// A fetch that nobody waits for any more is called off, unless it was nobody's from the start.
  private mutating func endIfForsaken(
    _ flight: UInt32, at now: Instant, into effects: inout Effects
  ) -> Bool {
    let current = flights[flight]
    guard current.firstWaiter == Waiter.noWaiter, !current.flags.contains(.prefetch) else {
      // The peer was told of an earlier deadline than that of those who still wait.
      if current.state == .askingPeer { askAgain(flight, into: &effects) }
      flights.arm(flight, at: current.action)
      return false
    }
    switch current.state {
    case .delivering, .failing, .writingFlash, .movingFlash:
      flights.arm(flight, at: current.action)
      return false
    case .readingFlash, .readingOrigin:
      if current.state == .readingOrigin { notePath(flight, .calledOff, at: now) }
      effects.append(.cancel(flights.operation(of: flight)))
      if current.segment != .max { flashLog.endRead(current.segment) }
    default: break
    }
    if current.slot != .none { memory.discard(current.slot) }
    flights.end(flight)
    return true
  }

  private mutating func keeperIsSilent(
    _ flight: UInt32, at now: Instant, into effects: inout Effects
  ) {
    noteSilence(of: flights[flight].asked, at: now, into: &effects)
    announce(flight, at: now, into: &effects)
  }
}
