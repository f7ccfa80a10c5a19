/// A finished (or interrupted) simulation: its figures, its series, and how it was started.
public struct SimulationOutcome: Sendable {
  public var result: SimulationResult
  public var series: SimulationSeries
  /// The command line that made it, one argument an element, without quoting; empty if a program
  /// rather than a command ran it. Reports print it, because a scenario's text alone does not tell
  /// what `--set` or `--nodes` changed.
  public var command: [String]

  /// What the recorded node was told and decided, as a file of traces/DECISIONS.md; empty if none was
  /// recorded.
  public var decisions: [UInt8] = []

  public init(result: SimulationResult, series: SimulationSeries, command: [String] = []) {
    self.result = result
    self.series = series
    self.command = command
  }
}
