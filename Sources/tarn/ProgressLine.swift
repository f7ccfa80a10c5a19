import TarnSim

/// One line on a terminal that says how far the simulation is and when it will be done.
struct ProgressLine {
  private let isShown: Bool
  private var lastWall = 0.0
  private var lastEvents: UInt64 = 0
  private var isDirty = false

  init(isShown: Bool) { self.isShown = isShown }

  /// Redraws the line, ten times a second at most.
  mutating func show(_ progress: SimulationProgress) {
    guard isShown, progress.wallSeconds - lastWall >= 0.1 else { return }
    let rate = Double(progress.events - lastEvents) / (progress.wallSeconds - lastWall)
    lastWall = progress.wallSeconds
    lastEvents = progress.events
    isDirty = true
    Terminal.writeError("\r\(progress.line(eventsPerSecond: rate))\u{1B}[K")
  }

  /// Removes the line, so that what is printed next starts on a clean one.
  mutating func clear() {
    if isDirty { Terminal.writeError("\r\u{1B}[K") }
    isDirty = false
  }
}
