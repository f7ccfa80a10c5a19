internal import Synchronization

/// What a server has done since it was bound.
public struct HTTPCounters: Sendable, Equatable {
  /// Connections open now.
  public var openConnections: UInt64 = 0
  /// Connections accepted in all.
  public var connections: UInt64 = 0
  /// Requests that reached a handler.
  public var requests: UInt64 = 0
  /// Bytes received and sent, heads included.
  public var bytesIn: UInt64 = 0
  public var bytesOut: UInt64 = 0
  /// Requests and connections refused, by kind; only kinds that occurred.
  public var refused: [HTTPFault: UInt64] = [:]

  public init() {}
}

/// The counters of one event loop: written by it alone, read by anyone, so no cache line is fought
/// over and no addition needs to be atomic.
final class HTTPLoopCounters: Sendable {
  private let opened = Atomic<UInt64>(0)
  private let closed = Atomic<UInt64>(0)
  private let requests = Atomic<UInt64>(0)
  private let bytesIn = Atomic<UInt64>(0)
  private let bytesOut = Atomic<UInt64>(0)
  private let refused = Refusals()

  private final class Refusals: Sendable {
    let counts = Mutex<[HTTPFault: UInt64]>([:])
  }

  @inline(__always)
  private func add(_ count: UInt64, to counter: borrowing Atomic<UInt64>) {
    counter.store(counter.load(ordering: .relaxed) &+ count, ordering: .relaxed)
  }

  func connectionOpened() { add(1, to: opened) }
  func connectionClosed() { add(1, to: closed) }
  func requestStarted() { add(1, to: requests) }
  func received(_ bytes: Int) { add(UInt64(bytes), to: bytesIn) }
  func sent(_ bytes: Int) { add(UInt64(bytes), to: bytesOut) }
  func refused(_ fault: HTTPFault) { refused.counts.withLock { $0[fault, default: 0] += 1 } }

  /// Connections of this loop that are open.
  var open: UInt64 {
    // In this order: a connection that closes in between is not counted as less than none.
    let closed = closed.load(ordering: .acquiring)
    return opened.load(ordering: .acquiring) &- closed
  }

  func add(to sum: inout HTTPCounters) {
    sum.openConnections += open
    sum.connections += opened.load(ordering: .relaxed)
    sum.requests += requests.load(ordering: .relaxed)
    sum.bytesIn += bytesIn.load(ordering: .relaxed)
    sum.bytesOut += bytesOut.load(ordering: .relaxed)
    refused.counts.withLock { sum.refused.merge($0, uniquingKeysWith: +) }
  }
}
