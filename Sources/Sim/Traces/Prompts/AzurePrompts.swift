import TarnTraceFormat

/// Arrivals and lengths of the Azure LLM inference traces: TIMESTAMP (wall clock), ContextTokens,
/// GeneratedTokens. Nothing tells which prompts share a beginning, so all chains are empty.
///
/// Format: github.com/Azure/AzurePublicDataset. Patel et al., "Splitwise", ISCA 2024.
struct AzurePrompts: BlockFilling, ~Copyable {
  let schema = TraceSchema.prompts(nanosecondsPerTick: 100, tokensPerBlock: 0)
  private var lines: LineReader
  private var line = DelimitedLine(delimiter: UInt8(ascii: ","))
  private var records: UInt64 = 0
  private var lastTime: UInt64 = 0

  init(path: String) throws(TraceError) {
    var lines = try LineReader(path: path)
    _ = try lines.next()
    self.init(lines: lines)
  }

  private init(lines: consuming LineReader) { self.lines = lines }

  mutating func next(into block: inout TraceBlock) throws(TraceError) -> Bool {
    block.removeAll()
    block.firstRecord = records
    var prompt = KVPrompt()
    while block.hasRoomForPrompt, let text = try lines.next() {
      if text.isBlank { continue }
      guard line.split(text), line.columns.count == 3,
        let time = WallClock.nanoseconds(line.column(0, of: text)),
        let input = tokens(line.column(1, of: text)), let output = tokens(line.column(2, of: text))
      else {
        throw TraceError(
          .malformed, path: lines.path, at: .line(lines.lineNumber),
          "expected date, prompt tokens and generated tokens, found \"\(text.excerpt)\"")
      }
      guard time >= lastTime else {
        throw TraceError(
          .unsorted, path: lines.path, at: .line(lines.lineNumber),
          "its time is before its predecessor's; sort the lines by TIMESTAMP")
      }
      lastTime = time
      prompt.inputTokens = input
      prompt.outputTokens = output
      block.append(prompt, time: time / schema.nanosecondsPerTick)
    }
    records += UInt64(block.count)
    return block.count > 0
  }

  private func tokens(_ text: UnsafeRawBufferPointer) -> UInt32? {
    Fields.number(text).flatMap { UInt32(exactly: $0) }
  }
}
