import Foundation

/// A server that runs beside a test, in a folder of its own, and ends with it.
final class Server {
  private let process = Process()
  let folder: TemporaryFolder

  /// Starts `program` and waits until it listens.
  ///
  /// - Parameters:
  ///   - port: The port of loopback at which it will listen.
  ///   - files: What it finds in its folder, by name.
  ///   - arguments: Are given the folder's path.
  init(
    _ program: String, port: UInt16, files: [String: String], arguments: (String) -> [String]
  ) throws {
    folder = try TemporaryFolder()
    for (name, text) in files {
      try Data(text.utf8).write(to: folder.url.appendingPathComponent(name))
    }
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments(folder.url.path)
    process.currentDirectoryURL = folder.url
    let log = folder.url.appendingPathComponent("log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    let handle = try FileHandle(forWritingTo: log)
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    let end = Date().addingTimeInterval(30)
    while !Server.isListening(port) {
      guard Date() < end, process.isRunning else {
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        throw CocoaError(.executableLoad, userInfo: ["program": program, "log": text])
      }
      Thread.sleep(forTimeInterval: 0.02)
    }
  }

  deinit {
    process.terminate()
    process.waitUntilExit()
  }

  /// Ports of loopback that nobody listens on now; all different.
  static func freePorts(_ count: Int) -> [UInt16] {
    let sockets = (0..<count).map { _ in bound() }
    defer { for (descriptor, _) in sockets { close(descriptor) } }
    return sockets.map(\.port)
  }

  private static func bound() -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, length)
        _ = getsockname(descriptor, $0, &length)
      }
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  private static func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  private static func isListening(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = loopback(port: port)
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, length) == 0
      }
    }
  }
}
