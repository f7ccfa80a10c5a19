public import AsyncHTTPClient
public import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import Synchronization

/// A request to an object store, before it is signed.
struct StoreRequest: Sendable {
  enum Body: Sendable {
    case none
    case bytes([UInt8])
    case stream(OriginBody, length: UInt64)
  }
  var method: String
  /// Escaped, without the endpoint's own path.
  var path: String
  /// Escaped, without a question mark.
  var query = ""
  /// Names in lower case.
  var headers: [(name: String, value: String)] = []
  var body = Body.none

  init(_ method: String, _ path: String) {
    self.method = method
    self.path = path
  }

  /// Appends parameters to the query, escaped.
  mutating func append(parameters: KeyValuePairs<String, String>) {
    for (name, value) in parameters {
      if !query.isEmpty { query += "&" }
      query += PercentCoding.encode(name)
      if !value.isEmpty { query += "=" + PercentCoding.encode(value) }
    }
  }

  var contentLength: UInt64 {
    switch body {
    case .none: 0
    case .bytes(let bytes): UInt64(bytes.count)
    case .stream(_, let length): length
    }
  }
}

/// Sends requests to one object store.
struct StoreClient: Sendable {
  let endpoint: Endpoint
  private let client: HTTPClient
  private let lines: StoreLineSet
  /// A request that still makes progress after so long is given up.
  private static let limit = TimeAmount.hours(2)

  init(endpoint: Endpoint, client: HTTPClient) {
    self.endpoint = endpoint
    self.client = client
    lines = StoreLineSet(endpoint, tls: .makeClientConfiguration())
  }

  /// Closes the connections that are its own.
  func shutdown() async { await lines.shutdown() }

  /// Sends a request; answers whatever status comes.
  func send(_ request: StoreRequest) async throws(OriginError) -> StoreResponse {
    let name = "\(request.method) \(endpoint.text)\(request.path)"
    for (header, value) in request.headers
    where value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) {
      throw .rejected(code: "InvalidArgument", "the header \(header) holds a control character")
    }
    if case .none = request.body, request.method == "GET" || request.method == "HEAD",
      let response = try await lines.send(request, name: name)
    {
      return response
    }
    return try await sendByClient(request, name)
  }

  private func sendByClient(
    _ request: StoreRequest, _ name: String
  ) async throws(OriginError) -> StoreResponse {
    let query = request.query.isEmpty ? "" : "?\(request.query)"
    var message = HTTPClientRequest(url: "\(endpoint.text)\(request.path)\(query)")
    message.method = HTTPMethod(rawValue: request.method)
    for header in request.headers { message.headers.add(name: header.name, value: header.value) }
    var tracked: TrackedBody?
    switch request.body {
    case .none:
      // A stream of no bytes is read too: its end may be an error.
      if request.method == "PUT" || request.method == "POST" { message.body = .bytes(ByteBuffer()) }
    case .bytes(let bytes): message.body = .bytes(ByteBuffer(bytes: bytes))
    case .stream(let body, let length):
      let body = TrackedBody(body, length: length)
      tracked = body
      if length == 0 {
        try await body.drain()
        message.body = .bytes(ByteBuffer())
      } else {
        message.body = .stream(body.stream, length: .known(Int64(clamping: length)))
      }
    }
    do {
      let response = try await client.execute(message, deadline: .now() + StoreClient.limit)
      return StoreResponse(
        status: Int(response.status.code),
        fields: response.headers.map { ResponseHead.Field(name: $0.name, value: $0.value) },
        request: name, body: .client(response.body))
    } catch {
      throw tracked?.failure ?? StoreClient.failure(name, error)
    }
  }

  /// A failed exchange as an origin's error.
  static func failure(_ request: String, _ error: any Error) -> OriginError {
    switch error {
    case is CancellationError: .failed("\(request): the call was given up")
    case let error as HTTPClientError where error == .cancelled:
      .failed("\(request): the call was given up")
    case let error as HTTPClientError: .failed("\(request): \(error.shortDescription)")
    default: .failed("\(request): \(error)")
    }
  }
}

/// A body on its way out, which remembers why it ended: the client's own errors do not tell.
private final class TrackedBody: Sendable {
  let stream: OriginBody
  private let cause: Mutex<OriginError?>

  init(_ body: OriginBody, length: UInt64) {
    let reader = Reader(body, length)
    stream = OriginBody { try await reader.next() }
    cause = Mutex(nil)
    reader.owner = self
  }

  /// Why the body failed; nil if it did not.
  var failure: OriginError? { cause.withLock { $0 } }

  /// Reads a body that should have no bytes to its end.
  func drain() async throws(OriginError) {
    do { for try await _ in stream {} } catch { throw failure ?? OriginError(ofBody: error) }
  }

  /// A stream has one reader that asks for one element after the other, so nothing here is used by
  /// two tasks at once.
  private final class Reader: @unchecked Sendable {
    weak var owner: TrackedBody?
    private var source: OriginBody.Iterator
    private let length: UInt64
    private var count: UInt64 = 0

    init(_ body: OriginBody, _ length: UInt64) {
      source = body.makeAsyncIterator()
      self.length = length
    }

    func next() async throws -> ByteBuffer? {
      do {
        let piece = try await source.next()
        if piece == nil { try Task.checkCancellation() }
        count += UInt64(piece?.readableBytes ?? 0)
        guard count == length || piece != nil && count < length else {
          throw OriginError.rejected(
            code: "IncompleteBody", "the body has not the announced \(length) bytes")
        }
        return piece
      } catch {
        owner?.cause.withLock { $0 = $0 ?? OriginError(ofBody: error) }
        throw error
      }
    }
  }
}

extension HTTPClient {
  /// A client as origins want it: 2 seconds to connect, 10 seconds of silence before a response or
  /// inside it, HTTP/1.1, no redirects. One serves all origins; who makes it shuts it down.
  ///
  /// - Parameter connections: The most to one host that are kept.
  public static func forOrigins(
    group: any EventLoopGroup, connections: Int = 256
  ) -> HTTPClient {
    var configuration = HTTPClient.Configuration()
    configuration.timeout = .init(connect: .seconds(2), read: .seconds(10))
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    configuration.decompression = .disabled
    return HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
  }
}
