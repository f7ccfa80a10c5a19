/// Rewrites a trace in another format. Nothing appears under the output's name unless all is well,
/// or the input's damage is tolerated.
public struct TraceConversion: Sendable {
  /// Spread the 3 s steps of Mooncake time stamps, see `KVTrace.spread(step:)`.
  public var spread = false
  /// Refuse a damaged input.
  public var strict = false

  /// A conversion that keeps time stamps as they are and copies what is whole.
  public init() {}

  /// What a conversion did.
  public struct Report: Sendable, Equatable {
    public var records: UInt64
    /// What of the input could not be read.
    public var damage: [TraceDamage]
  }

  /// Converts `input`, whose format its content tells, to `output`, whose format its name does:
  /// `.tarn` or `.jsonl` (Mooncake's).
  public func convert(_ input: String, to output: String) throws(TraceError) -> Report {
    let toMooncake = output.hasSuffix(".jsonl")
    guard toMooncake || output.hasSuffix(".tarn") else {
      throw TraceError(
        .unknownFormat, path: output,
        "name the output *.tarn (Tarn's format) or *.jsonl (Mooncake's)")
    }
    switch try TraceFormat.detect(path: input) {
    case .mooncake:
      let trace = try KVTrace.load(path: input, spread: spread)
      if toMooncake {
        try trace.writeMooncake(path: output)
      } else {
        try trace.write(
          path: output, nanosecondsPerTick: spread ? 1 : 1_000_000,
          notes: [
            .init("source", Self.oneLine(Self.fileName(input))), .init("format", "mooncake"),
            .init("times", spread ? "spread over 3 s steps" : "as recorded"),
          ])
      }
      return Report(records: UInt64(trace.count), damage: [])
    case .tarn where toMooncake:
      let (trace, damage) = try KVTrace.recover(path: input)
      if strict, let first = damage.first { throw first.refusal(path: input) }
      try trace.writeMooncake(path: output)
      return Report(records: UInt64(trace.count), damage: damage)
    default:
      return try rewrite(input, to: output)
    }
  }

  private func rewrite(_ input: String, to output: String) throws(TraceError) -> Report {
    var reader = try TraceReader(path: input, strict: strict)
    var writer = try TraceWriter(path: output, schema: reader.schema)
    var block = TraceBlock()
    while try reader.next(into: &block) { try writer.append(block) }
    let report = Report(records: writer.count, damage: reader.damage)
    if report.records == 0 { try reader.throwDamage() }
    try writer.finish()
    return report
  }

  static func fileName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  static func oneLine(_ text: String) -> String { text.filter { !$0.isNewline } }
}

extension TraceWriter {
  /// Appends all records of `block`.
  public mutating func append(_ block: borrowing TraceBlock) throws(TraceError) {
    guard schema.kind == .prompts else {
      for index in 0..<block.count { try append(block.request(at: index)) }
      return
    }
    var start = 0
    for index in 0..<block.count {
      let end = start + Int(block.chainLengths[index])
      try append(
        promptAt: block.times[index],
        inputTokens: UInt32(truncatingIfNeeded: block.inputTokens[index]),
        outputTokens: UInt32(truncatingIfNeeded: block.outputTokens[index]),
        chain: block.chain[start..<end],
        tenant: block.tenants.isEmpty ? 0 : UInt16(truncatingIfNeeded: block.tenants[index]))
      start = end
    }
  }
}

extension KVTrace {
  /// Writes the trace as Mooncake JSON Lines; times are rounded down to milliseconds.
  public func writeMooncake(path: String) throws(TraceError) {
    var file = try OutputFile(path: path)
    var text = ""
    for index in 0..<count {
      text += "{\"timestamp\": \(timeNanoseconds[index] / 1_000_000)"
      text += ", \"input_length\": \(inputTokens[index])"
      text += ", \"output_length\": \(outputTokens[index]), \"hash_ids\": ["
      var separator = ""
      for id in chain(index) {
        text += "\(separator)\(id)"
        separator = ", "
      }
      text += "]}\n"
      if text.utf8.count > 1 << 20 || index == count - 1 {
        let bytes = Array(text.utf8)
        var sink = ByteSink(capacity: bytes.count)
        bytes.withUnsafeBytes { sink.append($0) }
        try file.write(sink.bytes)
        text = ""
      }
    }
    try file.finish()
  }
}
