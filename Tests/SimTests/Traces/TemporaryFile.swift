import Foundation
import TarnSim
@testable import TarnTraceFormat

/// A file of a test, gone with the value.
final class TemporaryFile {
  let path: String

  init(_ bytes: [UInt8]? = nil, suffix: String = "") throws {
    let name = "tarn-test-\(UUID().uuidString)\(suffix)"
    path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
    if let bytes { try write(bytes) }
  }

  convenience init(text: String, suffix: String = "") throws {
    try self.init(Array(text.utf8), suffix: suffix)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  func bytes() throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  var exists: Bool { FileManager.default.fileExists(atPath: path) }
}

/// Traces that are too large or not ours to commit: in `$TARN_SHARED_TRACES`, or beside the
/// package in `../shared/traces`.
enum SharedTraces {
  static let mooncake = path("mooncake/conversation_trace.jsonl.gz")
  /// What is known of each trace: counts, footprints, shares.
  static let statistics = path("../reference/trace-stats.csv")

  /// The folder of the traces, whether it exists or not.
  static let folder: String = {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return ProcessInfo.processInfo.environment["TARN_SHARED_TRACES"]
      ?? package.deletingLastPathComponent().appendingPathComponent("shared/traces").path
  }()

  static func path(_ name: String) -> String? {
    let path = "\(folder)/\(name)"
    guard FileManager.default.fileExists(atPath: path) else {
      print("SKIPPED: tests that need \(name): not found at \(path); set TARN_SHARED_TRACES")
      return nil
    }
    return path
  }
}

/// Numbers for property tests: a plain linear congruential generator, so that the tests share
/// nothing with what they test.
struct TestNumbers {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 2 &+ 1 }
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 33) ^ (state << 31)
  }
  mutating func below(_ limit: UInt64) -> UInt64 { (next() >> 11) % limit }
}

/// The error that `body` throws, if it is a trace's.
func traceError(_ body: () throws -> Void) -> TraceError? {
  do { try body() } catch { return error as? TraceError }
  return nil
}
