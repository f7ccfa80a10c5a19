import Foundation
import Logging
import Synchronization
import TarnTraceFormat

/// The thread that collects requests from the lanes and writes them.
///
/// `@unchecked Sendable`: what two threads touch is guarded by `condition` or atomic.
final class TraceWriting: @unchecked Sendable {
  /// How long requests wait at most.
  private static let pauseSeconds = 0.05
  /// After the disk failed.
  private static let retryAfter = Duration.seconds(60)

  private let lanes: [TraceLane]
  private let files: TraceFiles
  private let logger: Logger
  private let condition = NSCondition()
  private let written = Atomic<UInt64>(0)
  private let lostRequests = Atomic<UInt64>(0)

  // Guarded by `condition`.
  private var isHurried = false
  private var isEnding = false
  private var isOver = false

  init(lanes: [TraceLane], files: TraceFiles, logger: Logger) {
    self.lanes = lanes
    self.files = files
    self.logger = logger
    let thread = Thread { [self] in run() }
    thread.name = "tarn-trace"
    thread.start()
  }

  /// Requests written.
  var recorded: UInt64 { written.load(ordering: .relaxed) }
  /// Requests that the disk did not take.
  var lost: UInt64 { lostRequests.load(ordering: .relaxed) }

  /// A lane fills up: collect now.
  func hurry() {
    condition.withLock {
      isHurried = true
      condition.signal()
    }
  }

  /// Nothing more comes.
  func end() {
    condition.withLock {
      isEnding = true
      condition.signal()
    }
  }

  /// Returns when the last file is closed; call it after `end`.
  func waitUntilClosed() {
    condition.withLock { while !isOver { condition.wait() } }
  }

  private func run() {
    var session = TraceSession(files: files, logger: logger)
    var batch: [TraceRequest] = []
    var room: [TraceRequest] = []
    while true {
      let isLast = pause()
      batch.removeAll(keepingCapacity: true)
      for lane in lanes {
        lane.take(&room)
        batch += room
      }
      batch.sort { $0.time < $1.time }
      session.write(batch, isLast: isLast)
      written.store(session.written, ordering: .relaxed)
      lostRequests.store(session.lost, ordering: .relaxed)
      if isLast { break }
    }
    condition.withLock {
      isOver = true
      condition.broadcast()
    }
  }

  /// Waits a little; true if this collection is the last.
  private func pause() -> Bool {
    condition.withLock {
      if !isHurried && !isEnding {
        _ = condition.wait(until: Date(timeIntervalSinceNow: Self.pauseSeconds))
      }
      isHurried = false
      return isEnding
    }
  }

  /// What the thread keeps from batch to batch.
  private struct TraceSession: ~Copyable {
    let files: TraceFiles
    let logger: Logger
    private(set) var written: UInt64 = 0
    private(set) var lost: UInt64 = 0
    private var trace: OpenTrace?
    private var number = 0
    /// Records in the open file, which a failure loses.
    private var inFile: UInt64 = 0
    private var lastTime: UInt64 = 0
    private var retryAt: ContinuousClock.Instant?

    init(files: TraceFiles, logger: Logger) {
      self.files = files
      self.logger = logger
    }

    mutating func write(_ batch: [TraceRequest], isLast: Bool) {
      if let retry = retryAt, retry > .now {
        lost += UInt64(batch.count)
        return
      }
      retryAt = nil
      var done = 0
      do throws(TraceError) {
        for request in batch {
          try append(request)
          done += 1
        }
        if isLast || trace?.isFull == true { try close() }
      } catch {
        fail(error, notWritten: UInt64(batch.count - done))
      }
    }

    private mutating func append(_ request: TraceRequest) throws(TraceError) {
      if trace == nil {
        trace = OpenTrace(try files.open(&number), limits: files.limits)
      }
      // A request that its loop left after later ones had been collected.
      var request = request
      request.time = max(request.time, lastTime)
      lastTime = request.time
      try trace?.append(request)
      inFile += 1
      written += 1
      if written & 0xFFF == 0, trace?.isFull == true { try close() }
    }

    private mutating func close() throws(TraceError) {
      guard let open = trace.take() else { return }
      try open.finish()
      inFile = 0
    }

    /// The file is given up, with what it held; another is begun later.
    private mutating func fail(_ error: TraceError, notWritten: UInt64) {
      trace = nil
      lost += inFile + notWritten
      written -= inFile
      inFile = 0
      retryAt = .now + TraceWriting.retryAfter
      logger.error(
        "a recorded trace could not be written; free space on the disk; recording goes on in 60 s",
        metadata: ["error": "\(error)"])
    }
  }
}
