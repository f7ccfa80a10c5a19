public import TarnTraceFormat

extension KVModel {
  /// A block that more than this share of the prompts has belongs to a system prompt.
  private static let systemShare = 0.01

  /// The model whose traces resemble `trace`.
  ///
  /// A prompt belongs to the session of the prompt that last had its deepest known block, unless
  /// that block is a system prompt's. Sessions still going on when the recording ends would make
  /// sessions look shorter and pauses briefer than they are, so both are estimated with these
  /// counted as censored (Kaplan and Meier, "Nonparametric estimation from incomplete observations",
  /// JASA 1958).
  ///
  /// Throws `.empty` if the trace has too few prompts to tell anything: fewer than 100.
  public init(fitting trace: KVTrace, path: String) throws(TraceError) {
    try self.init(fitting: trace, path: path, calibrationSeeds: 101...108)
  }

  init(
    fitting trace: KVTrace, path: String, calibrationSeeds: ClosedRange<UInt64>
  ) throws(TraceError) {
    guard trace.count >= 100, trace.spanNanoseconds > 0, trace.tokensPerBlock > 0 else {
      throw TraceError(
        .empty, path: path,
        "has \(trace.count) prompts; a fit needs at least 100, at different times, "
          + "and the tokens of a block")
    }
    let sessions = SessionAnalysis(of: trace, systemShare: Self.systemShare)
    tokensPerBlock = trace.tokensPerBlock
    requestsPerSecond = Double(trace.count) * 1e9 / Double(trace.spanNanoseconds)
    systemPrompts = sessions.systemPrompts
    continuation = (1...3).map { sessions.pauses(afterTurn: $0).eventShare }
    thinkSeconds = sessions.pauses(afterTurn: nil).table
    soloInput = QuantileTable(of: sessions.soloInput)
    openingInput = QuantileTable(of: sessions.openingInput)
    let turns = sessions.growth.count + sessions.keptShare.count
    extendShare = turns > 0 ? Double(sessions.growth.count) / Double(turns) : 1
    growth = QuantileTable(of: sessions.growth)
    keptShare = QuantileTable(of: sessions.keptShare)
    divergedTail = QuantileTable(of: sessions.divergedTail)
    output = QuantileTable(of: trace.outputTokens.map(Double.init))
    calibrate(against: trace, seeds: calibrationSeeds)
  }

  /// Scales `continuation` so that an infinite cache hits as often as in `trace`: what is left of
  /// the error comes from treating as independent what is not quite, such as a session's length and
  /// its prompts'. Regula falsi over traces of the same
  /// length with a few fixed seeds, whose hit ratios differ by some 0.01 among themselves.
  private mutating func calibrate(against trace: KVTrace, seeds: ClosedRange<UInt64>) {
    let goal = 1 - Double(Set(trace.chainIDs).count) / Double(max(1, trace.chainIDs.count))
    let measured = continuation
    var low = (
      scale: 0.0, excess: excess(over: goal, scale: 0, of: measured, like: trace, seeds: seeds)
    )
    var high = (
      scale: 1.25, excess: excess(over: goal, scale: 1.25, of: measured, like: trace, seeds: seeds)
    )
    guard low.excess < 0, high.excess > 0 else {
      continuation = measured
      return
    }
    for _ in 0..<5 {
      let step = low.excess / (low.excess - high.excess)
      let scale = low.scale + (high.scale - low.scale) * step
      let middle = (
        scale: scale,
        excess: excess(over: goal, scale: scale, of: measured, like: trace, seeds: seeds)
      )
      if middle.excess < 0 { low = middle } else { high = middle }
      if middle.excess.magnitude < 0.001 { break }
    }
    // `excess` left the last scale behind.
  }

  /// How much more often than `goal` an infinite cache hits with `measured` scaled by `scale`.
  private mutating func excess(
    over goal: Double, scale: Double, of measured: [Double], like trace: KVTrace,
    seeds: ClosedRange<UInt64>
  ) -> Double {
    continuation = measured.map { min(0.99, $0 * scale) }
    var distinct = 0
    var references = 0
    for seed in seeds {
      let twin = KVGenerator.trace(model: self, seed: seed, count: trace.count)
      distinct += Set(twin.chainIDs).count
      references += twin.chainIDs.count
    }
    return 1 - Double(distinct) / Double(max(1, references)) - goal
  }
}
