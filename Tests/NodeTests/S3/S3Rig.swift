import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import TarnNode

/// An S3 front end on a real socket over a store in memory.
struct S3Rig {
  let store: MemoryStore
  let server: HTTPServer
  let counters: S3Counters

  /// Sends one request over a connection of its own.
  func ask(
    _ method: String, _ target: String, _ headers: [(String, String)] = [], body: String? = nil
  ) async throws -> RawResponse {
    try await ask(method, target, headers, bytes: body.map { Array($0.utf8) })
  }

  func ask(
    _ method: String, _ target: String, _ headers: [(String, String)], bytes: [UInt8]?
  ) async throws -> RawResponse {
    let client = try RawClient(port: server.port)
    var text = "\(method) \(target) HTTP/1.1\r\n"
    if !headers.contains(where: { $0.0.lowercased() == "host" }) { text += "Host: localhost\r\n" }
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    if let bytes { text += "Content-Length: \(bytes.count)\r\n" }
    try await client.send(Array((text + "\r\n").utf8) + (bytes ?? []))
    return try await client.receiveResponse(hasBody: method != "HEAD")
  }
}

extension RawResponse {
  /// The text of an XML element of this name.
  func xml(_ name: String) -> String? {
    guard let root = try? XMLElement.parse(body) else { return nil }
    return root[name]
  }

  var document: XMLElement? { try? XMLElement.parse(body) }
}

/// Runs `body` with a front end.
func withS3(
  isLate: Bool = false, tenants: [NodeConfiguration.Tenant] = [], domain: String? = nil,
  limits: HTTPLimits = HTTPLimits(), _ body: (S3Rig) async throws -> Void
) async throws {
  signal(SIGPIPE, SIG_IGN)
  let store = try MemoryStore(isLate: isLate)
  let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  let counters = S3Counters()
  let service = S3Service(
    objects: store, containers: store, access: S3Access(tenants: tenants), domain: domain,
    counters: counters)
  let server = try await HTTPServer.bind(
    to: .init(host: "127.0.0.1", port: 0), group: group, limits: limits
  ) { S3Handler(service, on: $0) }
  do {
    try await body(S3Rig(store: store, server: server, counters: counters))
  } catch {
    Issue.record(error)
  }
  await server.shutdown(within: .seconds(5))
  try await group.shutdownGracefully()
}
