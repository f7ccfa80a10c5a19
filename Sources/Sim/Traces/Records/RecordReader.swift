import TarnTraceFormat

/// Streams oracleGeneral and lcs traces, plain or packed. Times are in seconds.
struct RecordReader: BlockFilling, ~Copyable {
  let schema: TraceSchema
  let recordCount: UInt64?
  private let path: String
  private let layout: RecordLayout
  private let options: TraceReadOptions
  private var stream: ByteStream
  private let buffer: UnsafeMutableRawBufferPointer
  private var record: UInt64 = 0
  private var lastTime: UInt64 = 0

  init(_ format: TraceFormat, path: String, options: TraceReadOptions) throws(TraceError) {
    var stream = try ByteStream(path: path)
    var layout = RecordLayout.oracleGeneral
    var count: UInt64?
    if format == .lcs {
      (layout, count) = try Self.readHeader(&stream)
    } else if stream.compression == .none {
      count = try InputFile(path: path).length() / UInt64(layout.stride)
    }
    self.init(stream: stream, layout: layout, count: count, options: options)
  }

  private init(
    stream: consuming ByteStream, layout: RecordLayout, count: UInt64?, options: TraceReadOptions
  ) {
    path = stream.path
    self.stream = stream
    self.layout = layout
    self.options = options
    recordCount = count
    var columns: Set<TraceColumn> = [.time, .size]
    if options.ignoreTimes { columns.remove(.time) }
    if options.ignoreSizes { columns.remove(.size) }
    if layout.operation != nil { columns.formUnion([.operation, .tenant]) }
    schema = .requests(columns, nanosecondsPerTick: 1_000_000_000)
    buffer = .allocate(
      byteCount: layout.stride * RequestSink.recordsPerBlock, alignment: 64)
  }

  deinit { buffer.deallocate() }

  private static func readHeader(
    _ stream: inout ByteStream
  ) throws(TraceError) -> (RecordLayout, UInt64?) {
    let room = UnsafeMutableRawBufferPointer.allocate(
      byteCount: RecordLayout.lcsHeaderBytes, alignment: 8)
    defer { room.deallocate() }
    guard try stream.read(into: room) == room.count else {
      throw TraceError(
        .malformed, path: stream.path, "ends inside the 8,192 bytes of an lcs header")
    }
    func word(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: room.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    guard word(0) == RecordLayout.lcsMagic, word(room.count - 8) == RecordLayout.lcsMagic else {
      throw TraceError(
        .malformed, path: stream.path, at: .byte(0),
        "does not begin with the header of an lcs trace")
    }
    guard let layout = RecordLayout.lcs(version: word(8)) else {
      throw TraceError(
        .version, path: stream.path, at: .byte(8),
        "is lcs version \(word(8)); versions 1 to 8 can be read, convert it to one of them")
    }
    return (layout, word(RecordLayout.lcsCountOffset))
  }

  mutating func next(into block: inout TraceBlock) throws(TraceError) -> Bool {
    block.removeAll()
    let bytes = try stream.read(into: buffer)
    let count = bytes / layout.stride
    guard count * layout.stride == bytes else {
      throw TraceError(
        .malformed, path: path, at: .record(record + UInt64(count)),
        "the trace ends after \(bytes % layout.stride) of its \(layout.stride) bytes; the file is "
          + "truncated, or in another format")
    }
    guard count > 0 else {
      try checkCount()
      return false
    }
    block.firstRecord = record
    block.count = count
    let source = UnsafeRawBufferPointer(rebasing: buffer[..<bytes])
    fill(&block.keys, from: source, at: RecordLayout.idOffset, as: UInt64.self)
    if !options.ignoreSizes {
      if layout.sizeBytes == 8 {
        fill(&block.sizes, from: source, at: RecordLayout.sizeOffset, as: UInt64.self)
      } else {
        fill(&block.sizes, from: source, at: RecordLayout.sizeOffset, as: UInt32.self)
      }
    }
    if let offset = layout.operation { fillOperations(&block, from: source, at: offset) }
    if !options.ignoreTimes {
      fill(&block.times, from: source, at: RecordLayout.timeOffset, as: UInt32.self)
      try checkTimes(block.times)
    }
    record += UInt64(count)
    return true
  }

  private func fill<Value: FixedWidthInteger & BitwiseCopyable>(
    _ column: inout [UInt64], from source: UnsafeRawBufferPointer, at offset: Int, as: Value.Type
  ) {
    let stride = layout.stride
    column = Array(unsafeUninitializedCapacity: source.count / stride) { target, count in
      count = source.count / stride
      for index in 0..<count {
        let value = source.loadUnaligned(fromByteOffset: index &* stride &+ offset, as: Value.self)
        target[index] = UInt64(truncatingIfNeeded: Value(littleEndian: value))
      }
    }
  }

  private func fillOperations(
    _ block: inout TraceBlock, from source: UnsafeRawBufferPointer, at offset: Int
  ) {
    for index in 0..<block.count {
      let word = UInt32(
        littleEndian: source.loadUnaligned(
          fromByteOffset: index * layout.stride + offset, as: UInt32.self))
      let code = UInt8(truncatingIfNeeded: word)
      block.operations.append(UInt64(RecordLayout.operation(code: code).rawValue))
      // Our tenants have 16 bits; the upper 8 of an lcs tenant are folded in.
      block.tenants.append(UInt64((word >> 8 & 0xFFFF) ^ (word >> 24)))
    }
  }

  private mutating func checkTimes(_ times: [UInt64]) throws(TraceError) {
    for (index, time) in times.enumerated() {
      if time < lastTime {
        throw .unsorted(
          path: path, at: .record(record + UInt64(index)), time: time, after: lastTime)
      }
      lastTime = time
    }
  }

  /// The header's count, where there is one, must be what was read: a cut between two records
  /// shows only so.
  private func checkCount() throws(TraceError) {
    if let recordCount, recordCount > 0, recordCount != record {
      throw TraceError(
        .malformed, path: path, at: .record(record),
        "the trace ends here, where \(recordCount) records were announced; copy it again")
    }
  }
}
