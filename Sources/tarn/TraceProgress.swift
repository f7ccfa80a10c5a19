import Foundation

/// One line on a terminal that says how much of a trace was read.
struct TraceProgress {
  private let isShown = Terminal.isWatched
  private let start = ProcessInfo.processInfo.systemUptime
  private var last = 0.0
  private var isDirty = false

  /// Redraws the line, five times a second at most, and not in the first second.
  mutating func show(_ records: UInt64) {
    guard isShown else { return }
    let now = ProcessInfo.processInfo.systemUptime - start
    guard now >= 1, now - last >= 0.2 else { return }
    last = now
    isDirty = true
    let millions = Double(records) / 1e6
    Terminal.writeError(
      String(format: "\r%.1f M records, %.1f M/s\u{1B}[K", millions, millions / now))
  }

  /// Removes the line, so that what is printed next starts on a clean one.
  mutating func clear() {
    if isDirty { Terminal.writeError("\r\u{1B}[K") }
    isDirty = false
  }
}
