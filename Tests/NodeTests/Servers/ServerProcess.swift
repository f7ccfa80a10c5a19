import Foundation
import Glibc

/// A server that was started for a test, in a folder of its own; stopped with the last reference.
final class ServerProcess: @unchecked Sendable {
  let folder: TemporaryFolder
  private let process = Process()

  /// Starts `tool`, which lies beside the tests' Python.
  ///
  /// - Parameter arguments: Made from the server's folder.
  init(
    _ tool: String, environment: [String: String] = [:],
    arguments: (TemporaryFolder) throws -> [String]
  ) throws {
    folder = try TemporaryFolder()
    process.executableURL = URL(fileURLWithPath: TestTools.path(of: tool))
    process.arguments = try arguments(folder)
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let log = folder.path + "/server.log"
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    let file = FileHandle(forWritingAtPath: log)
    process.standardOutput = file
    process.standardError = file
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  var isRunning: Bool { process.isRunning }

  /// The last lines that the server wrote.
  var log: String {
    let text = (try? String(contentsOfFile: folder.path + "/server.log", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").suffix(20).joined(separator: "\n")
  }

  func stop() {
    guard process.isRunning else { return }
    process.terminate()
    for _ in 0..<50 where process.isRunning { usleep(100_000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  deinit { stop() }
}

/// The programs that real-server tests need, in the folder of the Python that `TARN_PYTHON` names.
enum TestTools {
  private static let folder: String = {
    let python = ProcessInfo.processInfo.environment["TARN_PYTHON"]
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let path = python ?? root.appendingPathComponent(".venv/bin/python").path
    return path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
  }()

  static func path(of tool: String) -> String { "\(folder)/\(tool)" }

  /// Whether the tool is there; says how to get it if not.
  static func has(_ tool: String, package: String) -> Bool {
    if FileManager.default.isExecutableFile(atPath: path(of: tool)) { return true }
    print(
      "SKIPPED: \(tool) is missing in \(folder): pip install '\(package)' there, or name the Python "
        + "of a virtual environment that has it by TARN_PYTHON")
    return false
  }

  /// Ports that nobody listens on. Asked for together, so that they differ.
  static func freePorts(_ count: Int) -> [Int] {
    var sockets: [CInt] = []
    defer { for socket in sockets { close(socket) } }
    return (0..<count).map { _ in
      let number = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
      sockets.append(number)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = bind(number, $0, size)
          getsockname(number, $0, &size)
        }
      }
      return Int(UInt16(bigEndian: address.sin_port))
    }
  }
}
