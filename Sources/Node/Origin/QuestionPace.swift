internal import Synchronization
internal import TarnCore

/// Paces what a node asks one origin about objects: requests for attributes, with or without a first
/// block, of which the core's budget knows nothing.
///
/// They get a budget of their own of the same size as the one for blocks, an equal part for each
/// member of the cell, so both together stay within twice what is configured. Reservations in virtual
/// time (generic cell rate algorithm, ITU-T I.371), as in the core's budget; likewise a 503 stops all
/// for its Retry-After and cuts the rate by 30 %, which grows back by 2 % of the whole for every 100 ms
/// of quiet (Chiu and Jain 1989).
final class QuestionPace: Sendable {
  enum Turn: Equatable {
    /// Ask after so many nanoseconds.
    case after(Nanoseconds)
    /// The queue is longer than anybody should wait: come back after so many nanoseconds.
    case refused(Nanoseconds)
  }
  private struct State {
    var members: UInt64 = 1
    var next = Instant.zero
    var pausedUntil = Instant.zero
    var lastRecovery = Instant.zero
    var ratePermille = QuestionPace.wholeRate
  }
  private static let wholeRate: UInt64 = 1_000
  private static let leastRate: UInt64 = 20
  private static let recoveryNanoseconds: Nanoseconds = 100_000_000
  /// Questions that may come at once after a pause, whatever the rate.
  private static let burst: UInt64 = 8
  private static let burstNanoseconds: Nanoseconds = 50_000_000
  /// The longest that a question waits for its turn.
  static let horizonNanoseconds: Nanoseconds = 2_000_000_000

  private let requestsPerSecond: UInt64
  private let state = Mutex(State())

  /// - Parameter requestsPerSecond: of the whole cell.
  init(requestsPerSecond: UInt64) { self.requestsPerSecond = max(1, requestsPerSecond) }

  /// The cell has so many members, this node included.
  func share(with members: Int) { state.withLock { $0.members = UInt64(max(1, members)) } }

  /// When the next question may be asked. A question that is not refused counts.
  func turn(at now: Instant) -> Turn {
    state.withLock { state in
      recover(&state, at: now)
      let spacing = spacing(state)
      let saved = max(Self.burst * spacing, Self.burstNanoseconds)
      let earliest = now.nanoseconds - min(now.nanoseconds, saved)
      let turn = max(state.next.nanoseconds, earliest)
      let start = max(now.nanoseconds, state.pausedUntil.nanoseconds, turn)
      let wait = start - now.nanoseconds
      guard wait <= Self.horizonNanoseconds else {
        return .refused(wait - Self.horizonNanoseconds / 2)
      }
      // Whoever waits for the end of a pause finds no more than a burst saved up there.
      let floor = state.pausedUntil.nanoseconds - min(state.pausedUntil.nanoseconds, saved)
      state.next = Instant(nanoseconds: max(turn, floor) + spacing)
      return .after(wait)
    }
  }

  /// The origin answered 503 or 429, to whatever it was.
  func throttled(at now: Instant, retryAfterMilliseconds: UInt32) {
    state.withLock { state in
      recover(&state, at: now)
      // One overload brings many 503s at once: they cut the rate once.
      if state.pausedUntil <= now {
        state.ratePermille = max(Self.leastRate, state.ratePermille * 7 / 10)
      }
      let quiet = Nanoseconds(max(100, retryAfterMilliseconds)) * 1_000_000
      state.pausedUntil = max(state.pausedUntil, now + quiet)
      state.lastRecovery = max(state.lastRecovery, state.pausedUntil)
    }
  }

  /// Nanoseconds from one question to the next.
  private func spacing(_ state: State) -> Nanoseconds {
    let thousandths = max(1, requestsPerSecond * state.ratePermille / state.members)
    return 1_000_000_000_000 / thousandths
  }

  private func recover(_ state: inout State, at now: Instant) {
    guard state.ratePermille < Self.wholeRate else {
      state.lastRecovery = max(state.lastRecovery, now)
      return
    }
    guard now > state.lastRecovery else { return }
    let steps = (now - state.lastRecovery) / Self.recoveryNanoseconds
    state.ratePermille = min(Self.wholeRate, state.ratePermille + 20 * min(steps, 50))
    state.lastRecovery = state.lastRecovery + steps * Self.recoveryNanoseconds
  }
}
