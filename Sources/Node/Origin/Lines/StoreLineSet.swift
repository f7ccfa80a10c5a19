internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Reads of one store past the general client, on connections of the event loop that asks.
///
/// A cache spends most of its misses' time here. The general client does everything that HTTP may
/// ask of it, with a pool for all loops and a stream of buffers for each body; a block's read needs a
/// head, and its bytes in its own memory. `Benchmarks/servers miss` says what that is worth.
final class StoreLineSet: Sendable {
  private struct Made {
    var lines: [ObjectIdentifier: StoreLines] = [:]
    var security: NIOSSLContext?
    var isShut = false
  }
  private let endpoint: Endpoint
  private let tls: TLSConfiguration
  private let made = Mutex(Made())

  init(_ endpoint: Endpoint, tls: TLSConfiguration) {
    self.endpoint = endpoint
    self.tls = tls
  }

  /// The connections of the event loop on which this is called; nil where there is none.
  private func here() throws(OriginError) -> StoreLines? {
    guard let loop = MultiThreadedEventLoopGroup.currentEventLoop else { return nil }
    do {
      return try made.withLock { made in
        guard !made.isShut else { return nil }
        if let lines = made.lines[ObjectIdentifier(loop)] { return lines }
        if endpoint.scheme == "https", made.security == nil {
          made.security = try NIOSSLContext(configuration: tls)
        }
        let lines = StoreLines(
          loop, host: endpoint.host, port: endpoint.port, security: made.security)
        made.lines[ObjectIdentifier(loop)] = lines
        return lines
      }
    } catch { throw .failed("TLS cannot be set up: \(error)") }
  }

  /// Sends a request without a body; nil if this is no event loop.
  func send(_ request: StoreRequest, name: String) async throws(OriginError) -> StoreResponse? {
    guard let lines = try here() else { return nil }
    do {
      let (head, line) = try await ask(bytes(of: request), lines)
      let isEmpty = request.method == "HEAD" || head.isWithoutBody
      return StoreResponse(
        status: head.status, fields: head.fields, request: name,
        body: .line(LineBody(head, isEmpty: isEmpty, on: line, of: lines)))
    } catch { throw error.naming(name) }
  }

  private func ask(
    _ bytes: ByteBuffer, _ lines: StoreLines
  ) async throws(OriginError) -> (ResponseHead, StoreLine) {
    while true {
      let line = try await lines.take()
      let isUsed = line.requests > 0
      do { return (try await line.ask(bytes), line) } catch {
        lines.giveBack(line, isWhole: false)
        // The store closed a connection that it had kept, at the moment when it was to be used.
        guard isUsed, line.hasEndedSilently, !Task.isCancelled else { throw error }
      }
    }
  }

  private func bytes(of request: StoreRequest) -> ByteBuffer {
    var bytes = ByteBuffer()
    bytes.writeString("\(request.method) \(endpoint.path)\(request.path)")
    if !request.query.isEmpty { bytes.writeString("?\(request.query)") }
    bytes.writeString(" HTTP/1.1\r\nhost: \(endpoint.authority)\r\n")
    for (name, value) in request.headers where name != "host" {
      bytes.writeString("\(name): \(value)\r\n")
    }
    bytes.writeStaticString("\r\n")
    return bytes
  }

  /// Closes all connections.
  func shutdown() async {
    let all = made.withLock { made in
      made.isShut = true
      defer { made.lines = [:] }
      return Array(made.lines.values)
    }
    for lines in all { try? await lines.loop.submit { lines.shutdown() }.get() }
  }
}

extension OriginError {
  /// The error with the request that came to it.
  func naming(_ request: String) -> OriginError {
    if case .failed(let reason) = self { .failed("\(request): \(reason)") } else { self }
  }
}
