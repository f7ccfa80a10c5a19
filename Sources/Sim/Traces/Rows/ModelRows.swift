import TarnTraceFormat

/// Alibaba's GenAI requests: the base model of each row, then each of its LoRA adapters in the
/// order of the list. Ids are text; base models and adapters are two key spaces, so the hash of an
/// adapter's id has seed 1 and that of a base model seed 0.
///
/// Format: github.com/alibaba/clusterdata, cluster-trace-v2026-GenAI, data_trace_processed.
struct ModelRows: RowParsing {
  let columns: Set<TraceColumn> = []
  let hasHeader = true
  private static let idMark = Array("'modelVersionId': '".utf8)
  private var line = DelimitedLine(delimiter: UInt8(ascii: ","))

  mutating func parse(
    _ text: UnsafeRawBufferPointer, into sink: inout RequestSink
  ) throws(RowFault) {
    guard line.split(text), line.columns.count == 9 else {
      throw RowFault("expected 9 columns, found \"\(text.excerpt)\"")
    }
    let base = line.column(7, of: text)
    // A few rows name no base model; "none" is a key of its own, as in the published counts.
    sink.append(TraceRequest(key: XXHash64.hash(base)))
    let list = line.column(8, of: text)
    guard list.first == UInt8(ascii: "["), list.last == UInt8(ascii: "]") else {
      throw RowFault("expected a list of adapters in brackets, found \"\(list.excerpt)\"")
    }
    var position = 0
    while let id = Self.nextID(in: list, from: &position) {
      sink.append(TraceRequest(key: XXHash64.hash(id, seed: 1)))
    }
  }

  /// The text between quotes behind the next mark.
  private static func nextID(
    in list: UnsafeRawBufferPointer, from position: inout Int
  ) -> UnsafeRawBufferPointer? {
    while position + idMark.count < list.count {
      if UnsafeRawBufferPointer(rebasing: list[position...]).starts(with: idMark) {
        let start = position + idMark.count
        let end = list[start...].firstIndex(of: UInt8(ascii: "'")) ?? list.count
        position = end
        return UnsafeRawBufferPointer(rebasing: list[start..<end])
      }
      position += 1
    }
    return nil
  }
}
