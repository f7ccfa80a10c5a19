/// What `tarn trace info` says of a trace. Encodes as its JSON object.
public struct TraceSummary: Encodable, Sendable {
  public var path: String
  /// A `TraceFormat`.
  public var format: String
  /// "requests" or "prompts".
  public var kind: String
  public var records: UInt64 = 0
  /// The file's length, and its share for each record.
  public var fileBytes: UInt64 = 0
  public var bytesPerRecord = 0.0
  /// From the first record to the last; 0 without times.
  public var spanSeconds = 0.0
  public var columns: [String] = []
  /// 64 or 128; 0 for prompts.
  public var keyBits = 0
  public var nanosecondsPerTick: UInt64 = 1
  public var tokensPerBlock: UInt32 = 0
  /// Sum of all sizes; 0 without sizes.
  public var requestedBytes: UInt64 = 0
  /// Compressed blocks read; 0 for other formats.
  public var blocks = 0
  /// Provenance, "name=value".
  public var notes: [String] = []
  /// What could not be read, and where.
  public var damage: [String] = []
  /// Chains and their reuse; null for block requests.
  public var prompts: KVStatistics?

  enum CodingKeys: String, CodingKey {
    case path, format, kind, records, columns, blocks, notes, damage, prompts
    case fileBytes = "file_bytes"
    case bytesPerRecord = "bytes_per_record"
    case spanSeconds = "span_s"
    case keyBits = "key_bits"
    case nanosecondsPerTick = "nanoseconds_per_tick"
    case tokensPerBlock = "tokens_per_block"
    case requestedBytes = "requested_bytes"
  }

  /// Reads the whole trace at `path`. With `strict`, damage is an error; without, it is listed.
  public init(path: String, strict: Bool = false) throws(TraceError) {
    self.path = path
    let detected = try TraceFormat.detect(path: path)
    format = detected.rawValue
    fileBytes = try InputFile(path: path).length()
    kind = "prompts"
    switch detected {
    case .mooncake:
      nanosecondsPerTick = 1_000_000
      try describePrompts(path: path, strict: strict)
    default:
      let reader = try TraceReader(path: path, strict: strict)
      describe(reader.schema)
      if reader.schema.kind == .requests {
        kind = "requests"
        try countRequests(reader)
      } else {
        blocks = reader.blockCount ?? 0
        try describePrompts(path: path, strict: strict)
      }
    }
    bytesPerRecord = records > 0 ? Double(fileBytes) / Double(records) : 0
  }

  private mutating func describe(_ schema: TraceSchema) {
    columns = schema.columns.map { "\($0)" }
    keyBits = schema.keyBits
    nanosecondsPerTick = schema.nanosecondsPerTick
    tokensPerBlock = schema.tokensPerBlock
    notes = schema.notes.map { "\($0.name)=\($0.value)" }
  }

  private mutating func describePrompts(path: String, strict: Bool) throws(TraceError) {
    let (trace, found) =
      strict
      ? (try KVTrace.load(path: path, spread: false), [])
      : try KVTrace.recover(path: path, spread: false)
    let statistics = KVStatistics(of: trace)
    records = UInt64(trace.count)
    spanSeconds = statistics.spanSeconds
    tokensPerBlock = trace.tokensPerBlock
    damage = found.map(\.description)
    prompts = statistics
  }

  private mutating func countRequests(_ source: consuming TraceReader) throws(TraceError) {
    var reader = source
    var block = TraceBlock()
    var first: UInt64?
    var last: UInt64 = 0
    while try reader.next(into: &block) {
      records += UInt64(block.count)
      first = first ?? block.times.first
      last = block.times.last ?? 0
      for size in block.sizes {
        requestedBytes = requestedBytes.addingReportingOverflow(size).partialValue
      }
    }
    let ticks = last - min(last, first ?? last)
    spanSeconds = Double(ticks) * Double(nanosecondsPerTick) / 1e9
    blocks = reader.blocksRead
    damage = reader.damage.map(\.description)
    if records == 0 {
      try reader.throwDamage()
      throw TraceError(.empty, path: path, "holds no request")
    }
  }
}
