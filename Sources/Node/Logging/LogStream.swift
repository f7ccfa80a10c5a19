internal import Glibc
public import Logging
internal import Synchronization

/// Where a process's log lines go: standard error, one `write(2)` a line, and the level that all of
/// its loggers share.
///
/// A reader that stops reading fills the pipe. Then a line waits for `patience` and is dropped; while
/// the pipe stays full the lines after it are dropped at once. The next line that gets through says
/// how many are missing. So a stuck log collector costs the node lines, never its life.
///
/// Ignore SIGPIPE before the first line: a reader that is gone must not end the process either.
public final class LogStream: Sendable {
  /// How long a line waits for room in a full pipe.
  public static let patienceMilliseconds: CInt = 50

  private struct State {
    /// Lines that were dropped since the last one that got through.
    var missing: UInt64 = 0
    var dropped: UInt64 = 0
    /// The last line got through in part only: the next one starts on a line of its own.
    var isTorn = false
  }
  private let file: CInt
  /// `file` is ours, made for writes that never block.
  private let isOwn: Bool
  private let state = Mutex(State())
  private let sharedLevel: Atomic<Int>
  let format: NodeConfiguration.Log.Format

  /// Lines of `format` to `descriptor` (standard error if it is not given), from `level` on.
  public init(
    _ format: NodeConfiguration.Log.Format, level: Logger.Level, descriptor: CInt = 2
  ) {
    self.format = format
    sharedLevel = Atomic(level.rank)
    // The descriptor itself may be shared with other processes, which expect it to block; opening
    // it again gives one of our own. That can't be done with a socket, nor with other people's files.
    let own = open("/proc/self/fd/\(descriptor)", O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC)
    isOwn = own >= 0
    file = isOwn ? own : descriptor
  }

  /// As the configuration says. Throws if its level is none.
  public convenience init(
    _ log: NodeConfiguration.Log, descriptor: CInt = 2
  ) throws(LogLevelError) {
    self.init(log.format, level: try Self.level(named: log.level), descriptor: descriptor)
  }

  deinit { if isOwn { close(file) } }

  /// The level of this name, whatever its case.
  public static func level(named name: String) throws(LogLevelError) -> Logger.Level {
    guard let level = Logger.Level(rawValue: name.lowercased()) else {
      throw LogLevelError(name: name)
    }
    return level
  }

  /// What is less grave than this is not written. Any thread may set it at any time; loggers whose
  /// own level was set stay at theirs.
  public var level: Logger.Level {
    get { Logger.Level.allCases[sharedLevel.load(ordering: .relaxed)] }
    set { sharedLevel.store(newValue.rank, ordering: .relaxed) }
  }

  /// Lines that were not written since the start.
  public var dropped: UInt64 { state.withLock { $0.dropped } }

  /// What `LoggingSystem.bootstrap` wants.
  public func handler(label: String, provider: Logger.MetadataProvider? = nil) -> any LogHandler {
    StreamLogHandler(stream: self, label: label, metadataProvider: provider)
  }

  // MARK: Writing

  /// Writes one line, its line feed included.
  func write(_ line: String) {
    state.withLock { state in
      var line = line
      if state.isTorn { line = "\n" + line }
      switch put(line, patience: state.missing == 0 ? Self.patienceMilliseconds : 0) {
      case .whole:
        state.isTorn = false
        reportMissing(&state)
      case .part:
        state.isTorn = true
        drop(&state)
      case .nothing: drop(&state)
      }
    }
  }

  private func drop(_ state: inout State) {
    state.missing += 1
    state.dropped += 1
  }

  private func reportMissing(_ state: inout State) {
    guard state.missing > 0 else { return }
    let record = LogRecord(
      level: .warning, message: "log lines are missing: their reader was too slow", label: "log",
      metadata: ["lines": "\(state.missing)"])
    switch put(record.line(format), patience: 0) {
    case .whole: state.missing = 0
    case .part: state.isTorn = true
    case .nothing: break
    }
  }

  private enum Outcome { case whole, part, nothing }

  private func put(_ line: String, patience: CInt) -> Outcome {
    var line = line
    return line.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[done...])
        let count = writeSome(rest, patience: patience)
        if count <= 0 { return done == 0 ? .nothing : .part }
        done += count
      }
      return .whole
    }
  }

  /// Bytes written; 0 if there was no room or nobody reads.
  private func writeSome(_ bytes: UnsafeRawBufferPointer, patience: CInt) -> Int {
    while true {
      // A descriptor that may block is asked first. Then it takes PIPE_BUF bytes without blocking.
      if !isOwn, !hasRoom(patience) { return 0 }
      let most = isOwn ? bytes.count : min(bytes.count, Int(PIPE_BUF))
      let count = Glibc.write(file, bytes.baseAddress, most)
      if count >= 0 { return count }
      switch errno {
      case EINTR: continue
      case EAGAIN: if !hasRoom(patience) { return 0 }
      default: return 0
      }
    }
  }

  private func hasRoom(_ patience: CInt) -> Bool {
    var question = pollfd(file: file)
    return poll(&question, 1, patience) == 1 && question.revents & Int16(POLLOUT) != 0
  }
}

extension pollfd {
  fileprivate init(file: CInt) { self.init(fd: file, events: Int16(POLLOUT), revents: 0) }
}

extension Logger.Level {
  /// 0 for trace up to 6 for critical.
  var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// A level's name that swift-log does not know.
public struct LogLevelError: Error, Equatable, CustomStringConvertible {
  public var name: String

  public var description: String {
    let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
    return "log.level: '\(name)' is not a level; write one of \(names)"
  }
}
