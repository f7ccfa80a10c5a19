/// Leave for what a driver asks the origin besides blocks: it draws on the same budget as they do.
///
/// A leave is a flight without a slot: it asks the budget's keeper as a fetch does, waits for its
/// grant as one does, and ends with the driver's go-ahead.
extension CacheNode {
  mutating func askLeave(
    _ request: LeaveRequest, at now: Instant, into effects: inout Effects
  ) {
    guard request.deadline > now else {
      return effects.append(.leave(request.request, .deadline))
    }
    guard flights.count < configuration.fetch.flightLimit else {
      return effects.append(.leave(request.request, .overloaded))
    }
    // It takes the way that questions take: the first.
    guard configuration.originPaths[0].isBudgeted else {
      return effects.append(.leave(request.request, .none))
    }
    let flight = flights.start()
    flights[flight].flags = .leave
    flights[flight].length = request.length
    flights[flight].started = now
    flights.wait(
      flight, identifier: request.request.rawValue, peer: .none, deadline: request.deadline)
    announce(flight, at: now, into: &effects)
  }

  /// The keeper's grant has come, and its time: the driver may go ahead.
  mutating func giveLeave(_ flight: UInt32, into effects: inout Effects) {
    while let waiter = flights.nextWaiter(of: flight) {
      effects.append(.leave(RequestID(waiter.identifier), .none))
    }
    flights.end(flight)
  }

  /// The origin answered 503 to something that was asked with leave.
  mutating func originThrottled(
    retryAfterMilliseconds: UInt32, at now: Instant, into effects: inout Effects
  ) {
    guard configuration.originPaths[0].isBudgeted else { return }
    reportThrottle(quiet(retryAfterMilliseconds), at: now, into: &effects)
  }
}
