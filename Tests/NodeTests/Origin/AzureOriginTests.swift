import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import TarnNode

/// What `Tests/Vectors/azure_sharedkey.py` had the azure-storage-blob SDK sign.
private struct AzureVectors: Decodable {
  struct Request: Decodable {
    var method: String
    var path: String
    var query: String
    var length: Int
    var headers: [[String]]
    var authorization: String
  }
  var account: String
  var key: String
  var requests: [Request]
}

struct AzureSignatureTests {
  @Test func `a shared key signs as the SDK does`() throws {
    let vectors = try JSONDecoder().decode(
      AzureVectors.self, from: vectorFile("azure_sharedkey.json"))
    #expect(vectors.requests.count == 80)
    let key = try SharedKey(account: vectors.account, base64: vectors.key)
    for vector in vectors.requests {
      var request = StoreRequest(vector.method, vector.path)
      request.query = vector.query
      request.headers = vector.headers.map { ($0[0], $0[1]) }
        .filter { $0.0 != "content-length" }
      request.body = .bytes([UInt8](repeating: 0, count: vector.length))
      #expect(
        try key.authorization(for: request, path: vector.path) == vector.authorization,
        "\(vector.method) \(vector.path)?\(vector.query)")
    }
  }

  @Test func `a key that is not base 64 is said to be none`() {
    #expect(
      throws: OriginError.failed("the shared key of the account a is not base 64; copy it whole")
    ) { _ = try SharedKey(account: "a", base64: "?") }
  }

  @Test func `an upload's id carries its metadata`() throws {
    var metadata = ObjectMetadata()
    metadata.contentType = "text/plain; charset=utf-8"
    metadata.headers = [("cache-control", "max-age=1, public")]
    metadata.user = [("a", "é&=?"), ("b", ""), ("\u{301}c", "d")]
    let id = AzureUploadID(metadata: metadata)
    let read = try #require(AzureUploadID(id.text))
    #expect(read.metadata == metadata)
    #expect(read.serial == id.serial)
    #expect(id.text.utf8.allSatisfy { PercentCoding.isUnreserved($0) })
    for text in ["", ".", "x.", "0123456789abcdef", "0123456789abcdef.!", "0123456789abcdef.JTI"]
      // Names of no kind: x=1, tx=1.
      + ["0123456789abcdef.eD0x", "0123456789abcdef.dHg9MQ"]
    {
      #expect(AzureUploadID(text) == nil, "\(text)")
    }
    let (block, version) = id.block(part: 7)
    #expect(id.id(of: UploadedPart(number: 7, version: version)) == block)
    #expect(id.id(of: UploadedPart(number: 8, version: version)) != block)
    #expect(id.block(part: 10_000).id.utf8.count == block.utf8.count)
  }
}

/// Against `Tests/Vectors/azure_server.py`, which says of itself what it is: our own stand-in, whose
/// check of signatures is the SDK's.
@Suite(.serialized) struct AzureOriginTests {
  private static let account = "account1"
  private static let key = Data((0..<64).map { UInt8($0) }).base64EncodedString()
  private static let sas = "sv=2021-12-02&sig=a%2Bb%3D"

  private func withAzure(
    key: String? = AzureOriginTests.key, sas: String? = nil,
    _ body: (AzureOrigin) async throws -> Void
  ) async throws {
    guard TestTools.has("python", package: "azure-storage-blob"), hasSDK else { return }
    let port = TestTools.freePorts(1)[0]
    let script = try vectorPath("azure_server.py")
    let process = try ServerProcess("python") { _ in
      [script, "\(port)", AzureOriginTests.account, AzureOriginTests.key, AzureOriginTests.sas]
    }
    let client = HTTPClient.forOrigins(group: MultiThreadedEventLoopGroup.singleton)
    do {
      let origin = try AzureOrigin(
        endpoint: "http://127.0.0.1:\(port)", account: AzureOriginTests.account, sharedKey: key,
        sas: sas, client: client)
      for _ in 0..<40 where process.isRunning {
        do {
          _ = try await origin.containers()
          break
        } catch OriginError.failed { try await Task.sleep(for: .milliseconds(250)) } catch { break }
      }
      #expect(process.isRunning, "\(process.log)")
      try await onLoop { try await body(origin) }
      process.stop()
      try await client.shutdown()
    } catch {
      try await client.shutdown()
      throw error
    }
  }

  private var hasSDK: Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: TestTools.path(of: "python"))
    process.arguments = ["-c", "import azure.storage.blob"]
    process.standardError = FileHandle.nullDevice
    try? process.run()
    process.waitUntilExit()
    if process.terminationStatus == 0 { return true }
    print("SKIPPED: azure-storage-blob is missing: pip install azure-storage-blob")
    return false
  }

  private func vectorPath(_ name: String) throws -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Vectors/\(name)").path
  }

  @Test(arguments: [false, true])
  func `the stand-in's account conforms`(bySAS: Bool) async throws {
    try await withAzure(
      key: bySAS ? nil : AzureOriginTests.key, sas: bySAS ? AzureOriginTests.sas : nil
    ) { origin in
      // Uploads are a matter of Tarn's own: there is none to be missing.
      try await OriginConformance(
        origin: origin, container: "tarn-test",
        deviations: [.failsOnLostUploads, .abortsAnything, .pagesAsItLikes]
      ).run()
    }
  }

  @Test func `a wrong key is denied, by the server's own code`() async throws {
    try await withAzure(key: "d3Jvbmc=") { origin in
      await #expect(throws: OriginError.denied("AuthenticationFailed: AuthenticationFailed.")) {
        try await origin.list(ListRequest(container: "tarn-test"))
      }
    }
    try await withAzure(key: nil, sas: "sig=wrong") { origin in
      await #expect(throws: OriginError.self) {
        try await origin.list(ListRequest(container: "tarn-test"))
      }
    }
  }

  @Test func `a busy server and a missing container are told apart`() async throws {
    try await withAzure { origin in
      await #expect(throws: OriginError.throttled(retryAfterMilliseconds: 2_000)) {
        try await origin.attributes(of: OriginObject(container: "tarn-test", key: "busy"))
      }
      await #expect(throws: OriginError.noContainer) {
        try await origin.attributes(of: OriginObject(container: "none", key: "a"))
      }
    }
  }

  @Test func `a large body goes in blocks, and only as a whole`() async throws {
    try await withAzure { origin in
      let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
      let object = OriginObject(container: "tarn-test", key: "in/blocks")
      let stored = try await origin.putInBlocks(
        object, ObjectMetadata(), length: 100_000, body: stream(bytes, by: 777), blockBytes: 30_000)
      #expect(try await readBytes(origin, object, stored.version, 0..<100_000) == bytes)
      for length in [99_999, 100_001] as [UInt64] {
        await #expect(throws: OriginError.self) {
          try await origin.putInBlocks(
            OriginObject(container: "tarn-test", key: "not"), ObjectMetadata(), length: length,
            body: stream(bytes, by: 777), blockBytes: 30_000)
        }
      }
      await #expect(throws: OriginError.notFound) {
        try await origin.attributes(of: OriginObject(container: "tarn-test", key: "not"))
      }
    }
  }
}
