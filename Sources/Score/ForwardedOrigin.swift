internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// A true origin behind the counting one: requests are passed on as they came, so that signatures over
/// their headers stay good.
struct ForwardedOrigin: Sendable {
  let client: HTTPClient
  /// Without a slash at the end.
  let url: String

  /// Headers of one connection, which no proxy passes on (RFC 9110, section 7.6.1).
  private static let ofConnection: Set<String> = [
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    "content-length",
  ]

  /// Passes a request on and its answer back. `expected` says which blocks it is about.
  func answer(
    _ request: HTTPRequestHead, _ expected: OriginAnswer, _ layout: ObjectLayout,
    _ ledger: OriginLedger, _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
  ) async throws {
    guard request.method == .GET || request.method == .HEAD else {
      ledger.countRequest(refused: true, isRead: false)
      return try await refuse(405, expected.errorBody, request, outbound)
    }
    let blocks = expected.object.map { layout.blocks(of: $0, in: expected.range) } ?? 0..<0
    var mark = LedgerMark(ledger, expected.isRead ? blocks : 0..<0)
    defer { mark.end() }
    let response: HTTPClientResponse
    do {
      response = try await client.execute(forwarded(request), timeout: .minutes(10))
    } catch {
      ledger.countRequest(refused: true, isRead: false)
      return try await refuse(502, "\(url) does not answer: \(error)", request, outbound)
    }
    let status = Int(response.status.code)
    ledger.countRequest(
      refused: status >= 400,
      isRead: request.method == .GET && (status == 200 || status == 206))
    var head = HTTPResponseHead(version: request.version, status: response.status)
    for (name, value) in response.headers
    where name.lowercased() == "content-length"
      || !ForwardedOrigin.ofConnection.contains(name.lowercased())
    {
      head.headers.add(name: name, value: value)
    }
    try await outbound.write(.head(head))
    let length = response.headers.first(name: "content-length").flatMap { Int($0) }
    var sent = 0
    for try await piece in response.body where request.method != .HEAD {
      sent += piece.readableBytes
      ledger.count(bytes: piece.readableBytes)
      if sent == length { mark.end() }
      try await outbound.write(.body(.byteBuffer(piece)))
    }
    mark.end()
    try await outbound.write(.end(nil))
  }

  private func forwarded(_ request: HTTPRequestHead) -> HTTPClientRequest {
    var forwarded = HTTPClientRequest(url: url + request.uri)
    forwarded.method = request.method
    for (name, value) in request.headers
    where !ForwardedOrigin.ofConnection.contains(name.lowercased()) {
      forwarded.headers.add(name: name, value: value)
    }
    return forwarded
  }

  private func refuse(
    _ status: Int, _ text: String, _ request: HTTPRequestHead,
    _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
  ) async throws {
    var head = HTTPResponseHead(
      version: request.version, status: HTTPResponseStatus(statusCode: status))
    head.headers.add(name: "Content-Length", value: "\(text.utf8.count)")
    try await outbound.write(.head(head))
    try await outbound.write(.body(.byteBuffer(ByteBuffer(string: text))))
    try await outbound.write(.end(nil))
  }
}
