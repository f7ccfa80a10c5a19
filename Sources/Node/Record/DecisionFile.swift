import Foundation
import Logging
import TarnDecisions
import TarnTraceFormat

/// The file of a shard's decisions and the thread that compresses and writes them: the event loop
/// hands over whole chunks and never waits for the disk.
///
/// `@unchecked Sendable`: everything that two threads touch is guarded by `condition`.
final class DecisionFile: @unchecked Sendable {
  let path: String
  private let condition = NSCondition()
  private let logger: Logger
  /// Bytes of chunks that may wait for the disk.
  private let queueLimit: Int

  // Guarded by `condition`.
  private var waiting: [DecisionChunk] = []
  private var waitingBytes = 0
  private var spares: [[UInt8]] = []
  private var isEnding = false
  private var isOver = false
  private var hasFailed = false

  /// Creates the file with its header and starts the thread.
  ///
  /// - Parameter stem: its name without `.tarnlog`; where a file has it, a number is added.
  init(
    directory: String, stem: String, header: DecisionLogHeader, queueLimit: Int, logger: Logger
  ) throws(TraceError) {
    let opened = OpenedFile(try Self.open(directory, stem, header))
    path = opened.file.path
    self.queueLimit = queueLimit
    self.logger = logger
    let thread = Thread { [self] in run(opened) }
    thread.name = "tarn-decisions"
    thread.start()
  }

  /// Carries a file into the thread that owns it from then on.
  private final class OpenedFile: @unchecked Sendable {
    var file: OutputFile
    init(_ file: consuming OutputFile) { self.file = file }
  }

  private static func open(
    _ directory: String, _ stem: String, _ header: DecisionLogHeader
  ) throws(TraceError) -> OutputFile {
    var file = try RecordingPlace.create(directory, stem, "tarnlog")
    try write(header.bytes, to: &file)
    return file
  }

  private static func write(_ bytes: [UInt8], to file: inout OutputFile) throws(TraceError) {
    var failure: TraceError?
    bytes.withUnsafeBytes { bytes in
      do throws(TraceError) { try file.write(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  // MARK: The event loop's side

  /// Takes a chunk over; false if the disk is too far behind, or failed: then nothing more may come
  /// but the end.
  func hand(_ chunk: DecisionChunk) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    guard !hasFailed, waitingBytes + chunk.entries.count <= queueLimit else { return false }
    waiting.append(chunk)
    waitingBytes += chunk.entries.count
    condition.signal()
    return true
  }

  /// Whether a write failed; the thread has logged it.
  var failed: Bool { condition.withLock { hasFailed } }

  /// Takes the last chunk over, whatever waits.
  func end(with chunk: DecisionChunk) {
    condition.lock()
    waiting.append(chunk)
    isEnding = true
    condition.signal()
    condition.unlock()
  }

  /// Memory of a chunk that was written, for the next one.
  func spare() -> [UInt8] {
    condition.lock()
    defer { condition.unlock() }
    return spares.popLast() ?? []
  }

  /// Returns when the file is closed; call it after `end`, and not on an event loop.
  func waitUntilClosed() {
    condition.lock()
    while !isOver { condition.wait() }
    condition.unlock()
  }

  // MARK: The thread's side

  private func run(_ opened: OpenedFile) {
    var framer = DecisionFramer()
    var bytes: [UInt8] = []
    do throws(TraceError) {
      while let chunk = next() {
        bytes.removeAll(keepingCapacity: true)
        framer.append(chunk, to: &bytes)
        try Self.write(bytes, to: &opened.file)
        giveBack(chunk.entries)
      }
      try opened.file.finish()
    } catch {
      logger.error(
        "recording of decisions stopped; free space on the disk, then restart the node",
        metadata: ["error": "\(error)"])
      condition.withLock {
        hasFailed = true
        waiting.removeAll()
      }
    }
    condition.withLock {
      isOver = true
      condition.broadcast()
    }
  }

  /// The next chunk; nil at the end.
  private func next() -> DecisionChunk? {
    condition.lock()
    defer { condition.unlock() }
    while waiting.isEmpty {
      if isEnding { return nil }
      condition.wait()
    }
    return waiting.removeFirst()
  }

  /// A chunk counts until it is written.
  private func giveBack(_ entries: [UInt8]) {
    condition.withLock {
      waitingBytes -= min(waitingBytes, entries.count)
      if spares.count < 4 { spares.append(entries) }
    }
  }
}
