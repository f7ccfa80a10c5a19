/// The cell's allowance of origin requests and bytes, kept by one member for all.
///
/// Every origin read is announced to the keeper (the first healthy owner of a well-known key),
/// which answers with a start time: reservations in virtual time, as in the generic cell rate
/// algorithm (ITU-T I.371), so no window of a second ever sees more than the rate plus the burst.
/// A keeper that takes over does not know what its predecessor granted, and grants nothing for one
/// horizon, the furthest ahead that any grant can lie. A core without a cell has no predecessor.
///
/// A 503 stops all grants for its Retry-After and cuts the rate by 30 %; the rate grows back by
/// 2 % of the configured one per quiet 100 ms (additive increase, multiplicative decrease; Chiu
/// and Jain 1989).
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
  private static let recoveryNanoseconds: Nanoseconds = 100_000_000
  private static let fullRate: UInt32 = 1000

  private var nextRequest = Instant.zero
  private var nextByte = Instant.zero
  private var pausedUntil = Instant.zero
  private var lastRecovery = Instant.zero
  private var isKeeper = false
  /// The rate in force, in thousandths of the configured one.
  private(set) var ratePermille = OriginBudget.fullRate

  init() {}

  /// Answers an announcement of one request of `length` bytes.
  mutating func announce(
    length: UInt32, at now: Instant, requestsPerSecond: UInt64, bytesPerSecond: UInt64,
    horizon: Nanoseconds
  ) -> Answer {
    if !isKeeper {
      isKeeper = true
      pausedUntil = max(pausedUntil, now + horizon)
    }
    recover(at: now)
    let earliest = earlier(now, by: OriginBudget.burstNanoseconds)
    nextRequest = max(nextRequest, earliest)
    nextByte = max(nextByte, earliest)
    let start = max(now, pausedUntil, nextRequest, nextByte)
    guard start - now <= horizon else { return .denied(start - now - horizon / 2) }
    // Whichever of the two the read did not wait for saves up no more than a burst until it starts.
    let floor = max(pausedUntil, earlier(start, by: OriginBudget.burstNanoseconds))
    nextRequest = max(nextRequest, floor) + cost(of: 1, rate: requestsPerSecond)
    nextByte = max(nextByte, floor) + cost(of: UInt64(length), rate: bytesPerSecond)
    return .granted(start - now)
  }

  /// The origin answered 503 and asked for `quiet` nanoseconds of peace.
  mutating func throttled(at now: Instant, quiet: Nanoseconds) {
    recover(at: now)
    // One overload brings many 503s at once: they cut the rate once.
    if pausedUntil <= now { ratePermille = max(20, ratePermille * 7 / 10) }
    pausedUntil = max(pausedUntil, now + quiet)
    lastRecovery = max(lastRecovery, pausedUntil)
  }

  /// Nobody else grants, nor did before: this core belongs to no cell.
  mutating func keepAlone() { isKeeper = true }

  /// Another member keeps the budget now.
  mutating func resign() { isKeeper = false }

  private func earlier(_ time: Instant, by span: Nanoseconds) -> Instant {
    Instant(nanoseconds: time.nanoseconds - min(time.nanoseconds, span))
  }

  private mutating func recover(at now: Instant) {
    guard ratePermille < OriginBudget.fullRate else {
      lastRecovery = now
      return
    }
    let steps = (now - lastRecovery) / OriginBudget.recoveryNanoseconds
    guard steps > 0 else { return }
    ratePermille = UInt32(min(UInt64(OriginBudget.fullRate), UInt64(ratePermille) + 20 * steps))
    lastRecovery = lastRecovery + steps * OriginBudget.recoveryNanoseconds
  }

  /// Nanoseconds of virtual time that `units` take at `rate` units a second, slowed by the cut.
  private func cost(of units: UInt64, rate: UInt64) -> Nanoseconds {
    let scaled = (units * 1_000_000_000).multipliedFullWidth(by: 1000)
    let divisor = max(1, rate) * UInt64(ratePermille)
    guard scaled.high < divisor else { return .max / 2 }
    return divisor.dividingFullWidth(scaled).quotient
  }
}
