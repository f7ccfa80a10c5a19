import TarnSettings
import TarnTraceFormat

/// Where the columns of a delimited text trace lie: from its header, its format and the caller.
struct ColumnLayout {
  var delimiter: UInt8
  var hasHeader: Bool
  var key: Int
  var size: Int?
  var time: Int?
  var operation: Int?
  var operations = OperationWords(words: [])
  var unit = TextColumns.TimeUnit.seconds
  /// Nanoseconds in a tick: the unit's, or 1 where times have fractions.
  var tick: UInt64 = 1
  var textKeys: Bool?
  /// Whether a row without a key is no request; an error otherwise.
  var skipsEmptyKeys = false

  /// The columns that a format, or a guess, looks for by name.
  private struct Names {
    var key: [String]
    var size: [String] = []
    var time: [String] = []
    var operation: [String] = []
    var operations = OperationWords(words: [])
    var textKeys: Bool?
    var unit: TextColumns.TimeUnit?
  }

  private static func names(_ format: TraceFormat) -> Names {
    switch format {
    case .cloudPhysics:
      Names(
        key: ["lbn"], size: ["size"], time: ["time"], operation: ["op"], operations: .scsi,
        unit: .seconds)
    case .metaBlocks:
      Names(
        key: ["block_id"], size: ["io_size"], time: ["op_time"], operation: ["op_name"],
        operations: .chunks, textKeys: true, unit: .seconds)
    case .genaiTimed:
      Names(
        key: ["checkpoint_model_version_id"], time: ["gmt_create"], textKeys: true, unit: .date)
    default:
      Names(
        key: [
          "key", "object", "obj", "obj_id", "object_id", "objid", "id", "block", "block_id", "lbn",
          "lba",
        ],
        size: ["size", "obj_size", "object_size", "size_bytes", "bytes", "io_size", "length"],
        time: [
          "time", "timestamp", "ts", "time_s", "time_ms", "time_us", "time_ns", "ts_s", "ts_ms",
          "ts_us", "ts_ns", "clock_time", "op_time",
        ])
    }
  }

  init(
    _ format: TraceFormat, sample: TraceSample, options: TextColumns
  ) throws(TraceError) {
    let lines = sample.lines(most: 100)
    guard let first = lines.first else {
      throw TraceError(.empty, path: sample.path, "holds no line")
    }
    delimiter = options.delimiter ?? Self.delimiter(of: first)
    guard
      let titles = first.withUnsafeBytes({ [delimiter] in
        DelimitedLine.texts($0, delimiter: delimiter)
      })
    else {
      throw TraceError(
        .malformed, path: sample.path, at: .line(1), "a quote does not end where its column does")
    }
    hasHeader = options.hasHeader ?? Self.isHeader(titles)
    let names = Self.names(format)
    let finder = ColumnFinder(path: sample.path, titles: titles, hasHeader: hasHeader)
    key = try finder.key(options.key, or: names.key)
    size = try finder.column(options.size, or: names.size, flag: "--size-column")
    time = try finder.column(options.time, or: names.time, flag: "--time-column")
    operation = try finder.column(nil, or: names.operation, flag: "")
    operations = names.operations
    textKeys = options.textKeys ?? names.textKeys
    // Requests that were still pending when they were recorded name no model.
    skipsEmptyKeys = format == .genaiTimed
    guard let time else { return }
    let rows = hasHeader ? lines.dropFirst() : lines[...]
    let times = rows.compactMap { row in
      row.withUnsafeBytes { [delimiter] bytes -> String? in
        let texts = DelimitedLine.texts(bytes, delimiter: delimiter)
        return texts.flatMap { $0.count > time ? $0[time] : nil }
      }
    }
    let isDate = times.first?.contains("-") == true
    unit = options.timeUnit ?? names.unit ?? (isDate ? .date : Self.unit(titles[time], hasHeader))
    let isFine = options.fineTimes ?? times.contains { $0.contains(".") }
    tick = isFine ? 1 : unit.nanoseconds
  }

  /// The unit that a title's end names; seconds without one.
  private static func unit(_ title: String, _ hasHeader: Bool) -> TextColumns.TimeUnit {
    let end = title.split(separator: "_").last.map(String.init) ?? ""
    return hasHeader ? TextColumns.TimeUnit(rawValue: end) ?? .seconds : .seconds
  }

  /// A first line names columns if none of them is a number.
  static func isHeader(_ titles: [String]) -> Bool {
    titles.allSatisfy { title in
      !title.isEmpty && Double(title) == nil && title.first?.isNumber != true
    }
  }

  /// Comma, tab, semicolon or blank, whichever comes first in that order.
  static func delimiter(of line: ArraySlice<UInt8>) -> UInt8 {
    [",", "\t", ";", " "].map { UInt8(ascii: $0) }.first { line.contains($0) }
      ?? UInt8(ascii: ",")
  }
}

/// Finds columns by name or number.
private struct ColumnFinder {
  let path: String
  let titles: [String]
  let hasHeader: Bool

  func key(_ wanted: String?, or names: [String]) throws(TraceError) -> Int {
    if let found = try column(wanted, or: names, flag: "--key-column") { return found }
    if titles.count == 1 { return 0 }
    throw TraceError(
      .malformed, path: path, at: .line(1),
      hasHeader
        ? "none of its columns (\(titles.joined(separator: ", "))) is named like a key; name it "
          + "with --key-column"
        : "names no columns; say which of the \(titles.count) is the key with --key-column NUMBER")
  }

  /// The column that the caller wants, or else the first with one of `names`; nil if neither.
  func column(
    _ wanted: String?, or names: [String], flag: String
  ) throws(TraceError) -> Int? {
    guard let wanted else {
      guard hasHeader else { return nil }
      let folded = titles.map { $0.lowercased() }
      return names.lazy.compactMap { folded.firstIndex(of: $0) }.first
    }
    if hasHeader, let found = titles.firstIndex(of: wanted) { return found }
    if let number = Int(wanted) {
      guard (1...titles.count).contains(number) else {
        throw TraceError(
          .malformed, path: path, at: .line(1),
          "\(flag) \(wanted): the trace has columns 1 to \(titles.count)")
      }
      return number - 1
    }
    throw TraceError(
      .malformed, path: path, at: .line(1),
      hasHeader
        ? "\(flag) \(wanted): no column has that name; \(suggestion(for: wanted, among: titles))"
        : "\(flag) \(wanted): the trace names no columns; give the column's number, from 1")
  }
}
