import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import TarnNode

/// One suite over a folder and over real servers, each with what it is known to do otherwise.
@Suite(.serialized) struct OriginConformanceTests {
  @Test func `a folder conforms`() async throws {
    let folder = try TemporaryFolder()
    let origin = try DirectoryOrigin(path: folder.path)
    let container = try await #require(origin.containers().first?.name)
    try await OriginConformance(
      origin: origin, container: container, deviations: [.collapsesSlashes]
    ).run()
  }

  @Test(arguments: S3Server.allCases)
  func `a server conforms`(server: S3Server) async throws {
    try await withServer(server) { running, client in
      let deviations: Set<OriginConformance.Deviation> =
        switch server {
        // A filer of folders behind S3: it lists what is in `a/` before `a-b`, and forgets one of
        // them when a page ends between them.
        case .seaweed: [.collapsesSlashes, .turnsBackslashes, .listsInOwnOrder, .abortsAnything]
        case .rclone:
          [.collapsesSlashes, .mergesMetadataOfCopies, .refusesPartsAgain, .forgetsFailedUploads]
        case .moto: [.acceptsAnySignature, .failsOnLostUploads]
        }
      let origin = try running.origin(client)
      let conformance = OriginConformance(
        origin: origin, container: running.bucket, deviations: deviations)
      try await onLoop { try await conformance.run() }
      guard !deviations.contains(.acceptsAnySignature) else { return }
      let stranger = try running.origin(client, secretKey: "wrong")
      let error = await #expect(throws: OriginError.self) {
        try await stranger.list(ListRequest(container: running.bucket))
      }
      guard case .denied(let reason) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(reason.hasPrefix("SignatureDoesNotMatch"))
    }
  }
}

/// Runs `body` with a server and a client, and stops both; says so and passes if the server is not
/// installed.
func withServer(
  _ server: S3Server, _ body: (S3Server.Running, HTTPClient) async throws -> Void
) async throws {
  guard server.isInstalled else { return }
  let client = HTTPClient.forOrigins(group: MultiThreadedEventLoopGroup.singleton)
  do {
    let running = try await server.start(bucket: "tarn-test", client: client)
    try await body(running, client)
    running.process.stop()
    try await client.shutdown()
  } catch {
    try await client.shutdown()
    throw error
  }
}

/// An object that is overwritten while it is read: every range is of the old version, or the read says
/// that the object has changed.
@Suite(.serialized) struct OverwriteTests {
  private static let size = 64 << 20
  private static let range = 4 << 20

  @Test func `a file that is replaced or written into is old or changed`() async throws {
    let folder = try TemporaryFolder()
    let origin = try DirectoryOrigin(path: folder.path)
    let container = try await #require(origin.containers().first?.name)
    let object = OriginObject(container: container, key: "large")
    try await overwrite(origin, object) { try await put(origin, object, byte: 2) }
    try await overwrite(origin, object) {
      let file = try #require(FileHandle(forWritingAtPath: folder.path + "/large"))
      for _ in 0..<64 { try file.write(contentsOf: Data(repeating: 2, count: 1 << 20)) }
      try file.close()
    }
  }

  @Test(arguments: [S3Server.seaweed, .rclone])
  func `an object that is replaced is old or changed`(server: S3Server) async throws {
    try await withServer(server) { running, client in
      let origin = try running.origin(client)
      let object = OriginObject(container: running.bucket, key: "large")
      try await overwrite(origin, object) { try await put(origin, object, byte: 2) }
    }
  }

  private func put(_ origin: any Origin, _ object: OriginObject, byte: UInt8) async throws {
    let piece = ByteBuffer(repeating: byte, count: 1 << 20)
    let body = OriginBody { continuation in
      for _ in 0..<(OverwriteTests.size >> 20) { continuation.yield(piece) }
      continuation.finish()
    }
    _ = try await origin.put(
      object, ObjectMetadata(), length: UInt64(OverwriteTests.size), body: body)
  }

  /// Reads the first half, then the second while `change` is under way, again and again until the
  /// change shows.
  private func overwrite(
    _ origin: any Origin, _ object: OriginObject,
    by change: @Sendable @escaping () async throws -> Void
  ) async throws {
    try await put(origin, object, byte: 1)
    let old = try await origin.attributes(of: object)
    #expect(old.size == UInt64(OverwriteTests.size))
    let ranges = stride(from: 0, to: OverwriteTests.size, by: OverwriteTests.range).map {
      UInt64($0)..<UInt64($0 + OverwriteTests.range)
    }
    for range in ranges.prefix(8) {
      let bytes = try await readBytes(origin, object, old.version, range)
      #expect(bytes.allSatisfy { $0 == 1 }, "\(range)")
    }
    async let changing: Void = change()
    var isChanged = false
    for round in 0..<1_000 where !isChanged {
      let range = ranges[8 + round % 8]
      do {
        let bytes = try await readBytes(origin, object, old.version, range)
        #expect(bytes.allSatisfy { $0 == 1 }, "round \(round), \(range)")
      } catch OriginError.changed {
        isChanged = true
      }
    }
    try await changing
    #expect(isChanged)
    let new = try await origin.attributes(of: object)
    #expect(new.version != old.version)
    #expect(try await readBytes(origin, object, new.version, ranges[15]).allSatisfy { $0 == 2 })
  }
}
