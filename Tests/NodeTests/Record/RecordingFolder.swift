import Foundation
import Logging
import Synchronization

/// A folder of a test, gone with the value.
final class RecordingFolder {
  let path: String

  init() {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("tarn-record-\(UUID().uuidString)").path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Names of the files in it.
  func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}

/// Keeps what is logged.
final class RecordedLog: Sendable {
  private let lines = Mutex<[String]>([])

  var logger: Logger {
    Logger(label: "test") { _ in Handler(log: self) }
  }
  var text: [String] { lines.withLock { $0 } }

  private struct Handler: LogHandler {
    let log: RecordedLog
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
      log.lines.withLock { $0.append("\(event.level): \(event.message)") }
    }
  }
}
