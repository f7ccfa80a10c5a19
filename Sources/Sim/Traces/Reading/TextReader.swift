import TarnTraceFormat

/// What is wrong with a line.
struct RowFault: Error {
  var problem: String
  init(_ problem: String) { self.problem = problem }
}

/// Turns lines of one text format into requests.
protocol RowParsing {
  /// The columns beyond the key that its requests have.
  var columns: Set<TraceColumn> { get }
  /// What a time counts.
  var nanosecondsPerTick: UInt64 { get }
  /// Whether the first line names the columns.
  var hasHeader: Bool { get }
  /// Appends the requests of `line`: none, one or several.
  mutating func parse(
    _ line: UnsafeRawBufferPointer, into sink: inout RequestSink
  ) throws(RowFault)
}

extension RowParsing {
  var nanosecondsPerTick: UInt64 { 1 }
  var hasHeader: Bool { false }
}

/// Reads any text trace line by line. Blank lines are stepped over.
struct TextReader<Rows: RowParsing>: BlockFilling, ~Copyable {
  let schema: TraceSchema
  private var lines: LineReader
  private var rows: Rows
  private var sink: RequestSink

  init(path: String, rows: Rows, options: TraceReadOptions) throws(TraceError) {
    var lines = try LineReader(path: path)
    if rows.hasHeader { _ = try lines.next() }
    self.init(lines: lines, rows: rows, options: options)
  }

  private init(lines: consuming LineReader, rows: Rows, options: TraceReadOptions) {
    self.lines = lines
    self.rows = rows
    var columns = rows.columns
    if options.ignoreTimes { columns.remove(.time) }
    if options.ignoreSizes { columns.remove(.size) }
    schema = .requests(columns, nanosecondsPerTick: rows.nanosecondsPerTick)
    sink = RequestSink(schema)
  }

  mutating func next(into block: inout TraceBlock) throws(TraceError) -> Bool {
    sink.begin(with: &block)
    while sink.block.count < RequestSink.recordsPerBlock, let line = try lines.next() {
      if line.isBlank { continue }
      do throws(RowFault) {
        try rows.parse(line, into: &sink)
      } catch {
        throw TraceError(
          .malformed, path: lines.path, at: .line(lines.lineNumber), error.problem)
      }
      if let earlier = sink.earlier {
        throw .unsorted(
          path: lines.path, at: .line(lines.lineNumber), time: earlier, after: sink.lastTime)
      }
    }
    return sink.end(with: &block)
  }
}

extension UnsafeRawBufferPointer {
  /// Whether there is nothing but blanks and tabs.
  var isBlank: Bool {
    for byte in self where byte != 0x20 && byte != 0x09 { return false }
    return true
  }

  /// As text, cut after 40 bytes, for errors.
  var excerpt: String {
    count <= 40
      ? String(decoding: self, as: UTF8.self)
      : String(decoding: self.prefix(40), as: UTF8.self) + "..."
  }
}
