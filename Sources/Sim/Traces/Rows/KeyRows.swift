import TarnTraceFormat

/// One key a line. `keys` takes numbers or text, `cache2k` signed decimals, `lirs` decimals between
/// lines with a lone "*".
struct KeyRows: RowParsing {
  let columns: Set<TraceColumn> = []
  private let format: TraceFormat
  /// Whether keys are text; nil before the first key, which decides.
  private var isText: Bool?

  init(_ format: TraceFormat, _ options: TraceReadOptions) {
    self.format = format
    isText = format == .keys ? options.columns.textKeys : false
  }

  mutating func parse(
    _ line: UnsafeRawBufferPointer, into sink: inout RequestSink
  ) throws(RowFault) {
    var fields = Fields(line)
    guard let word = fields.word() else { return }
    if format == .lirs, word.count == 1, word[0] == UInt8(ascii: "*") { return }
    guard fields.isAtEnd() else {
      throw RowFault("expected one key, found \"\(line.excerpt)\"")
    }
    sink.append(TraceRequest(key: try key(word)))
  }

  private mutating func key(_ word: UnsafeRawBufferPointer) throws(RowFault) -> UInt64 {
    let number = isText == true ? nil : Fields.signedNumber(word)
    if isText == nil { isText = number == nil }
    if isText == true { return XXHash64.hash(word) }
    if let number { return number }
    let cure =
      format == .keys
      ? "; if all keys are text, say so with --text-keys, if \"*\" is a mark, read it as lirs" : ""
    throw RowFault("expected a whole number as key, found \"\(word.excerpt)\"\(cure)")
  }
}

/// Key and size a line (`key-size`), or a running number, key and size (`adaptsize`).
struct SizedKeyRows: RowParsing {
  let columns: Set<TraceColumn> = [.size]
  private let isNumbered: Bool

  init(_ format: TraceFormat) { isNumbered = format == .adaptSize }

  mutating func parse(
    _ line: UnsafeRawBufferPointer, into sink: inout RequestSink
  ) throws(RowFault) {
    var fields = Fields(line)
    if isNumbered {
      guard fields.number() != nil else { throw fault(line) }
    }
    guard let word = fields.word(), let key = Fields.signedNumber(word),
      let size = fields.number(), fields.isAtEnd()
    else { throw fault(line) }
    sink.append(TraceRequest(key: key, size: size))
  }

  private func fault(_ line: UnsafeRawBufferPointer) -> RowFault {
    let expected = isNumbered ? "request number, key and size" : "key and size"
    return RowFault("expected \(expected), found \"\(line.excerpt)\"")
  }
}

/// A range of blocks a line: first block, how many, two numbers that are ignored. A line is one
/// read of each block, in order.
///
/// Format: the traces of N. Megiddo and D. S. Modha, "ARC: A Self-Tuning, Low Overhead Replacement
/// Cache", FAST '03.
struct RangeRows: RowParsing {
  /// A longer range is no request for blocks.
  static let mostBlocks: UInt64 = 1 << 19

  let columns: Set<TraceColumn> = []

  mutating func parse(
    _ line: UnsafeRawBufferPointer, into sink: inout RequestSink
  ) throws(RowFault) {
    var fields = Fields(line)
    guard let first = fields.number(), let count = fields.number(), fields.number() != nil,
      fields.number() != nil, fields.isAtEnd()
    else {
      throw RowFault(
        "expected start block, count, ignored and request number, found \"\(line.excerpt)\"")
    }
    guard count <= Self.mostBlocks else {
      throw RowFault("a range of \(count) blocks is longer than \(Self.mostBlocks)")
    }
    guard first <= UInt64.max - count else {
      throw RowFault("the range from block \(first) on ends beyond 2^64")
    }
    for block in first..<(first + count) { sink.append(TraceRequest(key: block)) }
  }
}
