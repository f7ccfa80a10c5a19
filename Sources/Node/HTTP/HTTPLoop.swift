internal import NIOCore

/// What the connections of one event loop share. Confined to the loop, but for the counters.
final class HTTPLoop: @unchecked Sendable {
  let loop: any EventLoop
  let limits: HTTPLimits
  let counters = HTTPLoopCounters()
  /// Counters of all loops of the server, to know when it is full.
  private let siblings: () -> UInt64
  /// A buffer that is not in use: responses are put together in it, so that an idle connection owns
  /// none.
  var spare = ByteBuffer()
  let lender = PageLender()
  var wheel = DeadlineWheel()
  private(set) var isDraining = false
  private var ticking: RepeatedTask?
  private var date = HTTPDateLine()

  init(_ loop: any EventLoop, limits: HTTPLimits, openConnections: @escaping () -> UInt64) {
    self.loop = loop
    self.limits = limits
    siblings = openConnections
  }

  /// Whether one more connection is within the limit.
  var hasRoom: Bool { siblings() < UInt64(limits.connections) }

  /// The Date line of now.
  func dateLine() -> HTTPDateLine {
    date.update()
    return date
  }

  // MARK: Deadlines

  func opened(_ connection: HTTPConnection) {
    counters.connectionOpened()
    wheel.place(connection)
    if ticking == nil {
      ticking = loop.scheduleRepeatedTask(initialDelay: limits.tick, delay: limits.tick) {
        [weak self] task in
        guard let self else { return task.cancel() }
        self.tick()
      }
    }
  }

  func closed(_ connection: HTTPConnection) {
    counters.connectionClosed()
    wheel.remove(connection)
  }

  private func tick() {
    for holder in wheel.advance() {
      holder.deadlinePassed()
    }
    // Without connections nothing needs the time.
    if wheel.count == 0 {
      ticking?.cancel()
      ticking = nil
    }
  }

  // MARK: The end

  /// Closes what is idle; the others end with the response that they are at.
  func drain() {
    isDraining = true
    for case let connection as HTTPConnection in wheel.all { connection.drain() }
  }

  /// Closes what is left.
  func closeAll() {
    for case let connection as HTTPConnection in wheel.all { connection.closeNow() }
  }
}
