public import NIOCore

/// A response's status and headers. `content-length` decides the framing; without it the body is
/// chunked. Date, Server and Connection are added by the connection.
public struct HTTPResponseHead: Sendable {
  public var status: Int
  /// Control bytes in names and values are sent as spaces, so that no value can end its line.
  public var headers: [(name: String, value: String)]
  /// Bytes of the body. Of a response to HEAD: of the body that GET would have.
  public var contentLength: UInt64?
  /// Seconds since 1970, sent as Last-Modified.
  public var lastModified: Int64?
  /// Which bytes of how many the body is, sent as Content-Range; not empty.
  public var contentRange: (bytes: Range<UInt64>, size: UInt64)?
  /// Headers that were written before, sent behind the others.
  public var lines: HTTPFieldLines?
  public init(
    status: Int, headers: [(name: String, value: String)] = [], contentLength: UInt64? = nil,
    lastModified: Int64? = nil
  ) {
    self.status = status
    self.headers = headers
    self.contentLength = contentLength
    self.lastModified = lastModified
  }
}

/// Answers requests of one connection. Everything happens on the connection's event loop.
public protocol HTTPRequestHandler: AnyObject {
  /// A request's head has come; the handler answers it through `exchange`, now or later.
  func handle(_ head: HTTPRequestHead, _ exchange: any HTTPExchange)
}

/// One request and its response. Confined to the connection's event loop.
public protocol HTTPExchange: AnyObject {
  var loop: any EventLoop { get }
  /// The client is gone, or the response has ended.
  var isOver: Bool { get }
  /// Called once if the connection closes before the response has ended.
  var onClose: (() -> Void)? { get set }
  /// The request's body, chunked framing removed, with back-pressure; finished at once without one.
  /// What nobody reads is skipped if it is short, and else the connection is closed at the end.
  /// Sends "100 Continue" first if the client waits for it. Fails with `HTTPBodyError`.
  func body() -> OriginBody
  /// Bytes of the body if the client says; nil if it is chunked.
  var contentLength: UInt64? { get }
  /// Sends a whole response; nothing of the body if the request was HEAD.
  func respond(_ head: HTTPResponseHead, body: ByteBuffer?)
  /// Sends the head of a response whose body follows.
  func begin(_ head: HTTPResponseHead)
  /// Sends a piece of the body; `flushed` is called when the kernel has taken it, or has room for
  /// more: perhaps before `write` returns, and never if the client goes away. What `stays` in memory
  /// is worth handing over without a copy, at the price that its memory can't be used again at once.
  func write(_ slice: PayloadSlice, stays: Bool, flushed: @escaping () -> Void)
  /// Sends a piece of the body.
  func write(_ bytes: ByteBuffer)
  /// Ends the response.
  func finish()
  /// Closes the connection: the response can't be completed.
  func abort()
}

/// Why the rest of a request's body does not come.
public enum HTTPBodyError: Error, Equatable, Sendable {
  /// The client closed the connection, or its side of it.
  case closed
  /// The response has ended: what is left of the body is nobody's.
  case ended
  /// The body is malformed, or came too slowly.
  case refused(HTTPFault)
}
