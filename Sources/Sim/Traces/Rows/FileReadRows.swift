import TarnTraceFormat

/// A training job's reads, from a flattened DFTracer recording: columns ts_us, dur_us, worker, op,
/// file, bytes_or_epoch.
///
/// A request is one read that returned bytes. Its key is the file and the offset in it, counted
/// from the worker's last open of the file: the recording has no seeks, but workers read each file
/// in the same steps, so equal keys are equal reads. The key is XXH64 of the file's name with the
/// offset as seed. Other operations are stepped over.
struct FileReadRows: RowParsing {
  let columns: Set<TraceColumn> = [.time, .size]
  let nanosecondsPerTick: UInt64 = 1_000
  let hasHeader = true
  private var line = DelimitedLine(delimiter: UInt8(ascii: ","))
  /// Offsets of open files by XXH64 of worker and file.
  private var offsets: [UInt64: UInt64] = [:]

  mutating func parse(
    _ text: UnsafeRawBufferPointer, into sink: inout RequestSink
  ) throws(RowFault) {
    guard line.split(text), line.columns.count == 6 else {
      throw RowFault("expected 6 columns, found \"\(text.excerpt)\"")
    }
    let operation = line.column(3, of: text)
    let isRead = operation.elementsEqual("read".utf8)
    guard isRead || operation.elementsEqual("open".utf8) else { return }
    guard let time = Fields.number(line.column(0, of: text)),
      let bytes = Fields.number(line.column(5, of: text)),
      let worker = Fields.signedNumber(line.column(2, of: text))
    else { throw RowFault("expected whole numbers as ts_us, worker and bytes") }
    let file = line.column(4, of: text)
    let handle = XXHash64.hash(file, seed: worker)
    guard isRead else {
      offsets[handle] = 0
      return
    }
    guard bytes > 0 else { return }
    let offset = offsets[handle] ?? 0
    sink.append(TraceRequest(time: time, key: XXHash64.hash(file, seed: offset), size: bytes))
    offsets[handle] = offset &+ bytes
  }
}
