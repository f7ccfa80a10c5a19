import TarnTraceFormat

/// Delimited text whose columns were found by `ColumnLayout`.
struct ColumnRows: RowParsing {
  let columns: Set<TraceColumn>
  let nanosecondsPerTick: UInt64
  let hasHeader: Bool
  private let layout: ColumnLayout
  private let lastColumn: Int
  private var line: DelimitedLine
  /// Whether keys are text; nil before the first key, which decides.
  private var isText: Bool?

  init(
    _ format: TraceFormat, path: String, options: TraceReadOptions
  ) throws(TraceError) {
    layout = try ColumnLayout(format, sample: try TraceSample(path: path), options: options.columns)
    hasHeader = layout.hasHeader
    isText = layout.textKeys
    line = DelimitedLine(delimiter: layout.delimiter)
    lastColumn = [layout.key, layout.size, layout.time, layout.operation].reduce(0) {
      max($0, $1 ?? 0)
    }
    var columns: Set<TraceColumn> = []
    if layout.size != nil { columns.insert(.size) }
    if layout.time != nil { columns.insert(.time) }
    if layout.operation != nil { columns.insert(.operation) }
    self.columns = columns
    nanosecondsPerTick = layout.tick
  }

  mutating func parse(
    _ text: UnsafeRawBufferPointer, into sink: inout RequestSink
  ) throws(RowFault) {
    guard line.split(text) else { throw RowFault("a quote does not end where its column does") }
    guard line.columns.count > lastColumn else {
      throw RowFault(
        "has \(line.columns.count) columns, where column \(lastColumn + 1) is needed")
    }
    let keyText = line.column(layout.key, of: text)
    if keyText.isEmpty && layout.skipsEmptyKeys { return }
    var request = TraceRequest(key: try key(keyText))
    if let size = layout.size { request.size = try self.size(line.column(size, of: text)) }
    if let time = layout.time { request.time = try self.time(line.column(time, of: text)) }
    if let operation = layout.operation {
      let word = line.column(operation, of: text)
      guard let known = layout.operations.operation(word) else {
        throw RowFault("operation \"\(word.excerpt)\" is not known")
      }
      request.operation = known
    }
    sink.append(request)
  }

  private mutating func key(_ text: UnsafeRawBufferPointer) throws(RowFault) -> UInt64 {
    guard !text.isEmpty else { throw RowFault("its key is empty") }
    let number = isText == true ? nil : Fields.signedNumber(text)
    if isText == nil { isText = number == nil }
    if isText == true { return XXHash64.hash(text) }
    guard let number else {
      throw RowFault(
        "expected a whole number as key, found \"\(text.excerpt)\"; if all keys are text, say so "
          + "with --text-keys")
    }
    return number
  }

  private func size(_ text: UnsafeRawBufferPointer) throws(RowFault) -> UInt64 {
    guard let size = Fields.number(text) else {
      throw RowFault(
        "expected a size in bytes, found \"\(text.excerpt)\"; another column is named with "
          + "--size-column, and --ignore-size reads none")
    }
    return size
  }

  private func time(_ text: UnsafeRawBufferPointer) throws(RowFault) -> UInt64 {
    if layout.unit == .date {
      guard let time = WallClock.nanoseconds(text) else {
        throw RowFault("expected a date YYYY-MM-DD HH:MM:SS, found \"\(text.excerpt)\"")
      }
      return time / layout.tick
    }
    let unit = layout.unit.nanoseconds / layout.tick
    if unit == 1, layout.unit != .nanoseconds {
      guard let time = Fields.number(text) else { throw timeFault(text) }
      return time
    }
    guard let time = Fields.decimal(text, unit: unit) else { throw timeFault(text) }
    return time
  }

  private func timeFault(_ text: UnsafeRawBufferPointer) -> RowFault {
    if Fields.decimal(text, unit: 1) != nil {
      return RowFault(
        "time \"\(text.excerpt)\" has a fraction, where the first lines have none; keep fractions "
          + "with --fine-times")
    }
    return RowFault(
      "expected a time in \(layout.unit.rawValue), found \"\(text.excerpt)\"; another column is "
        + "named with --time-column, another unit with --time-unit")
  }
}

/// What the words of an operation column mean.
struct OperationWords: Equatable {
  /// Lower-case beginnings of words, first match counts.
  var words: [(start: String, operation: TraceOperation)]

  static func == (one: OperationWords, other: OperationWords) -> Bool {
    one.words.elementsEqual(other.words) { $0 == $1 }
  }

  /// SCSI opcodes, hexadecimal: READ and WRITE of 6, 10, 12 and 16 bytes.
  static let scsi = OperationWords(words: [
    ("28", .read), ("2a", .write), ("88", .read), ("8a", .write), ("a8", .read), ("aa", .write),
    ("08", .read), ("0a", .write), ("8", .read), ("a", .write),
  ])
  /// Meta's warm block storage.
  static let chunks = OperationWords(words: [("getchunkdata", .read), ("putchunk", .write)])
  /// Twemcache: deletions delete, counters and conditional stores write.
  static let memcache = OperationWords(words: [
    ("get", .read), ("set", .write), ("add", .write), ("replace", .write), ("cas", .write),
    ("append", .write), ("prepend", .write), ("delete", .delete), ("incr", .write),
    ("decr", .write),
  ])

  func operation(_ word: UnsafeRawBufferPointer) -> TraceOperation? {
    for (start, operation) in words where word.count >= start.utf8.count {
      if zip(word, start.utf8).allSatisfy({ $0 | 0x20 == $1 || $0 == $1 }) { return operation }
    }
    return nil
  }
}
