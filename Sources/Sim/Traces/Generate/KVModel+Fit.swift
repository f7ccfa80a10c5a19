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
  }
}
