import TarnCore
import TarnTraceFormat

/// The files of a recorded trace, one after the other.
struct TraceFiles: Sendable {
  let directory: String
  let about: TraceRecorder.About
  let limits: TraceRecorder.Limits
  /// When the recording began, in nanoseconds since 1970.
  let started = RecordingPlace.wallClock()

  /// Begins a file, numbered from `number` on: nodes may share a folder, and nothing that another one
  /// recorded is replaced. `number` is then that of the next file.
  func open(_ number: inout Int) throws(TraceError) -> TraceWriter {
    let stamp = RecordingPlace.stamp(RecordingPlace.wallClock())
    let node = RecordingPlace.part(of: about.node)
    for _ in 0..<RecordingPlace.mostAttempts {
      let name = "trace-\(stamp)-\(node)-\(number).tarn"
      number += 1
      do throws(TraceError) { return try create(RecordingPlace.path(directory, name)) } catch {
        guard error.kind == .exists else { throw error }
      }
    }
    throw RecordingPlace.full(directory)
  }

  private func create(_ path: String) throws(TraceError) -> TraceWriter {
    let notes = [
      TraceSchema.Note("source", "tarn-node"),
      TraceSchema.Note("node", about.node.filter { !$0.isNewline }),
      TraceSchema.Note("core", tarnVersion),
      TraceSchema.Note("block_bytes", "\(about.blockBytes)"),
      TraceSchema.Note("started_ns", "\(started)"),
      TraceSchema.Note("started", RecordingPlace.stamp(started)),
    ]
    return try TraceWriter(
      path: path,
      schema: .requests([.time, .keyHigh, .size, .operation, .tenant], notes: notes),
      replacing: false)
  }
}

/// The file that is being written.
struct OpenTrace: ~Copyable {
  private var writer: TraceWriter
  private let opened = ContinuousClock.now
  private let limits: TraceRecorder.Limits

  init(_ writer: consuming TraceWriter, limits: TraceRecorder.Limits) {
    self.writer = writer
    self.limits = limits
  }

  /// Whether the next request belongs into the next file.
  var isFull: Bool {
    writer.storedBytes >= limits.fileBytes
      || opened.duration(to: .now) >= .nanoseconds(Int64(clamping: limits.fileNanoseconds))
  }

  mutating func append(_ request: TraceRequest) throws(TraceError) { try writer.append(request) }

  consuming func finish() throws(TraceError) { try writer.finish() }
}
