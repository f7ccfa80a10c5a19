/// Writes a trace in Tarn's format, streaming: memory holds one block, whatever the trace's length.
///
/// ```swift
/// var writer = try TraceWriter(path: "day.tarn", schema: .requests([.time, .size]))
/// try writer.append(TraceRequest(time: 0, key: 42, size: 4096))
/// try writer.finish()
/// ```
///
/// The file appears under its name when `finish` returns; without it, nothing is left behind.
public struct TraceWriter: ~Copyable {
  /// Records in a block of requests, and of prompts: a block of either is some 400 KiB stored.
  public static let requestsPerBlock = 1 << 16
  public static let promptsPerBlock = 1 << 12

  /// What is being written.
  public let schema: TraceSchema

  private var file: OutputFile
  private let header: [UInt8]
  private let recordsPerBlock: Int
  private let hasTime: Bool
  private let hasKeyHigh: Bool
  private let hasSize: Bool
  private let hasOperation: Bool
  private let hasTenant: Bool
  private var block = TraceBlock()
  private var encoder = BlockEncoder()
  private var sink = ByteSink(capacity: 1 << 20)
  private var index = TraceIndex()
  private var lastTime: UInt64 = 0

  /// Creates a trace at `path`. `recordsPerBlock` is for tests and for tiny traces. Without
  /// `replacing`, a file of that name is an error of the kind `exists`.
  public init(
    path: String, schema: TraceSchema, recordsPerBlock: Int? = nil, replacing: Bool = true
  ) throws(TraceError) {
    var first = ByteSink()
    TraceHeader.append(schema, to: &first)
    var file = try OutputFile(path: path, replacing: replacing)
    try file.write(first.bytes)
    let usual = schema.kind == .prompts ? Self.promptsPerBlock : Self.requestsPerBlock
    self.init(
      file: file, schema: schema, header: Array(first.bytes),
      recordsPerBlock: recordsPerBlock ?? usual)
  }

  // Apart from the initialiser that throws: with Swift 6.3.1's optimiser, one that throws while
  // members that are not copyable have their defaults already releases what was never set.
  private init(
    file: consuming OutputFile, schema: TraceSchema, header: [UInt8], recordsPerBlock: Int
  ) {
    precondition(
      (1...TraceBlock.mostRecords).contains(recordsPerBlock), "a block has 1 to 2^20 records")
    self.file = file
    self.schema = schema
    self.header = header
    self.recordsPerBlock = recordsPerBlock
    hasTime = schema.columns.contains(.time)
    hasKeyHigh = schema.columns.contains(.keyHigh)
    hasSize = schema.columns.contains(.size)
    hasOperation = schema.columns.contains(.operation)
    hasTenant = schema.columns.contains(.tenant)
  }

  /// Bytes of the file so far; the records of the block in memory are not among them.
  public var storedBytes: UInt64 { file.length }

  /// Records appended so far.
  public var count: UInt64 { index.records + UInt64(block.count) }

  /// Appends a request. Fields whose column the schema lacks are dropped.
  ///
  /// Throws `.unsorted` if it is earlier than the one before it.
  public mutating func append(_ request: TraceRequest) throws(TraceError) {
    if hasTime {
      try check(time: request.time)
      block.times.append(request.time)
    }
    block.keys.append(request.key)
    if hasKeyHigh { block.keysHigh.append(request.keyHigh) }
    if hasSize { block.sizes.append(request.size) }
    if hasOperation { block.operations.append(UInt64(request.operation.rawValue)) }
    if hasTenant { block.tenants.append(UInt64(request.tenant)) }
    block.count += 1
    if block.count == recordsPerBlock { try flush() }
  }

  /// Appends a prompt that arrived at tick `time`. `chain` names its blocks front to back.
  ///
  /// Throws `.unsorted` if it is earlier than the one before it, `.unwritable` if the chain has
  /// more ids than a block may hold.
  public mutating func append<Chain: Collection<UInt64>>(
    promptAt time: UInt64, inputTokens: UInt32, outputTokens: UInt32, chain: Chain,
    tenant: UInt16 = 0
  ) throws(TraceError) {
    precondition(schema.kind == .prompts, "a prompt goes into a trace of prompts")
    try check(time: time)
    let length = chain.count
    guard length <= TraceBlock.mostChainIDs else {
      throw TraceError(
        .unwritable, path: file.path, at: .record(count),
        "a chain of \(length) blocks is longer than the format's \(TraceBlock.mostChainIDs)")
    }
    if block.chain.count + length > TraceBlock.mostChainIDs { try flush() }
    block.times.append(time)
    block.inputTokens.append(UInt64(inputTokens))
    block.outputTokens.append(UInt64(outputTokens))
    block.chainLengths.append(UInt64(length))
    block.chain.append(contentsOf: chain)
    if hasTenant { block.tenants.append(UInt64(tenant)) }
    block.count += 1
    if block.count == recordsPerBlock { try flush() }
  }

  /// Writes what is left and the index, and gives the file its name.
  public consuming func finish() throws(TraceError) {
    try flush()
    sink.removeAll()
    let offset = file.length
    header.withUnsafeBytes { index.append(header: $0, at: offset, to: &sink) }
    try file.write(sink.bytes)
    try file.finish()
  }

  private mutating func check(time: UInt64) throws(TraceError) {
    guard time >= lastTime else {
      throw TraceError(
        .unsorted, path: file.path, at: .record(count),
        "its time \(time) is before its predecessor's \(lastTime); sort the requests by time")
    }
    lastTime = time
  }

  private mutating func flush() throws(TraceError) {
    guard block.count > 0 else { return }
    sink.removeAll()
    block.firstRecord = index.records
    let written = encoder.encode(block, schema: schema, into: &sink)
    index.entries.append(
      TraceIndex.Entry(
        offset: file.length, firstRecord: written.firstRecord, firstTime: written.firstTime,
        lastTime: written.lastTime))
    index.records += UInt64(block.count)
    index.chainIDs += UInt64(block.chain.count)
    try file.write(sink.bytes)
    block.removeAll()
  }
}
