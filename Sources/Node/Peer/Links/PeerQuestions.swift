internal import NIOCore
internal import Synchronization
internal import TarnCore

/// Questions about attributes that peers have yet to answer. Each is answered once: by the peer, or
/// with nil when time is up or the way to the peer is gone.
final class PeerQuestions: Sendable {
  typealias Completion = @Sendable (PeerAttributes?) -> Void

  private struct Open {
    var peer: UInt16
    var completion: Completion
  }
  private struct State {
    var next: UInt64 = 1
    var open: [UInt64: Open] = [:]
    /// In order of their ends, since all have the same time.
    var ends = CircularBuffer<(number: UInt64, at: NIODeadline)>()
    var isTimerSet = false
  }

  private let state = Mutex(State())
  private let loop: any EventLoop
  private let patience: TimeAmount

  init(loop: any EventLoop, patienceNanoseconds: Nanoseconds) {
    self.loop = loop
    patience = .nanoseconds(Int64(clamping: patienceNanoseconds))
  }

  /// A number for a question to `peer` whose answer goes to `completion`.
  func ask(_ peer: UInt16, _ completion: @escaping Completion) -> UInt64 {
    let end = NIODeadline.now() + patience
    let (number, setsTimer) = state.withLock { state in
      let number = state.next
      state.next += 1
      state.open[number] = Open(peer: peer, completion: completion)
      state.ends.append((number, end))
      defer { state.isTimerSet = true }
      return (number, !state.isTimerSet)
    }
    if setsTimer { setTimer(at: end) }
    return number
  }

  /// The answer to a question; nothing if it has been answered. `peer`: who says so, nil for us.
  func answer(_ number: UInt64, _ attributes: PeerAttributes?, from peer: UInt16? = nil) {
    let completion = state.withLock { state -> Completion? in
      guard let open = state.open[number], peer == nil || peer == open.peer else { return nil }
      state.open[number] = nil
      return open.completion
    }
    completion?(attributes)
  }

  /// `peer` will not answer.
  func fail(_ peer: UInt16) {
    let lost = state.withLock { state in
      let lost = state.open.filter { $0.value.peer == peer }
      for number in lost.keys { state.open[number] = nil }
      return lost
    }
    for question in lost.values { question.completion(nil) }
  }

  private func setTimer(at end: NIODeadline) {
    loop.scheduleTask(deadline: end) { self.expire() }
  }

  private func expire() {
    let now = NIODeadline.now()
    let (expired, next) = state.withLock { state -> ([Completion], NIODeadline?) in
      var expired: [Completion] = []
      while let first = state.ends.first, first.at <= now || state.open[first.number] == nil {
        if let open = state.open.removeValue(forKey: first.number) {
          expired.append(open.completion)
        }
        state.ends.removeFirst()
      }
      state.isTimerSet = !state.ends.isEmpty
      return (expired, state.ends.first?.at)
    }
    for completion in expired { completion(nil) }
    if let next { setTimer(at: next) }
  }
}
