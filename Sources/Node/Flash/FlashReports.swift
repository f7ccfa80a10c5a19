internal import Logging
internal import TarnCore

/// Tells operators what goes wrong on flash, each kind of trouble at most once a minute.
struct FlashReports {
  enum Kind: Int, CaseIterable {
    case corrupt, readFailed, writeFailed, full, heldBack, paused
  }

  static let pause: Nanoseconds = 60_000_000_000

  private struct Line {
    var next: UInt64 = 0
    var kept = 0
  }
  private let logger: Logger
  private let path: String
  private var lines = [Line](repeating: Line(), count: Kind.allCases.count)

  init(logger: Logger, path: String) {
    self.logger = logger
    self.path = path
  }

  /// Logs `message`, unless one of its kind was logged less than a minute ago.
  mutating func warn(_ kind: Kind, at now: UInt64, _ message: @autoclosure () -> String) {
    guard now >= lines[kind.rawValue].next else {
      lines[kind.rawValue].kept += 1
      return
    }
    let kept = lines[kind.rawValue].kept
    lines[kind.rawValue] = Line(next: now + Self.pause, kept: 0)
    let more = kept == 0 ? "" : " (and \(kept) more like it since the last such line)"
    logger.warning("flash \(path): \(message())\(more)")
  }

  /// Something that happens once.
  func note(_ message: String) { logger.info("flash \(path): \(message)") }
  func warn(_ message: String) { logger.warning("flash \(path): \(message)") }
}
