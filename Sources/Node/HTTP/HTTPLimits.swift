public import NIOCore

/// What a connection may take, and how long.
public struct HTTPLimits: Sendable, Equatable {
  /// Bytes of a request line without its line end.
  public var requestLineBytes = 8 << 10
  /// Bytes of all header lines of a request, line ends included.
  public var fieldBytes = 32 << 10
  /// Header fields of a request.
  public var fieldCount = 128
  /// Bytes of a request's body that are held for a handler that does not read them yet.
  public var bodyAheadBytes = 256 << 10
  /// Bytes of an unread body that are skipped to keep the connection.
  public var skippedBodyBytes: UInt64 = 64 << 10
  /// From a head's first byte to its last.
  public var headTimeout = TimeAmount.seconds(10)
  /// Between requests.
  public var idleTimeout = TimeAmount.seconds(60)
  /// In each span of `bodyTimeout` in which the handler wants more of a body, at least
  /// `bodyProgressBytes` come.
  public var bodyTimeout = TimeAmount.seconds(30)
  public var bodyProgressBytes = 16 << 10
  /// A client that takes nothing of a response for so long is given up.
  public var readerTimeout = TimeAmount.seconds(60)
  /// How long a refused client may still send before the connection is cut: closing at once would
  /// reset it, and the client might lose the answer (RFC 9112, section 9.6).
  public var lingerTimeout = TimeAmount.seconds(2)
  /// Connections of the server; more are closed as they come.
  public var connections = 100_000
  /// Deadlines are kept in whole ticks.
  public var tick = TimeAmount.seconds(1)

  public init() {}

  /// Ticks in a span, at least one.
  func ticks(_ span: TimeAmount) -> Int {
    max(1, Int((span.nanoseconds + tick.nanoseconds - 1) / max(1, tick.nanoseconds)))
  }
}
