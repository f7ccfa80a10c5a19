import TarnTraceFormat

/// A reader of one format: fills blocks of records, front to back.
protocol BlockFilling: ~Copyable {
  /// What the records hold.
  var schema: TraceSchema { get }
  /// Records in the trace, where the format says so before they are read.
  var recordCount: UInt64? { get }
  /// What could not be read so far; only Tarn's own format survives damage.
  var damage: [TraceDamage] { get }
  /// Fills `block` with the next records; false after the last.
  mutating func next(into block: inout TraceBlock) throws(TraceError) -> Bool
  /// Goes to the block with record `record` where the format has an index; stays otherwise.
  mutating func seek(toRecord record: UInt64) throws(TraceError)
}

extension BlockFilling where Self: ~Copyable {
  var recordCount: UInt64? { nil }
  var damage: [TraceDamage] { [] }
  mutating func seek(toRecord record: UInt64) throws(TraceError) {}
}

extension TraceReader: BlockFilling {}

/// A reader behind a reference: one dynamic call for each block, never for a record.
protocol BlockReading: AnyObject {
  var schema: TraceSchema { get }
  var recordCount: UInt64? { get }
  var damage: [TraceDamage] { get }
  func next(into block: inout TraceBlock) throws(TraceError) -> Bool
  func seek(toRecord record: UInt64) throws(TraceError)
}

/// Puts a reader, whose state has one owner, behind a reference.
final class BoxedReader<Reader: BlockFilling & ~Copyable>: BlockReading {
  private var reader: Reader

  init(_ reader: consuming Reader) { self.reader = reader }

  var schema: TraceSchema { reader.schema }
  var recordCount: UInt64? { reader.recordCount }
  var damage: [TraceDamage] { reader.damage }
  func next(into block: inout TraceBlock) throws(TraceError) -> Bool {
    try reader.next(into: &block)
  }
  func seek(toRecord record: UInt64) throws(TraceError) { try reader.seek(toRecord: record) }
}

/// Collects requests into a block: appends those columns that the schema has and checks that time
/// does not run backwards.
struct RequestSink {
  /// Records in a block from these readers: as many as the writer puts into one.
  static let recordsPerBlock = TraceWriter.requestsPerBlock

  var block = TraceBlock()
  private let hasTime: Bool
  private let hasSize: Bool
  private let hasOperation: Bool
  private let hasTenant: Bool
  private(set) var lastTime: UInt64 = 0
  /// A time that was before its predecessor's.
  private(set) var earlier: UInt64?
  private var records: UInt64 = 0

  init(_ schema: TraceSchema) {
    hasTime = schema.columns.contains(.time)
    hasSize = schema.columns.contains(.size)
    hasOperation = schema.columns.contains(.operation)
    hasTenant = schema.columns.contains(.tenant)
  }

  /// Takes over the memory of `other` and begins a block.
  mutating func begin(with other: inout TraceBlock) {
    swap(&block, &other)
    block.removeAll()
    block.firstRecord = records
  }

  mutating func append(_ request: TraceRequest) {
    if hasTime {
      if request.time < lastTime { earlier = request.time } else { lastTime = request.time }
      block.times.append(request.time)
    }
    block.keys.append(request.key)
    if hasSize { block.sizes.append(request.size) }
    if hasOperation { block.operations.append(UInt64(request.operation.rawValue)) }
    if hasTenant { block.tenants.append(UInt64(request.tenant)) }
    block.count += 1
  }

  /// Hands the block out; false if it is empty.
  mutating func end(with other: inout TraceBlock) -> Bool {
    records += UInt64(block.count)
    swap(&block, &other)
    return other.count > 0
  }
}

extension TraceError {
  /// For a time that runs backwards.
  static func unsorted(
    path: String, at position: Position, time: UInt64, after last: UInt64
  ) -> TraceError {
    TraceError(
      .unsorted, path: path, at: position,
      "its time \(time) is before its predecessor's \(last); sort the requests by time, or read "
        + "them with --ignore-time")
  }
}
