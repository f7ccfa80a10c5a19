public import TarnTraceFormat

/// A trace of any format, opened to be read block by block in bounded memory.
///
/// ```swift
/// var source = try RequestSource(path: "day.oracleGeneral.zst")
/// var block = TraceBlock()
/// while try source.next(into: &block) { use(block.keys) }
/// ```
///
/// A trace without any record ends at once; `RequestTrace.load` and the commands refuse it.
public struct RequestSource: ~Copyable {
  /// The file, as the caller named it.
  public let path: String
  /// Its format.
  public let format: TraceFormat
  /// What its records hold. A trace of prompts has chains; one of Azure's has empty chains.
  public let schema: TraceSchema
  private let reader: any BlockReading

  /// Opens the trace at `path`.
  ///
  /// Throws what `TraceFormat.detect` throws, and `.malformed` where the beginning is not what the
  /// format says.
  public init(
    path: String, options: TraceReadOptions = TraceReadOptions()
  ) throws(TraceError) {
    let format = if let named = options.format { named } else { try TraceFormat.detect(path: path) }
    let reader = try Self.open(format, path: path, options: options)
    self.init(path: path, format: format, reader: reader)
  }

  private init(path: String, format: TraceFormat, reader: any BlockReading) {
    self.path = path
    self.format = format
    self.reader = reader
    schema = reader.schema
  }

  /// Records in the trace, where the format says so before they are read; to reserve room.
  public var recordCount: UInt64? { reader.recordCount }
  /// What could not be read so far.
  public var damage: [TraceDamage] { reader.damage }

  /// Fills `block` with the next records, some ten thousand; false after the last.
  ///
  /// Throws with line, record or byte what is not as the format says.
  public mutating func next(into block: inout TraceBlock) throws(TraceError) -> Bool {
    try reader.next(into: &block)
  }

  /// Goes ahead to the block with record `record` where the format has an index (Tarn's own), so
  /// that what lies before need not be read; in other formats nothing is skipped.
  public mutating func seek(toRecord record: UInt64) throws(TraceError) {
    try reader.seek(toRecord: record)
  }

  private static func open(
    _ format: TraceFormat, path: String, options: TraceReadOptions
  ) throws(TraceError) -> any BlockReading {
    switch format {
    case .tarn: return BoxedReader(try TraceReader(path: path, strict: options.strict))
    case .mooncake, .lmcache: return BoxedReader(try PromptLines(format, path: path))
    case .agentic: return BoxedReader(try AgenticPrompts(path: path))
    case .azureLLM: return BoxedReader(try AzurePrompts(path: path))
    case .oracleGeneral, .lcs:
      return BoxedReader(try RecordReader(format, path: path, options: options))
    case .keys, .cache2k, .lirs: return try text(KeyRows(format, options), path, options)
    case .keySize, .adaptSize: return try text(SizedKeyRows(format), path, options)
    case .arc: return try text(RangeRows(), path, options)
    case .twitter: return try text(TwitterRows(), path, options)
    case .csv, .cloudPhysics, .metaBlocks, .genaiTimed:
      return try text(try ColumnRows(format, path: path, options: options), path, options)
    case .dftracer: return try text(FileReadRows(), path, options)
    case .genai: return try text(ModelRows(), path, options)
    }
  }

  private static func text<Rows: RowParsing>(
    _ rows: Rows, _ path: String, _ options: TraceReadOptions
  ) throws(TraceError) -> any BlockReading {
    BoxedReader(try TextReader(path: path, rows: rows, options: options))
  }
}
