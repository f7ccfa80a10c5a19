/// A column of a trace, by the number that the file carries.
public enum TraceColumn: UInt8, CaseIterable, Sendable {
  /// When, in ticks of the schema's unit; never decreases.
  case time = 1
  /// Which block: all of a 64-bit key, the low half of a 128-bit one.
  case key = 2
  /// The high half of a 128-bit key.
  case keyHigh = 3
  /// Bytes.
  case size = 4
  /// A `TraceOperation`.
  case operation = 5
  /// Whose request.
  case tenant = 6
  /// Tokens of the prompt.
  case inputTokens = 7
  /// Tokens of the answer.
  case outputTokens = 8
  /// Blocks in the prompt's chain.
  case chainLength = 9
  /// The chains' block ids, front to back, one chain after the other.
  case chain = 10

  /// Bits that a value of this column may take.
  public var width: UInt8 {
    switch self {
    case .time, .key, .keyHigh, .size, .chain: 64
    case .inputTokens, .outputTokens, .chainLength: 32
    case .tenant: 16
    case .operation: 8
    }
  }
}

/// What a request does.
public struct TraceOperation: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let read = TraceOperation(rawValue: 0)
  public static let write = TraceOperation(rawValue: 1)
  public static let delete = TraceOperation(rawValue: 2)
}

/// Which columns a trace has, and what its figures mean.
public struct TraceSchema: Equatable, Sendable {
  /// The two kinds of record.
  public enum Kind: Sendable, Equatable {
    /// A request for one block.
    case requests
    /// A prompt with its chain of KV blocks.
    case prompts
  }

  /// A piece of provenance.
  public struct Note: Equatable, Sendable {
    public var name: String
    public var value: String
    /// `name` without "=" or a line end, `value` without a line end.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The columns, in ascending order of number.
  public let columns: [TraceColumn]
  /// Nanoseconds in a tick of the time column.
  public var nanosecondsPerTick: UInt64
  /// Tokens in a block of a chain; 0 where that is unknown or there are no chains.
  public var tokensPerBlock: UInt32
  /// Where the trace comes from.
  public var notes: [Note]

  /// A schema for requests: `key` is always there.
  public static func requests(
    _ optional: Set<TraceColumn>, nanosecondsPerTick: UInt64 = 1, notes: [Note] = []
  ) -> TraceSchema {
    let allowed: [TraceColumn] = [.time, .keyHigh, .size, .operation, .tenant, .key]
    precondition(optional.isSubset(of: allowed), "a request has no prompt columns")
    return TraceSchema(
      columns: TraceColumn.allCases.filter { $0 == .key || optional.contains($0) },
      nanosecondsPerTick: nanosecondsPerTick, tokensPerBlock: 0, notes: notes)
  }

  /// A schema for prompts: time, tokens and chain, and `tenant` if asked for.
  public static func prompts(
    nanosecondsPerTick: UInt64 = 1, tokensPerBlock: UInt32, tenant: Bool = false,
    notes: [Note] = []
  ) -> TraceSchema {
    let tenants: [TraceColumn] = tenant ? [.tenant] : []
    return TraceSchema(
      columns: [.time] + tenants + [.inputTokens, .outputTokens, .chainLength, .chain],
      nanosecondsPerTick: nanosecondsPerTick, tokensPerBlock: tokensPerBlock, notes: notes)
  }

  init(
    columns: [TraceColumn], nanosecondsPerTick: UInt64, tokensPerBlock: UInt32, notes: [Note]
  ) {
    precondition(nanosecondsPerTick > 0, "a tick lasts at least a nanosecond")
    for note in notes {
      precondition(
        !note.name.contains { $0 == "=" || $0.isNewline } && !note.value.contains { $0.isNewline },
        "a note is one line, and its name has no \"=\"")
    }
    self.columns = columns
    self.nanosecondsPerTick = nanosecondsPerTick
    self.tokensPerBlock = tokensPerBlock
    self.notes = notes
  }

  /// Which kind of record.
  public var kind: Kind { columns.contains(.chain) ? .prompts : .requests }
  /// Bits of a key: 64 or 128; 0 for prompts.
  public var keyBits: Int {
    kind == .prompts ? 0 : columns.contains(.keyHigh) ? 128 : 64
  }
}
