import TarnTraceFormat

/// Streams JSON Lines of prompts as blocks: Mooncake's, and agent calls recorded for LMCache.
///
/// LMCache's have 16-token blocks and a time of their own in each campaign; here a campaign begins
/// when the one before it in the file ends.
struct PromptLines: BlockFilling, ~Copyable {
  let schema: TraceSchema
  private var reader: MooncakeTrace
  private var prompt = KVPrompt()
  private var records: UInt64 = 0

  init(_ format: TraceFormat, path: String) throws(TraceError) {
    let isAgent = format == .lmcache
    let reader = try MooncakeTrace(path: path, campaigns: isAgent)
    self.init(reader: reader, isAgent: isAgent)
  }

  private init(reader: consuming MooncakeTrace, isAgent: Bool) {
    self.reader = reader
    schema = .prompts(
      nanosecondsPerTick: isAgent ? 1 : 1_000_000,
      tokensPerBlock: isAgent ? 16 : MooncakeTrace.tokensPerBlock)
  }

  mutating func next(into block: inout TraceBlock) throws(TraceError) -> Bool {
    block.removeAll()
    block.firstRecord = records
    let tick = schema.nanosecondsPerTick
    while block.hasRoomForPrompt, try reader.next(into: &prompt) {
      block.append(prompt, time: prompt.timeNanoseconds / tick)
    }
    records += UInt64(block.count)
    return block.count > 0
  }
}

extension TraceBlock {
  /// Whether a block of prompts takes another: readers hand out small blocks, and a chain that is
  /// itself beyond the format's bound is refused by the writer.
  var hasRoomForPrompt: Bool {
    count < TraceWriter.promptsPerBlock && chain.count < Self.mostChainIDs / 4
  }

  /// Appends a prompt that arrived at tick `time`.
  mutating func append(_ prompt: borrowing KVPrompt, time: UInt64) {
    times.append(time)
    inputTokens.append(UInt64(prompt.inputTokens))
    outputTokens.append(UInt64(prompt.outputTokens))
    chainLengths.append(UInt64(prompt.chain.count))
    chain.append(contentsOf: prompt.chain)
    count += 1
  }
}
