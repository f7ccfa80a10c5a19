import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOPosix
import TarnCore
import Testing

@testable import TarnNode

/// A node whose origin can be reached by two servers.
@Suite struct OriginPathTests {
  private static let block = 64 << 10
  private static let blocks = 400

  /// A folder with one file whose block n is full of the byte n.
  private func folder() throws -> URL {
    let folder = URL(fileURLWithPath: NSTemporaryDirectory())
      .appendingPathComponent("tarn-paths-\(UUID().uuidString)/data")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var bytes = Data()
    for number in 0..<Self.blocks {
      bytes += Data(repeating: UInt8(truncatingIfNeeded: number), count: Self.block)
    }
    try bytes.write(to: folder.appendingPathComponent("file"))
    return folder
  }

  /// A server of the folder's files.
  private func server(_ folder: URL, port: Int = 0) async throws -> NodeServer {
    try await node(
      port: port,
      origins: [.init(name: "files", kind: .directory(path: folder.path))])
  }

  private func node(
    port: Int = 0, origins: [NodeConfiguration.OriginPlace]
  ) async throws -> NodeServer {
    var configuration = NodeConfiguration()
    configuration.threads = 1
    configuration.listen.port = port
    configuration.admin.port = 0
    configuration.origins = origins
    configuration.blockBytes = UInt32(Self.block)
    configuration.cache.memoryBytes = 64 << 20
    configuration.cache.flashBytes = 0
    configuration.cache.originPaths = [origins[0].settings] + origins[0].paths.map(\.settings)
    return try await NodeServer.start(configuration, logger: Logger(label: "test"))
  }

  private static func place(_ name: String, _ server: NodeServer) -> NodeConfiguration.OriginPlace {
    NodeConfiguration.OriginPlace(
      name: name,
      kind: .s3(
        endpoint: "http://127.0.0.1:\(server.clientPort)", region: "us-east-1", accessKey: nil,
        secretKey: nil))
  }

  @Test func `reads leave the server that is gone, and return when it is back`() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
    let first = try await server(folder)
    var second = try await server(folder)
    let port = second.clientPort
    var lake = Self.place("lake", first)
    lake.paths = [
      .init(place: Self.place("near", second), settings: .init(isBudgeted: false))
    ]
    let node = try await node(origins: [lake])
    let client = HTTPClient.forOrigins(group: MultiThreadedEventLoopGroup.singleton)
    let reader = try S3Origin(
      endpoint: "http://127.0.0.1:\(node.clientPort)", region: "us-east-1", accessKey: nil,
      secretKey: nil, client: client)
    let object = OriginObject(container: "data", key: "file")
    let version = try await reader.attributes(of: object).version
    var next = 0

    /// Reads the next blocks, one after the other, and expects every byte.
    func read(_ count: Int) async throws {
      for number in next..<next + count {
        let start = UInt64(number * Self.block)
        let bytes = try await readBytes(
          reader, object, version, start..<start + UInt64(Self.block))
        #expect(bytes.allSatisfy { $0 == UInt8(truncatingIfNeeded: number) })
      }
      next += count
    }
    func counts(_ name: String) async -> NodeSnapshot.OriginCounts {
      await node.snapshot().origins.first { $0.name == name } ?? .init(name: name)
    }

    try await read(60)
    #expect(await counts("lake/near").bytes > 0)

    // Every read is answered while the second server is gone, and few of them tried it.
    await second.stop(within: .zero)
    let before = await counts("lake/near")
    try await read(150)
    let during = await counts("lake/near")
    #expect(during.bytes == before.bytes)
    #expect(during.failures - before.failures <= 40)
    #expect(await counts("lake").bytes > 0)
    #expect(await counts("lake").failures == 0)

    // A probe finds that it is back, a second or two after the suspension.
    second = try await server(folder, port: port)
    for _ in 0..<150 where next < Self.blocks {
      try await read(1)
      if await counts("lake/near").bytes > during.bytes { break }
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(await counts("lake/near").bytes > during.bytes)
    #expect(await node.snapshot().core.originShifts > 0)

    try await client.shutdown()
    for server in [node, first, second] { await server.stop(within: .zero) }
  }

  @Test func `an origin's paths are read with their settings, and bad ones are refused`() throws {
    let text = """
      origins:
        - name: lake
          kind: s3
          endpoint: http://127.0.0.1:1
          paths:
            - {name: near, kind: s3, endpoint: "http://127.0.0.1:2", budgeted: false, timeout: 2s, penalty: 3ms}
      """
    let read = try NodeConfiguration(yaml: text, file: "x.yaml")
    #expect(
      read.cache.originPaths == [
        OriginPathConfiguration(),
        OriginPathConfiguration(
          isBudgeted: false, timeoutNanoseconds: 2_000_000_000, penaltyMicroseconds: 3000),
      ])
    #expect(try NodeConfiguration(yaml: read.text(), file: "x.yaml").origins == read.origins)
    func problem(_ text: String) -> String? {
      do { _ = try NodeConfiguration(yaml: text, file: "x.yaml") } catch { return "\(error)" }
      return nil
    }
    #expect(
      problem(text.replacing("name: near", with: "name: lake"))?
        .contains("lake is named twice; give each path its own name") == true)
    #expect(
      problem(text + "\n  - {name: here, kind: directory, path: traces}")?
        .contains("has other paths than lake; give all origins as many, with the same settings")
        == true)
  }
}
