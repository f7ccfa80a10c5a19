public import TarnTraceFormat

/// Rewrites a trace in another format, block by block. Nothing appears under the output's name
/// unless all is well, or the input's damage is tolerated.
public struct TraceConversion: Sendable {
  /// How the input is read; `strict` refuses a damaged one.
  public var options = TraceReadOptions()
  /// Spread the 3 s steps of Mooncake time stamps, see `KVTrace.spread(step:)`.
  public var spread = false
  /// Keep only a share of the keys.
  public var sample: SpatialSample?

  /// A conversion that keeps everything and copies what is whole.
  public init() {}

  /// What a conversion did.
  public struct Report: Sendable, Equatable {
    public var records: UInt64
    /// What of the input could not be read.
    public var damage: [TraceDamage]
  }

  /// Converts `input` to `output`, whose format its name tells, see `TraceTarget`.
  ///
  /// `progress` is called now and then with the records read so far; if it returns false, the
  /// conversion ends with `.interrupted` and leaves nothing behind.
  public func convert(
    _ input: String, to output: String, progress: (UInt64) -> Bool = { _ in true }
  ) throws(TraceError) -> Report {
    let target = try TraceTarget(path: output)
    var source = try RequestSource(path: input, options: options)
    let schema = notedSchema(source.schema, format: source.format, input: input)
    var writer = try TargetWriter(target, path: output, schema: schema, input: input)
    var read: UInt64 = 0
    // Spreading looks at neighbours, so it needs the whole trace; they are small.
    if spread && source.format == .mooncake {
      let (trace, _) = try KVTrace.read(path: input, spread: true, options: options)
      var start = 0
      while let block = trace.block(from: &start) { try write(block, to: &writer) }
      read = UInt64(trace.count)
    } else {
      var block = TraceBlock()
      while try source.next(into: &block) {
        try write(block, to: &writer)
        read += UInt64(block.count)
        guard progress(read) else {
          throw TraceError(.interrupted, path: output, "was not written: interrupted")
        }
      }
    }
    let report = Report(records: writer.records, damage: source.damage)
    if read == 0 || (report.records == 0 && sample != nil) {
      if let first = source.damage.first { throw first.refusal(path: input) }
      throw TraceError(
        .empty, path: input,
        sample == nil ? "holds no request" : "has no key in the sample; use a larger --rate")
    }
    try writer.finish()
    return report
  }

  private func write(
    _ block: borrowing TraceBlock, to writer: inout TargetWriter
  ) throws(TraceError) {
    if let sample {
      try writer.append(sample.kept(of: block))
    } else {
      try writer.append(block)
    }
  }

  /// The input's schema with notes on where the records come from. A trace that is already in
  /// Tarn's format keeps its own.
  private func notedSchema(
    _ schema: TraceSchema, format: TraceFormat, input: String
  ) -> TraceSchema {
    var schema = schema
    if format != .tarn {
      schema.notes = [
        .init("source", Self.oneLine(Self.fileName(input))), .init("format", format.rawValue),
      ]
    }
    if format == .mooncake {
      schema.notes.append(.init("times", spread ? "spread over 3 s steps" : "as recorded"))
      if spread { schema.nanosecondsPerTick = 1 }
    }
    return sample?.noted(schema) ?? schema
  }

  static func fileName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  static func oneLine(_ text: String) -> String { text.filter { !$0.isNewline } }
}

extension KVTrace {
  /// The next prompts from `start` on as a block; nil at the end. Ticks are nanoseconds.
  func block(from start: inout Int) -> TraceBlock? {
    guard start < count else { return nil }
    var block = TraceBlock()
    block.firstRecord = UInt64(start)
    var prompt = KVPrompt()
    while start < count, block.hasRoomForPrompt {
      prompt.inputTokens = inputTokens[start]
      prompt.outputTokens = outputTokens[start]
      prompt.chain = Array(chain(start))
      block.append(prompt, time: timeNanoseconds[start])
      start += 1
    }
    return block
  }
}
