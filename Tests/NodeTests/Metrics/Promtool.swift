import Foundation

/// Debian's promtool, for tests of what Prometheus itself would say.
enum Promtool {
  static let path: String? = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// False, and a line for whoever reads the test's output, if promtool is absent.
  static var isHere: Bool {
    if path != nil { return true }
    print("SKIPPED: promtool is missing; install it with apt-get install prometheus")
    return false
  }

  /// What promtool says of `input`, and its exit status; 0 and no complaint if all is well.
  static func run(_ arguments: [String], input: String = "") throws -> (status: Int32, says: String)
  {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path ?? "")
    process.arguments = arguments
    let (stdin, output) = (Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try stdin.fileHandleForWriting.close()
    let says = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: says, as: UTF8.self))
  }

  /// The repository's root.
  static var root: String {
    #filePath.split(separator: "/").dropLast(4).reduce(into: "") { $0 += "/" + $1 }
  }
}
