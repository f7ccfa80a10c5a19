public import TarnTraceFormat

/// What `tarn trace info` says of a trace. Encodes as its JSON object.
public struct TraceSummary: Encodable, Sendable {
  /// Prompts with more block references are not judged by `KVStatistics`, which holds them all.
  public static let mostReferences = 5_000_000

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
  /// Objects, bytes and popularity.
  public var figures = TraceFigures()
  /// Provenance, "name=value".
  public var notes: [String] = []
  /// What could not be read, and where.
  public var damage: [String] = []
  /// Chains and their reuse; null for block requests, without chains, and beyond `mostReferences`.
  public var prompts: KVStatistics?

  enum CodingKeys: String, CodingKey {
    case path, format, kind, records, columns, figures, notes, damage, prompts
    case fileBytes = "file_bytes"
    case bytesPerRecord = "bytes_per_record"
    case spanSeconds = "span_s"
    case keyBits = "key_bits"
    case nanosecondsPerTick = "nanoseconds_per_tick"
    case tokensPerBlock = "tokens_per_block"
  }

  /// Reads the whole trace at `path`. With `options.strict`, damage is an error; without, it is
  /// listed. `progress` is called now and then with the records read so far.
  public init(
    path: String, options: TraceReadOptions = TraceReadOptions(),
    progress: (UInt64) -> Void = { _ in }
  ) throws(TraceError) {
    var source = try RequestSource(path: path, options: options)
    self.path = path
    format = source.format.rawValue
    kind = source.schema.kind == .prompts ? "prompts" : "requests"
    fileBytes = try InputFile(path: path).length()
    describe(source.schema)
    var meter = TraceMeter()
    var trace: KVTrace? =
      source.schema.kind == .prompts
      ? KVTrace(tokensPerBlock: source.schema.tokensPerBlock) : nil
    var times: (first: UInt64, last: UInt64)?
    var block = TraceBlock()
    while try source.next(into: &block) {
      records += UInt64(block.count)
      meter.add(block)
      if let first = block.times.first, let last = block.times.last {
        times = (times?.first ?? first, last)
      }
      if trace?.append(block, nanosecondsPerTick: nanosecondsPerTick) == false
        || trace?.chainIDs.count ?? 0 > Self.mostReferences
      {
        trace = nil
      }
      progress(records)
    }
    damage = source.damage.map(\.description)
    if records == 0 {
      if let first = source.damage.first { throw first.refusal(path: path) }
      throw TraceError(.empty, path: path, "holds no request")
    }
    if let times {
      spanSeconds = Double(times.last - times.first) * Double(nanosecondsPerTick) / 1e9
    }
    bytesPerRecord = Double(fileBytes) / Double(records)
    figures = meter.figures()
    if let trace, !trace.chainIDs.isEmpty { prompts = KVStatistics(of: trace) }
  }

  private mutating func describe(_ schema: TraceSchema) {
    columns = schema.columns.map { "\($0)" }
    keyBits = schema.keyBits
    nanosecondsPerTick = schema.nanosecondsPerTick
    tokensPerBlock = schema.tokensPerBlock
    notes = schema.notes.map { "\($0.name)=\($0.value)" }
  }
}
