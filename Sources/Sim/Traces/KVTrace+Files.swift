extension KVTrace {
  /// Reads a KV trace, in Tarn's format or Mooncake's (plain or gzip), by its content.
  ///
  /// `spread` undoes the 3 s time steps of a Mooncake trace, see `spread(step:)`; a trace in Tarn's
  /// format keeps its times. Any damage or malformed line is an error, and so is an empty trace.
  public static func load(path: String, spread: Bool = true) throws(TraceError) -> KVTrace {
    switch try TraceFormat.detect(path: path) {
    case .tarn: return try loadTarn(path: path, strict: true).trace
    case .mooncake: return try loadMooncake(path: path, spread: spread)
    }
  }

  /// As `load`, but of a damaged trace in Tarn's format it returns what is whole, and the damage.
  public static func recover(
    path: String, spread: Bool = true
  ) throws(TraceError) -> (trace: KVTrace, damage: [TraceDamage]) {
    switch try TraceFormat.detect(path: path) {
    case .tarn: return try loadTarn(path: path, strict: false)
    case .mooncake: return (try loadMooncake(path: path, spread: spread), [])
    }
  }

  private static func loadMooncake(path: String, spread: Bool) throws(TraceError) -> KVTrace {
    var reader = try MooncakeTrace(path: path)
    var trace = KVTrace(tokensPerBlock: MooncakeTrace.tokensPerBlock)
    var prompt = KVPrompt()
    while try reader.next(into: &prompt) { trace.append(prompt) }
    guard trace.count > 0 else { throw TraceError(.empty, path: path, "holds no prompt") }
    if spread { trace.spread() }
    return trace
  }

  private static func loadTarn(
    path: String, strict: Bool
  ) throws(TraceError) -> (trace: KVTrace, damage: [TraceDamage]) {
    var reader = try TraceReader(path: path, strict: strict)
    guard reader.schema.kind == .prompts else {
      throw TraceError(
        .unknownFormat, path: path, "holds block requests, where a trace of KV prompts is needed")
    }
    var trace = KVTrace(tokensPerBlock: reader.schema.tokensPerBlock)
    var block = TraceBlock()
    while try reader.next(into: &block) {
      guard trace.append(block, nanosecondsPerTick: reader.schema.nanosecondsPerTick) else {
        throw TraceError(
          .malformed, path: path, at: .record(UInt64(trace.count)),
          "its time is beyond 2^64 nanoseconds or before its predecessor's")
      }
    }
    if trace.count == 0 {
      try reader.throwDamage()
      throw TraceError(.empty, path: path, "holds no prompt")
    }
    return (trace, reader.damage)
  }

  /// Appends the prompts of a block; false if a time does not fit or decreases.
  mutating func append(_ block: borrowing TraceBlock, nanosecondsPerTick tick: UInt64) -> Bool {
    var prompt = KVPrompt()
    var start = 0
    for index in 0..<block.count {
      let (time, overflow) = block.times[index].multipliedReportingOverflow(by: tick)
      guard !overflow, time >= timeNanoseconds.last ?? 0 else { return false }
      let end = start + Int(block.chainLengths[index])
      prompt.timeNanoseconds = time
      prompt.inputTokens = UInt32(truncatingIfNeeded: block.inputTokens[index])
      prompt.outputTokens = UInt32(truncatingIfNeeded: block.outputTokens[index])
      prompt.chain.removeAll(keepingCapacity: true)
      prompt.chain.append(contentsOf: block.chain[start..<end])
      append(prompt)
      start = end
    }
    return true
  }

  /// Writes the trace in Tarn's format.
  ///
  /// `nanosecondsPerTick` must divide every time, or precision is lost: 1 for spread or generated
  /// times, 1,000,000 for Mooncake's own.
  public func write(
    path: String, nanosecondsPerTick: UInt64 = 1, notes: [TraceSchema.Note] = []
  ) throws(TraceError) {
    var writer = try TraceWriter(
      path: path,
      schema: .prompts(
        nanosecondsPerTick: nanosecondsPerTick, tokensPerBlock: tokensPerBlock, notes: notes))
    for index in 0..<count {
      try writer.append(
        promptAt: timeNanoseconds[index] / nanosecondsPerTick, inputTokens: inputTokens[index],
        outputTokens: outputTokens[index], chain: chain(index))
    }
    try writer.finish()
  }
}
