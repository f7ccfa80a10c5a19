internal import NIOCore
internal import Synchronization

/// What an origin was asked for, and when: what a cache missed.
final class OriginLedger: Sendable {
  /// Requests by kind.
  struct Counts: Sendable, Equatable {
    /// All requests, answered or refused.
    var requests: UInt64 = 0
    /// Those that were answered with an object's bytes.
    var reads: UInt64 = 0
    /// Bytes of those answers that were sent.
    var bytes: UInt64 = 0
    /// Those that were answered with a status of 400 or more.
    var refused: UInt64 = 0
  }

  private struct State {
    /// For each block the reads that are under way, and when the last one ended.
    var active: [UInt16]
    var lastEnd: [UInt64]
    var counts = Counts()
  }

  private let state: Mutex<State>

  init(blocks: Int) {
    state = Mutex(
      State(
        active: Array(repeating: 0, count: blocks), lastEnd: Array(repeating: 0, count: blocks)))
  }

  /// Nanoseconds of the clock that `wasAsked` compares.
  static var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

  var counts: Counts { state.withLock { $0.counts } }

  /// Forgets the counts, not which reads are under way.
  func restart() { state.withLock { $0.counts = Counts() } }

  /// A read of these blocks begins.
  func begin(_ blocks: Range<Int>) {
    state.withLock { state in
      for block in blocks { state.active[block] &+= 1 }
    }
  }

  /// A read of these blocks ends. To be called before its last bytes are sent: a request for one of
  /// them that is made after that finds it cached, or nearly so.
  func end(_ blocks: Range<Int>) {
    let now = OriginLedger.now
    state.withLock { state in
      for block in blocks {
        state.active[block] &-= 1
        state.lastEnd[block] = now
      }
    }
  }

  func countRequest(refused: Bool, isRead: Bool) {
    state.withLock { state in
      state.counts.requests += 1
      state.counts.refused += refused ? 1 : 0
      state.counts.reads += isRead ? 1 : 0
    }
  }

  func count(bytes: Int) { state.withLock { $0.counts.bytes += UInt64(bytes) } }

  /// Whether a read of the block was under way at any time from `start` until now.
  func wasAsked(_ block: Int, since start: UInt64) -> Bool {
    state.withLock { $0.active[block] > 0 || $0.lastEnd[block] >= start }
  }
}
