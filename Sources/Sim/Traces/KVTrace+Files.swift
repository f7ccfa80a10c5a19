public import TarnTraceFormat

extension KVTrace {
  /// Reads a KV trace of any format that has prompts, by its content.
  ///
  /// `spread` undoes the 3 s time steps of a Mooncake trace, see `spread(step:)`; others keep their
  /// times. Any damage or malformed line is an error, and so is an empty trace.
  public static func load(path: String, spread: Bool = true) throws(TraceError) -> KVTrace {
    var options = TraceReadOptions()
    options.strict = true
    return try read(path: path, spread: spread, options: options).trace
  }

  /// As `load`, but of a damaged trace in Tarn's format it returns what is whole, and the damage.
  public static func recover(
    path: String, spread: Bool = true
  ) throws(TraceError) -> (trace: KVTrace, damage: [TraceDamage]) {
    try read(path: path, spread: spread, options: TraceReadOptions())
  }

  static func read(
    path: String, spread: Bool, options: TraceReadOptions
  ) throws(TraceError) -> (trace: KVTrace, damage: [TraceDamage]) {
    var source = try RequestSource(path: path, options: options)
    guard source.schema.kind == .prompts else {
      throw TraceError(
        .unknownFormat, path: path, "holds block requests, where a trace of KV prompts is needed")
    }
    var trace = KVTrace(tokensPerBlock: source.schema.tokensPerBlock)
    var block = TraceBlock()
    while try source.next(into: &block) {
      guard trace.append(block, nanosecondsPerTick: source.schema.nanosecondsPerTick) else {
        throw TraceError(
          .malformed, path: path, at: .record(UInt64(trace.count)),
          "its time is beyond 2^64 nanoseconds or before its predecessor's")
      }
    }
    if trace.count == 0 {
      if let first = source.damage.first { throw first.refusal(path: path) }
      throw TraceError(.empty, path: path, "holds no prompt")
    }
    if spread && source.format == .mooncake { trace.spread() }
    return (trace, source.damage)
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
