import TarnTraceFormat

/// Coding-assistant conversations, one JSON document a line, as one stream of prompts.
///
/// Block ids count only within a conversation, so a block's key is the conversation's number in the
/// upper 24 bits and its id in the lower 40. Conversation i, counted from 0 in the file's order,
/// starts at i x 120 s; a request arrives at its conversation's start + t, one of a sub-agent at
/// start + t of the sub-agent's entry + t. Requests are sorted by time, ties in the file's order.
///
/// The order needs all conversations at once, so they are held in memory: 4 bytes a block reference.
///
/// Format: github.com/callanjfox/kv-cache-tester, `traces/`.
struct AgenticPrompts: BlockFilling, ~Copyable {
  /// Nanoseconds from one conversation's start to the next.
  static let conversationSpacing: UInt64 = 120_000_000_000

  let schema: TraceSchema
  private let requests: [AgenticRequest]
  private let ids: [UInt32]
  private var position = 0

  var recordCount: UInt64? { UInt64(requests.count) }

  init(path: String) throws(TraceError) {
    var lines = try LineReader(path: path)
    var conversations = AgenticParser(path: path)
    while let line = try lines.next() {
      if line.isBlank { continue }
      try conversations.append(line, lineNumber: lines.lineNumber)
    }
    // Sorting indexes along with times keeps ties in order.
    let order = conversations.requests.indices.sorted {
      let (first, second) = (conversations.requests[$0].time, conversations.requests[$1].time)
      return first == second ? $0 < $1 : first < second
    }
    self.init(
      requests: order.map { conversations.requests[$0] }, ids: conversations.ids,
      blockTokens: conversations.blockTokens ?? 0)
  }

  private init(requests: [AgenticRequest], ids: [UInt32], blockTokens: UInt32) {
    self.requests = requests
    self.ids = ids
    schema = .prompts(nanosecondsPerTick: 1, tokensPerBlock: blockTokens)
  }

  mutating func next(into block: inout TraceBlock) throws(TraceError) -> Bool {
    block.removeAll()
    block.firstRecord = UInt64(position)
    var prompt = KVPrompt()
    while block.hasRoomForPrompt, position < requests.count {
      let request = requests[position]
      prompt.inputTokens = request.input
      prompt.outputTokens = request.output
      prompt.chain.removeAll(keepingCapacity: true)
      let space = UInt64(request.conversation) << 40
      for id in ids[request.chain] { prompt.chain.append(space | UInt64(id)) }
      block.append(prompt, time: request.time)
      position += 1
    }
    return block.count > 0
  }
}

/// One request of a conversation.
struct AgenticRequest {
  /// Nanoseconds.
  var time: UInt64
  var conversation: UInt32
  var input: UInt32
  var output: UInt32
  /// Where its block ids lie.
  var chain: Range<Int>
}
