import TarnTraceFormat

/// Collects the requests of conversations, see `AgenticPrompts`.
struct AgenticParser {
  private(set) var requests: [AgenticRequest] = []
  /// Block ids of all requests.
  private(set) var ids: [UInt32] = []
  /// Tokens in a block; all conversations must agree.
  private(set) var blockTokens: UInt32?

  private let path: String
  private var conversation: UInt32 = 0
  private var lineNumber = 0

  init(path: String) { self.path = path }

  /// Appends the conversation in `line`.
  mutating func append(
    _ line: UnsafeRawBufferPointer, lineNumber: Int
  ) throws(TraceError) {
    self.lineNumber = lineNumber
    guard conversation < 1 << 24 else { throw malformed("is beyond 2^24 conversations") }
    var scanner = JSONScanner(line)
    let start = UInt64(conversation) * AgenticPrompts.conversationSpacing
    var hasRequests = false
    try members(&scanner) { (parser, name, scanner) throws(TraceError) in
      if name.elementsEqual("requests".utf8) {
        hasRequests = true
        try parser.list(&scanner, start: start, depth: 0)
      } else if name.elementsEqual("block_size".utf8) {
        try parser.take(blockSize: scanner.wholeNumber())
      } else {
        try parser.skip(&scanner)
      }
    }
    guard scanner.isAtEnd() else { throw malformed("expected the line's end", scanner) }
    guard hasRequests else { throw malformed("lacks \"requests\"") }
    conversation += 1
  }

  private mutating func take(blockSize: UInt64?) throws(TraceError) {
    guard let size = blockSize.flatMap({ UInt32(exactly: $0) }), size > 0 else {
      throw malformed("expected \"block_size\" to be a number of tokens")
    }
    guard blockTokens ?? size == size else {
      throw malformed("has blocks of \(size) tokens, where those before have \(blockTokens ?? 0)")
    }
    blockTokens = size
  }

  /// A list of requests that count time from `start`; sub-agents hold such lists themselves.
  private mutating func list(
    _ scanner: inout JSONScanner, start: UInt64, depth: Int
  ) throws(TraceError) {
    guard depth < 8 else { throw malformed("sub-agents are nested too deep", scanner) }
    guard scanner.take("[") else { throw malformed("expected a list of requests", scanner) }
    if scanner.take("]") { return }
    repeat {
      try entry(&scanner, start: start, depth: depth)
    } while scanner.take(",")
    guard scanner.take("]") else { throw malformed("expected \",\" or \"]\"", scanner) }
  }

  private mutating func entry(
    _ scanner: inout JSONScanner, start: UInt64, depth: Int
  ) throws(TraceError) {
    var time: UInt64?
    var input: UInt64?
    var output: UInt64?
    var chain: Range<Int>?
    var nested: JSONScanner?
    try members(&scanner) { (parser, name, scanner) throws(TraceError) in
      if name.elementsEqual("t".utf8) {
        guard let value = scanner.decimal(unit: 1_000_000_000) else {
          throw parser.malformed("expected \"t\" to be seconds", scanner)
        }
        time = value
      } else if name.elementsEqual("in".utf8) {
        input = scanner.wholeNumber()
      } else if name.elementsEqual("out".utf8) {
        output = scanner.wholeNumber()
      } else if name.elementsEqual("hash_ids".utf8) {
        chain = try parser.chain(&scanner)
      } else {
        // The entry's time may come behind its requests, so they are read when it is known.
        if name.elementsEqual("requests".utf8) { nested = scanner }
        try parser.skip(&scanner)
      }
    }
    guard let time else { throw malformed("a request lacks \"t\"", scanner) }
    let arrival = start &+ time
    guard arrival >= start else { throw malformed("its time does not fit", scanner) }
    if var nested { return try list(&nested, start: arrival, depth: depth + 1) }
    guard let chain, let input = input.flatMap({ UInt32(exactly: $0) }),
      let output = output.flatMap({ UInt32(exactly: $0) })
    else { throw malformed("a request lacks \"in\", \"out\" or \"hash_ids\"", scanner) }
    requests.append(
      AgenticRequest(
        time: arrival, conversation: conversation, input: input, output: output, chain: chain))
  }

  private mutating func chain(_ scanner: inout JSONScanner) throws(TraceError) -> Range<Int> {
    let start = ids.count
    guard scanner.take("[") else { throw malformed("expected \"hash_ids\" to be a list", scanner) }
    if scanner.take("]") { return start..<start }
    repeat {
      guard let id = scanner.wholeNumber().flatMap({ UInt32(exactly: $0) }) else {
        throw malformed("expected a block id below 2^32", scanner)
      }
      ids.append(id)
    } while scanner.take(",")
    guard scanner.take("]") else { throw malformed("expected \",\" or \"]\"", scanner) }
    return start..<ids.count
  }

  /// Lets `body` read the value of each member of an object.
  private mutating func members(
    _ scanner: inout JSONScanner,
    _ body: (inout AgenticParser, UnsafeRawBufferPointer, inout JSONScanner) throws(TraceError) ->
      Void
  ) throws(TraceError) {
    guard scanner.take("{") else { throw malformed("expected a JSON object", scanner) }
    if scanner.take("}") { return }
    repeat {
      guard let name = scanner.string(), scanner.take(":") else {
        throw malformed("expected a member \"name\": value", scanner)
      }
      try body(&self, name, &scanner)
    } while scanner.take(",")
    guard scanner.take("}") else { throw malformed("expected \",\" or \"}\"", scanner) }
  }

  private func skip(_ scanner: inout JSONScanner) throws(TraceError) {
    guard scanner.skipValue() else { throw malformed("expected a JSON value", scanner) }
  }

  private func malformed(_ problem: String, _ scanner: JSONScanner) -> TraceError {
    malformed("\(problem) at column \(scanner.position + 1)")
  }

  private func malformed(_ problem: String) -> TraceError {
    TraceError(.malformed, path: path, at: .line(lineNumber), problem)
  }
}
