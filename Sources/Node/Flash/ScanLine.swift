internal import Dispatch
internal import Synchronization

/// Segments that workers read, in groups, handed out in order, a few groups ahead.
///
/// A group costs its worker a read and the one who takes it a wake, so segments of few blocks come as
/// many at a time as lie side by side. Those of many come one by one: what waits to be taken is memory.
final class ScanLine: Sendable {
  /// Adjacent segments that one worker reads.
  struct Group: Sendable {
    var number: Int
    var segments: Range<Int>
  }
  private struct State {
    var nextSegment = 0
    var nextGroup = 0
    var taken = 0
    var groupSize = 1
    var found: [[FoundSegment]?]
  }
  /// A segment of no more blocks is sparse.
  private static let sparseBlocks = 64

  private let count: Int
  private let room: DispatchSemaphore
  private let ready: [DispatchSemaphore]
  private let state: Mutex<State>

  /// - Parameters:
  ///   - count: Segments.
  ///   - ahead: Groups that may be read or wait to be taken.
  init(count: Int, ahead: Int) {
    self.count = count
    room = DispatchSemaphore(value: ahead)
    ready = (0..<ahead).map { _ in DispatchSemaphore(value: 0) }
    state = Mutex(State(found: Array(repeating: nil, count: ahead)))
  }

  deinit {
    // A semaphore must not die with less than it was made with.
    for _ in ready { room.signal() }
  }

  /// The next group to read, once there is room for it; nil after the last.
  func claim() -> Group? {
    room.wait()
    let group = state.withLock { state -> Group? in
      let start = state.nextSegment
      guard start < count else { return nil }
      // Not beyond those that lie side by side.
      let side = FlashGeometry.groupSegments
      state.nextSegment = min(count, start + state.groupSize, (start / side + 1) * side)
      state.nextGroup += 1
      return Group(number: state.nextGroup - 1, segments: start..<state.nextSegment)
    }
    if group == nil { room.signal() }
    return group
  }

  func put(_ found: [FoundSegment], as group: Group) {
    let most = found.reduce(0) { max($0, $1.blocks.count) }
    state.withLock { state in
      state.found[group.number % ready.count] = found
      state.groupSize = most <= Self.sparseBlocks ? FlashGeometry.groupSegments : 1
    }
    ready[group.number % ready.count].signal()
  }

  /// The next group's segments, once they are read.
  func take() -> [FoundSegment] {
    let place = state.withLock { state in
      state.taken += 1
      return (state.taken - 1) % ready.count
    }
    ready[place].wait()
    let found = state.withLock { state in
      let found = state.found[place]
      state.found[place] = nil
      return found
    }
    room.signal()
    guard let found else { preconditionFailure("a group is ready once it was put") }
    return found
  }
}
