public import TarnTraceFormat

/// One prompt of a KV trace.
public struct KVPrompt: Equatable, Sendable {
  /// Arrival, nanoseconds from the trace's start.
  public var timeNanoseconds: UInt64 = 0
  /// Tokens of the prompt.
  public var inputTokens: UInt32 = 0
  /// Tokens of the answer.
  public var outputTokens: UInt32 = 0
  /// Ids of the prompt's KV blocks, front to back. An id stands for its block and everything before
  /// it, so equal ids mean equal prefixes. The last block may be partial.
  public var chain: [UInt64] = []

  /// An empty prompt.
  public init() {}
}

/// Streams the prompts of a Mooncake trace: JSON Lines, plain or gzip, one object a line with
/// `timestamp` (ms), `input_length`, `output_length` (tokens) and `hash_ids` (one for each 512-token
/// block of the prompt), ordered by time. Other members are stepped over.
///
/// Agent calls recorded for LMCache have the same members and a `campaign`, times with fractions
/// that begin anew in each campaign, and 16-token blocks.
///
/// Format: Qin et al., "Mooncake: Trading More Storage for Less Computation", FAST '25.
public struct MooncakeTrace: ~Copyable {
  /// Tokens in a block of a Mooncake trace.
  public static let tokensPerBlock: UInt32 = 512
  /// The recording's time stamps come in steps of this many nanoseconds.
  public static let timeStepNanoseconds: UInt64 = 3_000_000_000

  private var lines: LineReader
  private var lastTime: UInt64 = 0
  private let hasCampaigns: Bool
  /// XXH64 of the campaign's name, and when it began.
  private var campaign: UInt64?
  private var campaignStart: UInt64 = 0

  /// Opens the trace at `path`.
  public init(path: String) throws(TraceError) {
    try self.init(path: path, campaigns: false)
  }

  /// With `campaigns`, reads agent calls: a campaign starts when the one before it ends.
  init(path: String, campaigns: Bool) throws(TraceError) {
    lines = try LineReader(path: path)
    hasCampaigns = campaigns
  }

  /// Fills `prompt` with the next one; false after the last. Blank lines are stepped over.
  ///
  /// Throws `.malformed` or `.unsorted` with the line, and what was expected there.
  public mutating func next(into prompt: inout KVPrompt) throws(TraceError) -> Bool {
    while let line = try lines.next() {
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      try parse(line, into: &prompt)
      if hasCampaigns { prompt.timeNanoseconds &+= campaignStart }
      guard prompt.timeNanoseconds >= lastTime else {
        throw TraceError(
          .unsorted, path: lines.path, at: .line(lines.lineNumber),
          "timestamp \(prompt.timeNanoseconds / 1_000_000) is before its predecessor's "
            + "\(lastTime / 1_000_000); sort the lines by timestamp")
      }
      lastTime = prompt.timeNanoseconds
      return true
    }
    return false
  }

  private mutating func parse(
    _ line: UnsafeRawBufferPointer, into prompt: inout KVPrompt
  ) throws(TraceError) {
    var scanner = JSONScanner(line)
    var seen = Fields()
    guard scanner.take("{") else { throw malformed("expected a JSON object, starting with \"{\"") }
    if !scanner.take("}") {
      repeat {
        guard let name = scanner.string(), scanner.take(":") else {
          throw malformed("expected a member \"name\": value at column \(scanner.position + 1)")
        }
        let field = Fields(name: name)
        if !field.isEmpty, !seen.insert(field).inserted {
          throw malformed("\"\(String(decoding: name, as: UTF8.self))\" occurs twice")
        }
        try parse(field, from: &scanner, into: &prompt)
      } while scanner.take(",")
      guard scanner.take("}") else {
        throw malformed("expected \",\" or \"}\" at column \(scanner.position + 1)")
      }
    }
    guard scanner.isAtEnd() else {
      throw malformed("expected the line's end at column \(scanner.position + 1)")
    }
    if !hasCampaigns { seen.insert(.campaign) }
    if let missing = seen.firstMissing { throw malformed("lacks \"\(missing)\"") }
  }

  private mutating func parse(
    _ field: Fields, from scanner: inout JSONScanner, into prompt: inout KVPrompt
  ) throws(TraceError) {
    switch field {
    case .campaign where hasCampaigns:
      guard let name = scanner.string() else {
        throw malformed("expected \"campaign\" to be a name")
      }
      let found = XXHash64.hash(name)
      if found != campaign { (campaign, campaignStart) = (found, lastTime) }
    case .timestamp where hasCampaigns:
      guard let time = scanner.decimal(unit: 1_000_000) else {
        throw malformed("expected \"timestamp\" to be milliseconds")
      }
      prompt.timeNanoseconds = time
    case .timestamp:
      guard let milliseconds = scanner.wholeNumber(), milliseconds <= UInt64.max / 1_000_000 else {
        throw malformed("expected \"timestamp\" to be a whole number of milliseconds")
      }
      prompt.timeNanoseconds = milliseconds * 1_000_000
    case .inputLength:
      prompt.inputTokens = try tokens("input_length", from: &scanner)
    case .outputLength:
      prompt.outputTokens = try tokens("output_length", from: &scanner)
    case .hashIDs:
      prompt.chain.removeAll(keepingCapacity: true)
      guard readIDs(from: &scanner, into: &prompt.chain) else {
        throw malformed("expected \"hash_ids\" to be an array of whole numbers")
      }
    default:
      guard scanner.skipValue() else {
        throw malformed("expected a JSON value at column \(scanner.position + 1)")
      }
    }
  }

  private func tokens(
    _ name: String, from scanner: inout JSONScanner
  ) throws(TraceError) -> UInt32 {
    guard let value = scanner.wholeNumber(), let tokens = UInt32(exactly: value) else {
      throw malformed("expected \"\(name)\" to be a whole number of tokens")
    }
    return tokens
  }

  private func readIDs(from scanner: inout JSONScanner, into chain: inout [UInt64]) -> Bool {
    guard scanner.take("[") else { return false }
    if scanner.take("]") { return true }
    repeat {
      guard let id = scanner.wholeNumber() else { return false }
      chain.append(id)
    } while scanner.take(",")
    return scanner.take("]")
  }

  private func malformed(_ problem: String) -> TraceError {
    TraceError(.malformed, path: lines.path, at: .line(lines.lineNumber), problem)
  }

  /// The members that a line must have.
  private struct Fields: OptionSet {
    let rawValue: UInt8
    static let timestamp = Fields(rawValue: 1)
    static let inputLength = Fields(rawValue: 2)
    static let outputLength = Fields(rawValue: 4)
    static let hashIDs = Fields(rawValue: 8)
    static let campaign = Fields(rawValue: 16)

    private static let names: [(StaticString, Fields)] = [
      ("timestamp", .timestamp), ("input_length", .inputLength),
      ("output_length", .outputLength), ("hash_ids", .hashIDs), ("campaign", .campaign),
    ]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(name: UnsafeRawBufferPointer) {
      let match = Self.names.first { known, _ in
        name.elementsEqual(
          UnsafeBufferPointer(start: known.utf8Start, count: known.utf8CodeUnitCount))
      }
      rawValue = match?.1.rawValue ?? 0
    }

    var firstMissing: StaticString? {
      Self.names.first { !contains($0.1) }?.0
    }
  }
}
