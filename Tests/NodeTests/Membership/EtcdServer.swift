import Foundation
import Logging
import Testing

@testable import TarnNode

/// A real etcd on free loopback ports with a folder of its own.
final class EtcdServer {
  private let process = Process()
  private let folder: URL
  let endpoint: String
  private let arguments: [String]

  static let path: String? = ["/usr/bin/etcd", "/usr/local/bin/etcd"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// Whether there is an etcd; says loudly if not.
  static var isInstalled: Bool {
    if path == nil { print("SKIPPED: etcd is missing: apt-get install etcd-server") }
    return path != nil
  }

  /// Starts on new ports, or with the folder and ports of `earlier`, which has ended.
  init(again earlier: EtcdServer? = nil) throws {
    if let earlier {
      folder = earlier.folder
      arguments = earlier.arguments
      endpoint = earlier.endpoint
    } else {
      folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "tarn-etcd-\(UUID().uuidString)")
      let client = "http://127.0.0.1:\(RawListener().place.port)"
      let peer = "http://127.0.0.1:\(RawListener().place.port)"
      endpoint = client
      arguments = [
        "--name", "test", "--data-dir", folder.path, "--log-level", "error",
        "--listen-client-urls", client, "--advertise-client-urls", client,
        "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
        "--initial-cluster", "test=\(peer)", "--heartbeat-interval", "20",
        "--election-timeout", "200",
      ]
    }
    process.executableURL = URL(fileURLWithPath: try #require(EtcdServer.path))
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
  }

  func ready() async throws {
    let client = EtcdClient([endpoint])
    defer { Task { await client.shutdown() } }
    for _ in 0..<400 {
      if (try? await client.call(
        "/v3/kv/range", Etcd.RangeRequest(key: Etcd.Text("x"), range_end: nil),
        Etcd.RangeResponse.self)) != nil
      {
        return
      }
      try await Task.sleep(for: .milliseconds(25))
    }
    Issue.record("etcd at \(endpoint) does not come up")
  }

  /// Ends at once, as if the machine had failed.
  func kill() {
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  func remove() {
    if process.isRunning { kill() }
    try? FileManager.default.removeItem(at: folder)
  }
}
