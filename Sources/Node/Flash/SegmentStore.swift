public import Logging
public import NIOCore
internal import TarnCore

/// Flash of one shard in two files of a folder: blocks in segments, and an index that a restart
/// reads.
///
/// A write puts the block's pages down first, then its index entry, then reports `.ok`; entries that
/// wait while an index page is written go out together with the next write of it. So what was
/// reported is found again after the process was killed. A machine that loses power may also lose
/// the last writes, but nothing wrong is served: each entry, and each block with its key and length,
/// is checked by XXH3 when it is read.
///
/// A late write never lands on space that is used again: the first write of a segment's new life
/// waits until all of the old life's are over.
///
/// Memory: 16 bytes a block (up to 32 in segments that are being filled). Disk: 1/64 of the
/// blocks' space on top for the index.
///
/// Everything happens on the event loop, except transfers, checksums of large blocks and
/// compression, which an engine runs.
public final class SegmentStore: FlashStore, @unchecked Sendable {
  /// Blocks up to this many bytes are checksummed on the event loop: a hop would cost more.
  static let smallBytes = 64 << 10

  let folder: FlashFolder
  let geometry: FlashGeometry
  let engine: any FlashEngine
  let loop: any EventLoop
  let isCompressing: Bool
  let statistics = FlashStatistics()
  /// How the tier works, for the log at start.
  public let description: String

  var lives: [SegmentLife?]
  var writing = FlashBreaker()
  var reading = FlashBreaker()
  var reports: FlashReports
  private var isRecovered = false
  private var isClosing = false
  private var isClosed = false
  private var isOrderly = true
  /// Operations that have not ended, and transfers at the engine.
  private var operations = 0
  private var transfers = 0
  private var closers: [CheckedContinuation<Void, Never>] = []

  /// Opens the shard's folder in `directory`, or makes it. `flashBytes` are the shard's share.
  public convenience init(
    directory: String, flashBytes: UInt64, segmentBytes: UInt32, shard: Int, shards: Int,
    settings: NodeConfiguration.Flash, loop: any EventLoop, logger: Logger
  ) throws(FlashError) {
    try self.init(
      directory: directory, flashBytes: flashBytes, segmentBytes: segmentBytes, shard: shard,
      shards: shards, settings: settings, loop: loop, logger: logger, wrapping: { $0 })
  }

  /// `wrapping` may put something between the store and its engine, which reports to the second
  /// argument's loop: faults, in tests.
  init(
    directory: String, flashBytes: UInt64, segmentBytes: UInt32, shard: Int, shards: Int,
    settings: NodeConfiguration.Flash, loop: any EventLoop, logger: Logger,
    wrapping: (any FlashEngine) -> any FlashEngine
  ) throws(FlashError) {
    precondition(shard >= 0 && shard < shards, "shard \(shard) is not one of \(shards)")
    let log = FlashLog(flashBytes: flashBytes, segmentBytes: segmentBytes)
    let geometry = FlashGeometry(segmentBytes: segmentBytes, segmentCount: log.segmentCount)
    let folder = try FlashFolder.open(
      directory: directory, geometry: geometry, shard: shard, shards: shards)
    do throws(FlashError) {
      let ends = FlashEnds(loop: loop)
      let made = try Self.engine(settings.engine, ends: ends, isDirect: folder.isDirect)
      engine = wrapping(made)
    } catch {
      folder.close(isOrderly: folder.endedOrderly)
      throw error
    }
    self.folder = folder
    self.geometry = geometry
    self.loop = loop
    isCompressing = settings.isCompressed
    lives = Array(repeating: nil, count: Int(geometry.segmentCount))
    reports = FlashReports(logger: logger, path: folder.path)
    description =
      "\(folder.path): \(geometry.segmentCount) segments of \(segmentBytes) bytes, \(engine.name), "
      + (folder.isDirect ? "direct" : "through the page cache")
      + (settings.isCompressed ? ", lz4" : "")
      + (folder.endedOrderly ? "" : "; the last run ended abruptly")
    sayHowItWorks(settings.engine)
  }

  private static func engine(
    _ wanted: NodeConfiguration.Flash.Engine, ends: FlashEnds, isDirect: Bool
  ) throws(FlashError) -> any FlashEngine {
    switch wanted {
    case .threads: return ThreadEngine(ends: ends)
    case .uring: return try RingEngine(ends: ends, apart: !isDirect)
    case .automatic:
      // What goes through the page cache is copying: threads do that as well.
      guard isDirect, let ring = try? RingEngine(ends: ends, apart: false) else {
        return ThreadEngine(ends: ends)
      }
      return ring
    }
  }

  private func sayHowItWorks(_ wanted: NodeConfiguration.Flash.Engine) {
    if !folder.isDirect {
      reports.warn(
        "this file system has no O_DIRECT: blocks go through the page cache and take its memory; "
          + "put the folder on a local ext4 or XFS for full speed")
    } else if wanted == .automatic, engine is ThreadEngine {
      reports.warn("the kernel refuses io_uring: reads and writes run on threads")
    }
  }

  /// Removes what `SegmentStore`s of any settings keep under `directory`; other files stay.
  public static func reset(directory: String) throws(FlashError) {
    try FlashFolder.reset(directory: directory)
  }

  /// Readable from any thread.
  public var counters: FlashCounters { statistics.counters }
  public var health: FlashHealth { statistics.health }

  var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

  // MARK: The life of an operation

  /// Takes note of an operation; false if the store is closed, and then it has already failed.
  func begin(_ operation: FlashOperation) -> Bool {
    precondition(isRecovered, "recover the flash tier before its first use")
    operations += 1
    let depth = UInt64(operations)
    statistics.count {
      $0.queueDepth = depth
      $0.queueDepthMax = max($0.queueDepthMax, depth)
    }
    guard !isClosing else {
      endLater(operation, .failed)
      return false
    }
    return true
  }

  /// Ends an operation from inside a call: its completion comes later all the same.
  func endLater(_ operation: FlashOperation, _ status: FlashStatus) {
    loop.execute { self.end(operation, status) }
  }

  func end(_ operation: FlashOperation, _ status: FlashStatus) {
    operation.status = status
    // It may have ended before it came to a write: the next one is the probe.
    if operation.isProbe, status != .ok { writing.probeWasLost() }
    operations -= 1
    let depth = UInt64(operations)
    statistics.count { $0.queueDepth = depth }
    operation.complete()
    closeIfIdle()
  }

  /// Hands a transfer to the engine. Its `end` must call `transferEnded`.
  func start(_ transfer: FlashTransfer) {
    transfers += 1
    engine.start(transfer)
  }

  func transferEnded() {
    transfers -= 1
    // The handler that runs now may start the next one.
    if isClosing { loop.execute { self.closeIfIdle() } }
  }

  // MARK: Recovery and closing

  public func recover(_ body: (RecoveredBlock) -> Void) {
    precondition(!isRecovered, "the flash tier is recovered once")
    isRecovered = true
    findBlocks(body)
  }

  public func close() async { await close(isOrderly: true) }

  /// Without `isOrderly`, leaves the folder like a process that was killed between two writes.
  func close(isOrderly: Bool) async {
    await withCheckedContinuation { continuation in
      loop.execute { self.beginClosing(continuation, isOrderly: isOrderly) }
    }
    await engine.stop()
  }

  private func beginClosing(_ continuation: CheckedContinuation<Void, Never>, isOrderly: Bool) {
    guard !isClosed else { return continuation.resume() }
    isClosing = true
    self.isOrderly = self.isOrderly && isOrderly
    closers.append(continuation)
    closeIfIdle()
  }

  private func closeIfIdle() {
    guard isClosing, !isClosed, operations == 0, transfers == 0 else { return }
    isClosed = true
    let closing = FlashTransfer(.work, file: -1, offset: 0) { [self] _ in
      for closer in closers { closer.resume() }
      closers = []
    }
    closing.before = { [folder, isOrderly] _ in
      folder.close(isOrderly: isOrderly)
      return 0
    }
    engine.start(closing)
  }
}
