/// How far a generated trace is from the one it was fitted to.
public struct KVFitReport: Sendable, Equatable {
  /// One figure of both traces.
  public struct Line: Sendable, Equatable {
    public var name: String
    public var original: Double
    public var generated: Double
    /// Ratios are compared by difference, all else by quotient.
    public var isRatio: Bool
  }
  public var lines: [Line]

  /// Compares two traces by their statistics. Both should have about as many prompts: the hit ratio
  /// of an infinite cache grows with a trace's length.
  public init(original: KVStatistics, generated: KVStatistics) {
    func line(_ name: String, _ figure: KeyPath<KVStatistics, Double>, ratio: Bool = false) -> Line
    {
      Line(
        name: name, original: original[keyPath: figure], generated: generated[keyPath: figure],
        isRatio: ratio)
    }
    lines = [
      line("requests/s", \.requestsPerSecond),
      line("mean chain length (blocks)", \.meanChainLength),
      line("mean input (tokens)", \.meanInputTokens),
      line("mean output (tokens)", \.meanOutputTokens),
      line("hit ratio, infinite cache", \.infiniteHitRatio, ratio: true),
      line("hit ratio, LRU at 10 %", \.hitRatioAt10Percent, ratio: true),
      line("hit ratio, LRU at 30 %", \.hitRatioAt30Percent, ratio: true),
      line("reuse interval p50 (s)", \.reuseSecondsP50),
      line("reuse interval p90 (s)", \.reuseSecondsP90),
    ]
  }
}
