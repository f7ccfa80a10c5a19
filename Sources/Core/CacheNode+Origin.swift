/// Reads of the origin: the choice of a path, leave of the budget's keeper, retries.
extension CacheNode {
  /// Chooses a path to the origin and takes it: with leave of the budget's keeper, if the path is
  /// rationed.
  mutating func seekOrigin(_ flight: UInt32, at now: Instant, into effects: inout Effects) {
    if flights[flight].isLeave { return announce(flight, at: now, into: &effects) }
    if paths.isPlural {
      let current = flights[flight]
      let choice = paths.choose(
        length: current.length, tried: current.triedPaths, empty: current.emptyPaths, at: now)
      if current.triedPaths & choice.path.bit != 0 { flights[flight].triedPaths = 0 }
      flights[flight].path = choice
      flights[flight].mark(at: now)
    }
    // The driver has leave for one read of a block that is paid for.
    let isPaid = flights[flight].flags.contains(.paid) && flights[flight].path.path == .first
    guard pathConfiguration(of: flight).isBudgeted, !isPaid else {
      return readOrigin(flight, at: now, into: &effects)
    }
    announce(flight, at: now, into: &effects)
  }

  private func pathConfiguration(of flight: UInt32) -> OriginPathConfiguration {
    configuration.originPaths[Int(flights[flight].path.path.rawValue)]
  }

  /// Whether a healthy path is left that this fetch has not tried.
  private func hasAlternative(_ flight: UInt32) -> Bool {
    guard paths.isPlural else { return false }
    let current = flights[flight]
    return paths.hasHealthy(
      without: current.triedPaths | current.emptyPaths | current.path.path.bit)
  }

  // MARK: Budget

  /// Asks the budget keeper for leave to read the origin.
  mutating func announce(_ flight: UInt32, at now: Instant, into effects: inout Effects) {
    flights[flight].state = .awaitingBudget
    flights.renew(flight)
    let keeper = budgetKeeper(at: now)
    flights[flight].asked = keeper
    guard keeper != id else {
      let answer = budgetAnswer(length: flights[flight].length, at: now)
      return budgetAnswered(flight, answer, at: now, into: &effects)
    }
    var message = PeerMessage(
      .askBudget, operation: flights.operation(of: flight), length: flights[flight].length)
    message.count = 1
    effects.append(.send(message, to: keeper, slot: .none))
    flights.arm(flight, at: now + configuration.fetch.peerPatienceNanoseconds)
  }

  /// The member that keeps the cell's budget: the first healthy owner of a well-known key.
  func budgetKeeper(at now: Instant) -> NodeID {
    let keeper = owner(of: BlockKey(high: 0x6275_6467_6574, low: 0), at: now)
    return keeper == .none ? id : keeper
  }

  mutating func budgetAnswer(length: UInt32, at now: Instant) -> OriginBudget.Answer {
    if handle == nil { budget.keepAlone() }
    return budget.announce(
      length: length, at: now, requestsPerSecond: configuration.originRequestsPerSecond,
      bytesPerSecond: configuration.originBytesPerSecond,
      ceilingPermille: configuration.originCeilingPermille,
      horizon: configuration.fetch.budgetHorizonNanoseconds)
  }

  /// The origin refused a read of the cell, whose budget this node keeps.
  mutating func budgetThrottled(_ quiet: Nanoseconds, at now: Instant) {
    budget.throttled(
      at: now, quiet: quiet, ceilingPermille: configuration.originCeilingPermille)
  }

  mutating func budgetAnswered(
    _ flight: UInt32, _ answer: OriginBudget.Answer, at now: Instant, into effects: inout Effects
  ) {
    switch answer {
    case .granted(0):
      readOrigin(flight, at: now, into: &effects)
    case .granted(let delay):
      flights[flight].state = .awaitingGrant
      flights.arm(flight, at: now + delay)
    case .denied(let delay):
      if shunsDenial(flight, at: now, into: &effects) { return }
      flights[flight].state = .backingOff
      flights.arm(flight, at: now + delay + jitter(flight, upTo: delay / 2))
    }
  }

  /// The cell has used up its allowance on this path: another that is healthy is taken at once.
  private mutating func shunsDenial(
    _ flight: UInt32, at now: Instant, into effects: inout Effects
  ) -> Bool {
    guard !flights[flight].isLeave, hasAlternative(flight) else { return false }
    let path = flights[flight].path.path
    // Nothing is free before the horizon: that is what a grant would take at least.
    paths.waited(
      path, microseconds: Int64(configuration.fetch.budgetHorizonNanoseconds / 1000))
    flights[flight].triedPaths |= path.bit
    counters.originShifts += 1
    seekOrigin(flight, at: now, into: &effects)
    return true
  }

  // MARK: Reads

  mutating func readOrigin(_ flight: UInt32, at now: Instant, into effects: inout Effects) {
    if flights[flight].isLeave { return giveLeave(flight, into: &effects) }
    let path = flights[flight].path.path
    flights[flight].flags.remove(.paid)
    flights[flight].state = .readingOrigin
    flights[flight].originAttempts += 1
    flights.renew(flight)
    counters.originFetches += 1
    flights.arm(flight, at: now + patience(flight))
    if paths.isPlural {
      if pathConfiguration(of: flight).isBudgeted {
        paths.waited(path, microseconds: flights[flight].sinceMark(at: now))
      }
      flights[flight].mark(at: now)
      paths.started(path)
    }
    effects.append(
      .readOrigin(
        flights.operation(of: flight), flights[flight].key, length: flights[flight].length,
        into: flights[flight].slot, path: path))
  }

  private func timeout(_ flight: UInt32) -> Nanoseconds {
    pathConfiguration(of: flight).timeoutNanoseconds
      ?? configuration.fetch.originTimeoutNanoseconds
  }

  /// How long a read may take: less where another path could take over.
  private func patience(_ flight: UInt32) -> Nanoseconds {
    let timeout = timeout(flight)
    guard hasAlternative(flight) else { return timeout }
    let patience = paths[flights[flight].path.path].patience(flights[flight].length)
    return min(timeout, UInt64(patience) * 1000)
  }

  mutating func originCompleted(
    _ operation: OperationID, _ status: OriginStatus, at now: Instant, into effects: inout Effects
  ) {
    guard let flight = flights.find(operation), flights[flight].state == .readingOrigin else {
      return
    }
    switch status.code {
    case .ok:
      notePath(flight, .answered, at: now)
      landed(flight, from: .origin, at: now, into: &effects)
    case .notFound: originIsEmpty(flight, at: now, into: &effects)
    case .failed:
      notePath(flight, .failed, at: now)
      retryOrigin(flight, after: 50_000_000, at: now, into: &effects)
    case .throttled:
      counters.originThrottles += 1
      notePath(flight, .failed, at: now)
      let quiet = quiet(status.retryAfterMilliseconds)
      if pathConfiguration(of: flight).isBudgeted {
        reportThrottle(quiet, at: now, into: &effects)
      }
      retryOrigin(flight, after: quiet, at: now, into: &effects)
    }
  }

  /// Not found: that is the end, unless another path may know better.
  private mutating func originIsEmpty(
    _ flight: UInt32, at now: Instant, into effects: inout Effects
  ) {
    guard paths.isPlural, !pathConfiguration(of: flight).isAuthoritative else {
      notePath(flight, .answered, at: now)
      return abandon(flight, .notFound, at: now, into: &effects)
    }
    notePath(flight, .missed, at: now)
    // It did what it could: that was no attempt that failed.
    flights[flight].originAttempts -= 1
    flights[flight].emptyPaths |= flights[flight].path.path.bit
    seekOrigin(flight, at: now, into: &effects)
  }

  /// A read has taken as long as it may: it starts over, on another path if there is one.
  mutating func originIsSlow(_ flight: UInt32, at now: Instant, into effects: inout Effects) {
    let timeout = timeout(flight)
    if paths.isPlural {
      let elapsed = UInt64(flights[flight].sinceMark(at: now)) * 1000
      if elapsed + 1000 < timeout {
        guard hasAlternative(flight) else {
          return flights.arm(flight, at: now + (timeout - elapsed))
        }
        // Not the last attempt either: nothing failed yet.
        flights[flight].originAttempts -= 1
        notePath(flight, .slow, at: now)
      } else {
        notePath(flight, .failed, at: now)
      }
    }
    effects.append(.cancel(flights.operation(of: flight)))
    retryOrigin(flight, after: 50_000_000, at: now, into: &effects)
  }

  /// The read on the flight's path has ended.
  mutating func notePath(_ flight: UInt32, _ end: OriginPaths.End, at now: Instant) {
    guard paths.isPlural else { return }
    let current = flights[flight]
    let suspends = paths.ended(
      current.path, end, after: current.sinceMark(at: now), length: current.length, at: now)
    if suspends { counters.originSuspensions += 1 }
  }

  /// The peace that an origin wants which named so many milliseconds.
  func quiet(_ retryAfterMilliseconds: UInt32) -> Nanoseconds {
    max(100, UInt64(retryAfterMilliseconds)) * 1_000_000
  }

  mutating func reportThrottle(
    _ quiet: Nanoseconds, at now: Instant, into effects: inout Effects
  ) {
    let keeper = budgetKeeper(at: now)
    guard keeper != id else { return budgetThrottled(quiet, at: now) }
    var message = PeerMessage(.reportThrottle)
    message.delayNanoseconds = quiet
    effects.append(.send(message, to: keeper, slot: .none))
  }

  /// Tries again: at once on another path, or after `delay`, doubled for each attempt before.
  mutating func retryOrigin(
    _ flight: UInt32, after delay: Nanoseconds, at now: Instant, into effects: inout Effects
  ) {
    guard flights[flight].originAttempts < configuration.fetch.originAttempts else {
      return abandon(flight, .originFailed, at: now, into: &effects)
    }
    if hasAlternative(flight) {
      flights[flight].triedPaths |= flights[flight].path.path.bit
      counters.originShifts += 1
      return seekOrigin(flight, at: now, into: &effects)
    }
    flights[flight].state = .backingOff
    flights.renew(flight)
    let backOff = delay << UInt64(min(6, flights[flight].originAttempts - 1))
    flights.arm(flight, at: now + backOff + jitter(flight, upTo: backOff / 2))
  }

  /// A span that differs between nodes and flights, so that they don't come back together.
  private func jitter(_ flight: UInt32, upTo limit: Nanoseconds) -> Nanoseconds {
    let seed = flights[flight].key.low ^ UInt64(id.ordinal) &* 0x9E37_79B9_7F4A_7C15
    return (seed &* 0xD6E8_FEB8_6659_FD93).multipliedFullWidth(by: limit).high
  }
}
