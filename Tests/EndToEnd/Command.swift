import Foundation

/// A program that is run as its users run it, and what came of it.
struct Command {
  /// What a finished process left behind.
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String

    /// The one JSON object that was printed.
    func json() throws -> [String: Any] {
      let object = try JSONSerialization.jsonObject(with: Data(output.utf8))
      return object as? [String: Any] ?? [:]
    }

    /// Lines on standard error.
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
  }

  let path: String

  /// The repository's root, from this file's place in it.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The release and debug binaries, the node, and the tests' Python; nil where they were not built.
  static let release = Command(variable: "TARN_BIN", or: ".build/release/tarn")
  static let debug = Command(variable: "TARN_DEBUG_BIN", or: ".build/debug/tarn")
  static let node = Command(variable: "TARN_NODE_BIN", or: ".build/release/tarn-node")
  static let python = Command(variable: "TARN_PYTHON", or: ".venv/bin/python")

  /// A cache that others wrote.
  static let nginx = Command(variable: "TARN_NGINX", or: "/usr/sbin/nginx")

  /// The system's shell.
  static let shell = Command(variable: "TARN_SHELL", or: "/bin/sh")

  /// Whether the notebooks' Python can run Spark here.
  static let hasSpark: Bool = {
    guard let python,
      let outcome = try? python.run([
        "-c", "import pyspark, subprocess; subprocess.run(['java', '-version'], check=True)",
      ])
    else { return false }
    return outcome.status == 0
  }()

  /// Whether the Python has what the tests of a whole node cannot do without.
  static let hasNodeClients: Bool = {
    let outcome = try? python?.run(["-c", "import boto3, pytest"])
    return outcome?.status == 0
  }()

  /// A process that takes longer hangs, and is killed so that its test can fail.
  private static let secondsLimit = 300.0

  private init?(variable: String, or place: String) {
    let named = ProcessInfo.processInfo.environment[variable]
    path =
      named ?? (place.hasPrefix("/") ? place : Command.root.appendingPathComponent(place).path)
    guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
  }

  /// Runs it in the repository's root to its end.
  ///
  /// - Parameters:
  ///   - environment: Added to this process's own; an empty value removes a variable.
  ///   - interruptAfter: Seconds until it gets `signal`; nil for never.
  func run(
    _ arguments: [String], environment: [String: String] = [:], interruptAfter: Double? = nil,
    signal: Int32 = SIGINT
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = Command.root
    process.environment = ProcessInfo.processInfo.environment
      .merging(environment) { $1 }.filter { !$0.value.isEmpty }
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let pid = process.processIdentifier
    let limit = DispatchWorkItem { kill(pid, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + Command.secondsLimit, execute: limit)
    defer { limit.cancel() }
    if let interruptAfter {
      Thread.sleep(forTimeInterval: interruptAfter)
      kill(pid, signal)
    }
    // Standard error holds a few lines at most, so it never fills its pipe while we read the other.
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    let complained = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: printed, as: UTF8.self),
      errors: String(decoding: complained, as: UTF8.self))
  }
}

extension Command {
  /// Executes a notebook in its folder with this Python; `printing` repeats what its cells print.
  func runNotebook(
    _ notebook: String, printing: Bool = false, environment: [String: String] = [:]
  ) throws -> Outcome {
    let script = """
      import nbclient, nbformat, os, sys
      notebook = nbformat.read(sys.argv[1], as_version=4)
      place = {"metadata": {"path": os.path.dirname(sys.argv[1])}}
      nbclient.NotebookClient(notebook, timeout=250, resources=place).execute()
      if sys.argv[2] == "print":
          for cell in notebook.cells:
              for output in cell.get("outputs", []):
                  if output.get("name") == "stdout":
                      print(output.text)
      """
    return try run(
      ["-c", script, notebook, printing ? "print" : "quiet"], environment: environment)
  }
}

/// An empty folder of its own that goes when it is no longer needed.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("tarn-end-to-end-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
