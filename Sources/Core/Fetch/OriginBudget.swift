/// The cell's allowance of origin requests and bytes, kept by one member for all.
///
/// Every origin read is announced to the keeper (the first healthy owner of a well-known key),
/// which answers with a start time: reservations in virtual time, as in the generic cell rate
/// algorithm (ITU-T I.371), so no window of a second ever sees more than the rate plus the burst.
/// A keeper that takes over does not know what its predecessor granted, and grants nothing for one
/// horizon, the furthest ahead that any grant can lie. A core without a cell has no predecessor.
///
/// `BudgetRate` says how the rate follows 503s, and what other cells leave of the origin. A 503 that is
/// the origin's own stops all grants for its Retry-After.
struct OriginBudget: BitwiseCopyable {
  /// What the keeper says to an announcement.
  enum Answer: BitwiseCopyable, Equatable {
    /// Start this many nanoseconds from now.
    case granted(Nanoseconds)
    /// Nothing free within the horizon: announce again this many nanoseconds from now.
    case denied(Nanoseconds)
  }

  /// Grants may lie this far in the past of the virtual clock: what an idle budget saves up.
  static let burstNanoseconds: Nanoseconds = 50_000_000

  private var nextRequest = Instant.zero
  private var nextByte = Instant.zero
  private var pausedUntil = Instant.zero
  private var isKeeper = false
  private var rate = BudgetRate()

  init() {}

  /// The rate in force, in thousandths of the configured one.
  var ratePermille: UInt32 { rate.permille }

  /// Answers an announcement of one request of `length` bytes.
  ///
  /// - Parameter ceilingPermille: how far the rate may grow, in thousandths of the configured one.
  mutating func announce(
    length: UInt32, at now: Instant, requestsPerSecond: UInt64, bytesPerSecond: UInt64,
    ceilingPermille: UInt32 = BudgetRate.share, horizon: Nanoseconds
  ) -> Answer {
    if !isKeeper {
      isKeeper = true
      pausedUntil = max(pausedUntil, now + horizon)
    }
    rate.advance(to: now, ceiling: ceilingPermille)
    let earliest = earlier(now, by: OriginBudget.burstNanoseconds)
    nextRequest = max(nextRequest, earliest)
    nextByte = max(nextByte, earliest)
    let start = max(now, pausedUntil, nextRequest, nextByte)
    if start - max(now, pausedUntil) > OriginBudget.burstNanoseconds { rate.waited() }
    guard start - now <= horizon else { return .denied(start - now - horizon / 2) }
    // Whichever of the two the read did not wait for saves up no more than a burst until it starts.
    let floor = max(pausedUntil, earlier(start, by: OriginBudget.burstNanoseconds))
    nextRequest = max(nextRequest, floor) + cost(of: 1, rate: requestsPerSecond)
    nextByte = max(nextByte, floor) + cost(of: UInt64(length), rate: bytesPerSecond)
    rate.grants()
    return .granted(start - now)
  }

  /// The origin answered 503 and asked for `quiet` nanoseconds of peace.
  mutating func throttled(
    at now: Instant, quiet: Nanoseconds, ceilingPermille: UInt32 = BudgetRate.share
  ) {
    let isStopped = pausedUntil > now
    guard rate.refused(at: now, ceiling: ceilingPermille, isStopped: isStopped) else { return }
    pausedUntil = max(pausedUntil, now + quiet)
    rate.stopped(until: pausedUntil)
  }

  /// Nobody else grants, nor did before: this core belongs to no cell.
  mutating func keepAlone() { isKeeper = true }

  /// Another member keeps the budget now.
  mutating func resign() { isKeeper = false }

  private func earlier(_ time: Instant, by span: Nanoseconds) -> Instant {
    Instant(nanoseconds: time.nanoseconds - min(time.nanoseconds, span))
  }

  /// Nanoseconds of virtual time that `units` take at `rate` units a second, slowed by the cut.
  private func cost(of units: UInt64, rate: UInt64) -> Nanoseconds {
    let scaled = (units * 1_000_000_000).multipliedFullWidth(by: 1000)
    let divisor = max(1, rate) * UInt64(ratePermille)
    guard scaled.high < divisor else { return .max / 2 }
    return divisor.dividingFullWidth(scaled).quotient
  }
}
