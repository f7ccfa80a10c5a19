import Synchronization
import TarnTraceFormat

/// Where one event loop leaves its requests for the thread that writes them. The lock is held for an
/// append or a swap, never while anything is written.
final class TraceLane: Sendable {
  private struct State {
    var waiting: [TraceRequest] = []
    var dropped: UInt64 = 0
  }

  private let state = Mutex(State())
  private let capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  /// Leaves a request; true if the lane is just half full, and the thread had better come.
  func leave(_ request: TraceRequest) -> Bool {
    state.withLock { state in
      guard state.waiting.count < capacity else {
        state.dropped += 1
        return false
      }
      state.waiting.append(request)
      return state.waiting.count == capacity / 2
    }
  }

  /// Requests that found the lane full.
  var dropped: UInt64 { state.withLock { $0.dropped } }

  /// Puts what waits into `room`, whose memory the lane takes in exchange.
  func take(_ room: inout [TraceRequest]) {
    room.removeAll(keepingCapacity: true)
    state.withLock { swap(&$0.waiting, &room) }
  }
}
