import TarnTraceFormat

/// Twitter's public cache traces: time (s), key, key size, value size (bytes), client, operation,
/// TTL (s), without a header. Keys are text; a request's size is key and value together.
///
/// Format: github.com/twitter/cache-trace, README. Yang et al., "A large scale analysis of hundreds
/// of in-memory cache clusters at Twitter", OSDI '20.
struct TwitterRows: RowParsing {
  let columns: Set<TraceColumn> = [.time, .size, .operation]
  let nanosecondsPerTick: UInt64 = 1_000_000_000
  private var line = DelimitedLine(delimiter: UInt8(ascii: ","))

  mutating func parse(
    _ text: UnsafeRawBufferPointer, into sink: inout RequestSink
  ) throws(RowFault) {
    // A key may hold commas of its own, so the other columns are counted from the line's ends.
    guard line.split(text), line.columns.count >= 7 else {
      throw RowFault(
        "expected time, key, key size, value size, client, operation and TTL, found "
          + "\"\(text.excerpt)\"")
    }
    let last = line.columns.count - 1
    let key = line.columns[1].lowerBound..<line.columns[last - 5].upperBound
    guard let time = Fields.number(line.column(0, of: text)) else {
      throw RowFault("expected a time in s, found \"\(line.column(0, of: text).excerpt)\"")
    }
    guard let keySize = Fields.number(line.column(last - 4, of: text)),
      let valueSize = Fields.number(line.column(last - 3, of: text)),
      keySize <= UInt64.max - valueSize
    else { throw RowFault("expected key size and value size in bytes") }
    let word = line.column(last - 1, of: text)
    guard let operation = OperationWords.memcache.operation(word) else {
      throw RowFault("operation \"\(word.excerpt)\" is not known")
    }
    sink.append(
      TraceRequest(
        time: time, key: XXHash64.hash(UnsafeRawBufferPointer(rebasing: text[key])),
        size: keySize + valueSize, operation: operation))
  }
}
