internal import NIOCore

/// A request of a connection and its response.
///
/// One object a request, so that a handler that holds on to one can't reach into the next.
final class HTTPConnectionExchange: HTTPExchange {
  let loop: any EventLoop
  let contentLength: UInt64?
  let isHead: Bool
  let isHTTP10: Bool
  /// Nil when the exchange is over.
  private var connection: HTTPConnection?
  private let requestBody: HTTPRequestBody?
  var onClose: (() -> Void)?

  // The response's state.
  private(set) var hasBegun = false
  private var hasBody = true
  private var isChunked = false
  /// Bytes of the body that the head promised and that have not been written; nil without a promise.
  private var bytesLeft: UInt64?

  init(
    connection: HTTPConnection, loop: any EventLoop, isHead: Bool, isHTTP10: Bool,
    framing: HTTPFraming, body: HTTPRequestBody?
  ) {
    self.connection = connection
    self.loop = loop
    self.isHead = isHead
    self.isHTTP10 = isHTTP10
    contentLength =
      switch framing {
      case .none: 0
      case .length(let length): length
      case .chunked: nil
      }
    requestBody = body
  }

  var isOver: Bool { connection == nil }

  func body() -> OriginBody {
    guard let requestBody else { return OriginBody { $0.finish() } }
    return requestBody.stream()
  }

  func respond(_ head: HTTPResponseHead, body: ByteBuffer?) {
    var head = head
    if head.contentLength == nil { head.contentLength = UInt64(body?.readableBytes ?? 0) }
    begin(head)
    if let body { write(body) }
    finish()
  }

  func begin(_ head: HTTPResponseHead) {
    guard let connection else { return }
    precondition(!hasBegun, "a response begins once")
    hasBegun = true
    let hasNoBody = head.status < 200 || head.status == 204 || head.status == 304
    hasBody = !hasNoBody && !isHead
    var body = HTTPResponseShape.Body.none
    if !hasNoBody {
      if let length = head.contentLength {
        body = .length(length)
        bytesLeft = length
      } else {
        body = isHTTP10 ? .untilClose : .chunked
        isChunked = !isHTTP10 && hasBody
      }
    }
    connection.begin(head, body: body, isHTTP10: isHTTP10)
  }

  func write(_ slice: PayloadSlice, stays: Bool, flushed: @escaping () -> Void) {
    guard let connection, canWrite(slice.count) else { return }
    if isChunked { connection.append(chunkSize: slice.count) }
    connection.write(slice, stays: stays, flushed: flushed)
    if isChunked { connection.append("\r\n") }
  }

  func write(_ bytes: ByteBuffer) {
    guard let connection, canWrite(bytes.readableBytes) else { return }
    if isChunked { connection.append(chunkSize: bytes.readableBytes) }
    connection.write(bytes)
    if isChunked { connection.append("\r\n") }
  }

  /// Whether so many bytes of the body go out; more than were promised would be read as another
  /// response.
  private func canWrite(_ count: Int) -> Bool {
    precondition(hasBegun, "a body follows its head")
    guard hasBody, count > 0 else { return false }
    if let left = bytesLeft {
      precondition(UInt64(count) <= left, "a body is not longer than its head says")
      bytesLeft = left - UInt64(count)
    }
    return true
  }

  func finish() {
    guard let connection else { return }
    precondition(hasBegun, "a response has a head")
    if hasBody, let bytesLeft, bytesLeft > 0 { return abort() }
    if isChunked { connection.append("0\r\n\r\n") }
    close()
    connection.exchangeEnded()
  }

  func abort() {
    guard let connection else { return }
    close()
    connection.closeNow()
  }

  /// The connection is gone.
  func connectionClosed() {
    let onClose = onClose
    close()
    onClose?()
  }

  private func close() {
    connection = nil
    onClose = nil
  }
}
