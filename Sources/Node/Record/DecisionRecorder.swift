public import Logging
public import TarnCore
public import TarnDecisions
public import TarnTraceFormat

/// Records everything that one shard's core is told and decides, into a file that
/// `tarn replay --decisions` replays. Confined to the shard's event loop.
///
/// ```swift
/// recorder.record(view: view)                         // before the step that tells of it
/// core.step(input, keys: keys, at: now, into: &effects)
/// recorder.record(input, keys: keys, at: now, effects: effects, hash: core.decisionHash)
/// ```
///
/// A record is encoded into memory; a thread compresses and writes. If the disk falls so far behind
/// that the queue is full, the recording ends there, cleanly and with a logged error, because a
/// replay cannot bridge a gap.
public struct DecisionRecorder: ~Copyable {
  /// How much is collected before it is handed over, and how much may wait.
  public struct Limits: Sendable {
    /// Bytes of a chunk.
    public var chunkBytes = 256 << 10
    /// The longest that a step waits for its chunk to be handed over while others follow it.
    public var chunkNanoseconds: Nanoseconds = 1_000_000_000
    /// Bytes of chunks that may wait for the disk.
    public var queueBytes = 64 << 20
    /// Steps from one checkpoint to the next.
    public var checkpointInterval = DecisionLogEncoder.usualCheckpointInterval
    public init() {}
  }

  /// The file that is written.
  public var path: String { file.path }
  /// Whether steps are still recorded.
  public private(set) var isRecording = true
  /// Steps recorded so far.
  public var steps: UInt64 { encoder.steps }

  private var encoder: DecisionLogEncoder
  private let file: DecisionFile
  private let limits: Limits
  private let logger: Logger
  private var chunkStart = Instant.never

  /// Creates `DIRECTORY/decisions-<start>-<node>-shard<K>.tarnlog`; if there is such a file, it stays,
  /// and a number is added to the name.
  ///
  /// - Parameter node: what the file's name says of the node.
  /// - Throws: `TraceError` if the folder or the file cannot be written.
  public init(
    directory: String, node: String, header: DecisionLogHeader, limits: Limits = Limits(),
    logger: Logger
  ) throws(TraceError) {
    try RecordingPlace.prepare(directory)
    let start = RecordingPlace.stamp(header.startedNanoseconds)
    let file = try DecisionFile(
      directory: directory,
      stem: "decisions-\(start)-\(RecordingPlace.part(of: node))-shard\(header.shard)",
      header: header, queueLimit: limits.queueBytes, logger: logger)
    self.init(file, limits: limits, logger: logger)
  }

  private init(_ file: DecisionFile, limits: Limits, logger: Logger) {
    self.file = file
    self.limits = limits
    self.logger = logger
    encoder = DecisionLogEncoder(checkpointInterval: limits.checkpointInterval)
  }

  deinit { if isRecording { file.end(with: encoder.ending(.finished)) } }

  /// Records a view's members, before the step whose input is the view.
  public mutating func record(view: ClusterView) {
    if isRecording { encoder.record(view: view) }
  }

  /// Records a step, after it. `hash` is the core's decision hash then.
  @inline(__always)
  public mutating func record(
    _ input: Input, keys: Span<BlockKey> = Span(), at now: Instant, effects: borrowing Effects,
    hash: UInt64
  ) {
    guard isRecording else { return }
    encoder.record(input, keys: keys, at: now, effects: effects, hash: hash)
    if chunkStart == .never { chunkStart = now }
    if encoder.byteCount >= limits.chunkBytes || now - chunkStart >= limits.chunkNanoseconds {
      flush()
    }
  }

  /// Hands over what was recorded so far. For quiet shards, now and then: what was handed over
  /// survives the end of the process.
  public mutating func flush() {
    guard isRecording, encoder.byteCount > 0 else { return }
    chunkStart = .never
    let chunk = encoder.take(reusing: file.spare())
    if file.hand(chunk) { return }
    isRecording = false
    file.end(with: DecisionChunk.end(.diskTooSlow, atStep: chunk.firstStep))
    if file.failed { return }
    logger.error(
      "recording of decisions stopped: the disk cannot keep up; record to a faster one",
      metadata: ["file": "\(file.path)", "steps": "\(chunk.firstStep)"])
  }

  /// Writes what is left and closes the file. Waits for the disk: not for an event loop's thread
  /// while others need it.
  public mutating func finish() {
    if isRecording {
      isRecording = false
      file.end(with: encoder.ending(.finished))
    }
    file.waitUntilClosed()
  }
}
