import Foundation
public import Logging
import Synchronization
public import TarnCore
public import TarnTraceFormat

/// Records what clients ask for, block by block, as traces in Tarn's own format: `tarn trace info`
/// and `tarn replay` read them as they are.
///
/// Event loops leave requests in lanes of their own; a thread collects, sorts and writes them. A full
/// lane drops requests and counts them: no event loop ever waits.
///
/// Times are nanoseconds since the recorder's start, in every file. Requests of different loops that
/// come within one collection of each other, some 50 ms, may be recorded that much later than they
/// came, in their order.
public final class TraceRecorder: Sendable {
  /// When files change, and how much may wait.
  public struct Limits: Sendable {
    /// Bytes after which the next file begins.
    public var fileBytes: UInt64 = 256 << 20
    /// Time after which the next file begins.
    public var fileNanoseconds: Nanoseconds = 3_600_000_000_000
    /// Requests of one lane that may wait.
    public var laneRequests = 1 << 16
    public init() {}
  }

  /// What the files' notes say of the node.
  public struct About: Sendable {
    public var node: String
    /// Bytes of a block.
    public var blockBytes: UInt32
    public init(node: String, blockBytes: UInt32) {
      self.node = node
      self.blockBytes = blockBytes
    }
  }

  private let lanes: [TraceLane]
  private let start: Instant
  private let writing: TraceWriting

  /// Prepares to write `DIRECTORY/trace-YYYYMMDD-HHMMSS-NODE-N.tarn`; a file begins with its first
  /// request, and replaces none.
  ///
  /// - Parameters:
  ///   - lanes: how many event loops record.
  ///   - start: the time, on the clock of `record`, from which recorded times count.
  /// - Throws: `TraceError` if the folder cannot be made.
  public init(
    directory: String, about: About, lanes: Int, start: Instant, limits: Limits = Limits(),
    logger: Logger
  ) throws(TraceError) {
    precondition(lanes > 0, "somebody records")
    try RecordingPlace.prepare(directory)
    self.start = start
    self.lanes = (0..<lanes).map { _ in TraceLane(capacity: limits.laneRequests) }
    let files = TraceFiles(directory: directory, about: about, limits: limits)
    writing = TraceWriting(lanes: self.lanes, files: files, logger: logger)
  }

  deinit { writing.end() }

  /// Records a request of a client at `now`. `lane` is the event loop's own.
  public func record(
    _ key: BlockKey, bytes: UInt32, operation: TraceOperation = .read, tenant: TenantID,
    at now: Instant, lane: Int
  ) {
    let request = TraceRequest(
      time: now - start, key: key.low, keyHigh: key.high, size: UInt64(bytes),
      operation: operation, tenant: tenant.rawValue)
    if lanes[lane].leave(request) { writing.hurry() }
  }

  /// Requests that were dropped, because their lane was full or the disk failed.
  public var dropped: UInt64 { lanes.reduce(writing.lost) { $0 + $1.dropped } }
  /// Requests written so far.
  public var recorded: UInt64 { writing.recorded }

  /// Writes what waits and closes the file. Waits for the disk: not on an event loop.
  public func finish() {
    writing.end()
    writing.waitUntilClosed()
  }
}
