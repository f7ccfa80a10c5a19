import Foundation

/// One line on a terminal that counts what has been done of long work.
struct CountLine {
  private let isShown: Bool
  private let verb: String
  private var last = Date()
  private var isDirty = false

  /// `verb` says what is being done, as in "reading day.tarn".
  init(isShown: Bool, verb: String) {
    self.isShown = isShown
    self.verb = verb
  }

  /// Redraws the line, five times a second at most.
  mutating func show(_ count: UInt64) {
    guard isShown, Date().timeIntervalSince(last) >= 0.2 else { return }
    last = Date()
    isDirty = true
    Terminal.writeError("\r\(verb): \(count / 1_000_000).\(count / 100_000 % 10) M\u{1B}[K")
  }

  /// Removes the line, so that what is printed next starts on a clean one.
  mutating func clear() {
    if isDirty { Terminal.writeError("\r\u{1B}[K") }
    isDirty = false
  }
}
