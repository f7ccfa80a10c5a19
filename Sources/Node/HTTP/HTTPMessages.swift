public import NIOCore

/// A request's line and headers as they came.
public struct HTTPRequestHead: Sendable {
  public var method: String
  /// Path and query exactly as sent, percent-escapes included.
  public var target: String
  /// Names as sent; look-ups ignore case.
  public var headers: [(name: String, value: String)] = []
  /// HTTP/1.0 has no keep-alive by default and no chunks.
  public var isHTTP10 = false
  public init(method: String, target: String) {
    self.method = method
    self.target = target
  }

  /// The value of the first header of this name, whatever its case.
  public func header(_ name: String) -> String? {
    for header in headers where header.name.utf8.count == name.utf8.count {
      if header.name.utf8.elementsEqual(name.utf8, by: { ($0 | 0x20) == ($1 | 0x20) }) {
        return header.value
      }
    }
    return nil
  }

  /// The target without its query.
  public var path: Substring { target.prefix { $0 != "?" } }
  /// The query without its question mark; empty if there is none.
  public var query: Substring { target.drop { $0 != "?" }.dropFirst() }
}

/// A response's status and headers. `content-length` decides the framing; without it the body is
/// chunked. Date, Server and Connection are added by the connection.
public struct HTTPResponseHead: Sendable {
  public var status: Int
  public var headers: [(name: String, value: String)]
  public var contentLength: UInt64?
  public init(
    status: Int, headers: [(name: String, value: String)] = [], contentLength: UInt64? = nil
  ) {
    self.status = status
    self.headers = headers
    self.contentLength = contentLength
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
  /// Sends "100 Continue" first if the client waits for it.
  func body() -> OriginBody
  /// Bytes of the body if the client says; nil if it is chunked.
  var contentLength: UInt64? { get }
  /// Sends a whole response; nothing of the body if the request was HEAD.
  func respond(_ head: HTTPResponseHead, body: ByteBuffer?)
  /// Sends the head of a response whose body follows.
  func begin(_ head: HTTPResponseHead)
  /// Sends a piece of the body by `sendfile` or from memory; `flushed` is called when the kernel has
  /// taken it.
  func write(_ slice: PayloadSlice, flushed: @escaping () -> Void)
  /// Sends a piece of the body.
  func write(_ bytes: ByteBuffer)
  /// Ends the response.
  func finish()
  /// Closes the connection: the response can't be completed.
  func abort()
}
