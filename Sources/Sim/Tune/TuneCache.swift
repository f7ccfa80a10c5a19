import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Answers of earlier jobs, in a folder: a run that was broken off goes on where it was.
///
/// One file for each content, one line a record, added with one write at the file's end, so that a
/// killed process leaves at most one torn line, which is not believed; several processes may add at
/// once. Nothing is ever changed: the key holds everything that an answer depends on.
public final class TuneCache: Sendable {
  private let path: String
  private let records = Mutex<[String: TuneRecord]>([:])
  private let descriptor: Int32

  /// Opens the answers about `content` in `folder`, which is made where it is missing.
  public init(folder: String, content: String) throws(ReplayError) {
    path = folder + "/tune-\(content).jsonl"
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw ReplayError("--cache \(folder): cannot be made; name a folder that you may write")
    }
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw ReplayError("--cache \(folder): is not writable; name a folder that you may write")
    }
    let data = FileManager.default.contents(atPath: path) ?? Data()
    var found: [String: TuneRecord] = [:]
    for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
      if let record = TuneRecord(line: line) { found[record.key] = record }
    }
    records.withLock { $0 = found }
    // A torn last line must not swallow the next record.
    if let last = data.last, last != UInt8(ascii: "\n") { append("\n") }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Where answers are kept unless told otherwise: `$XDG_CACHE_HOME/tarn`, else `~/.cache/tarn`.
  public static var standardFolder: String {
    let environment = ProcessInfo.processInfo.environment
    if let named = environment["XDG_CACHE_HOME"], named.hasPrefix("/") { return named + "/tarn" }
    return (environment["HOME"] ?? NSTemporaryDirectory()) + "/.cache/tarn"
  }

  /// Answers known.
  public var count: Int { records.withLock { $0.count } }

  /// The answer to `job`; nil if nobody has run it.
  public func answer(_ job: TuneJob) -> TuneAnswer? {
    let record = records.withLock { $0[job.key] }
    return record?.identity == job.identity ? record?.answer : nil
  }

  /// Keeps an answer.
  public func keep(_ record: TuneRecord) {
    let isNew = records.withLock { $0.updateValue(record, forKey: record.key) == nil }
    if isNew { append(record.line + "\n") }
  }

  /// One write: lines of several processes do not mix in a file that is opened to append.
  private func append(_ line: String) {
    let bytes = Array(line.utf8)
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  }
}
