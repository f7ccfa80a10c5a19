extension SimulationProgress {
  /// `[#####     ] 12.3 of 60 s   5.21 M events/s   8 s gone, 31 s to go`: below 80 columns.
  public func line(eventsPerSecond: Double) -> String {
    let share = totalSeconds > 0 ? min(1, max(0, simulatedSeconds / totalSeconds)) : 1
    let filled = Int(share * 20)
    let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: 20 - filled)
    let remaining =
      share > 0 ? ReadableFigures.clock(seconds: wallSeconds * (1 - share) / share) : "?"
    return "[\(bar)] \(ReadableFigures.threeDigits(simulatedSeconds, most: 1)) of "
      + "\(ReadableFigures.rounded(totalSeconds)) s   "
      + "\(ReadableFigures.scaled(eventsPerSecond)) events/s   "
      + "\(ReadableFigures.clock(seconds: wallSeconds)) gone, \(remaining) to go"
  }
}
