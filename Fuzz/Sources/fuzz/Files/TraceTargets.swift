@testable internal import TarnTraceFormat

extension FuzzTarget {
  /// Blocks of traces: what is read is the same after it was written and read again.
  static let traceBlock = FuzzTarget("trace-block", longestInput: 1_024) { input in
    let schema = schema(input.byte())
    guard let (header, payload) = block(&input) else { return }
    var decoder = BlockDecoder()
    var block = TraceBlock()
    let problem = payload.withUnsafeBytes {
      decoder.decode($0, header: header, schema: schema, into: &block)
    }
    guard problem == nil else { return }
    demand(block.count == Int(header.records), "a block has \(block.count) records")
    if schema.kind == .requests { for index in 0..<block.count { _ = block.request(at: index) } }
    checkAnew(block, schema)
  }

  private static func checkAnew(_ block: TraceBlock, _ schema: TraceSchema) {
    var encoder = BlockEncoder()
    var sink = ByteSink(capacity: 1 << 12)
    let header = encoder.encode(block, schema: schema, into: &sink)
    var decoder = BlockDecoder()
    var again = TraceBlock()
    let payload = UnsafeRawBufferPointer(
      rebasing: sink.bytes[BlockHeader.byteCount..<(sink.count - BlockHeader.checksumByteCount)])
    let problem = decoder.decode(payload, header: header, schema: schema, into: &again)
    demand(problem == nil, "a block that was just written \(problem ?? "")")
    for column in schema.columns {
      demand(block.values(of: column) == again.values(of: column), "the column \(column) changes")
    }
  }

  /// Traces as files, as they came or with right checksums: a tolerant reader ends, a strict one
  /// throws exactly where the tolerant one notes damage, and seeking goes where it says.
  static let traceFile = FuzzTarget("trace-file", longestInput: 1_024) { input in
    let options = input.byte()
    let bytes = options & 1 == 1 ? sealedTrace(&input, options) : input.rest()
    let path = MemoryFile.shared.holding(bytes)
    do throws(TraceError) {
      var reader = try TraceReader(path: path)
      var block = TraceBlock()
      var records: UInt64 = 0
      while try reader.next(into: &block) { records += UInt64(block.count) }
      let isWhole = reader.damage.isEmpty
      demand(!isWhole || reader.recordCount == records, "a whole trace lacks records")
      demand(readsStrictly(path) == isWhole, "damage is noted and let pass")
      if reader.recordCount != nil { try seek(&reader, to: records / 2, in: &block) }
    } catch {
      demand("\(error)".contains(path), "\(error) names no file")
      demand(!readsStrictly(path), "a strict reader reads what a tolerant one refuses")
    }
  }

  private static func readsStrictly(_ path: String) -> Bool {
    do throws(TraceError) {
      var reader = try TraceReader(path: path, strict: true)
      var block = TraceBlock()
      while try reader.next(into: &block) {}
      return true
    } catch { return false }
  }

  private static func seek(
    _ reader: inout TraceReader, to record: UInt64, in block: inout TraceBlock
  ) throws(TraceError) {
    let wasWhole = reader.damage.isEmpty
    try reader.seek(toRecord: record)
    if try reader.next(into: &block), wasWhole, block.count > 0 {
      let end = block.firstRecord + UInt64(block.count)
      demand(
        block.firstRecord <= record && record < end || record >= reader.recordCount ?? 0,
        "record \(record) is sought and \(block.firstRecord) found")
    }
    try reader.seek(toTime: record)
    _ = try reader.next(into: &block)
  }

  // MARK: Making what checksums would keep out

  private static func schema(_ options: UInt8) -> TraceSchema {
    guard options & 1 == 0 else { return .prompts(tokensPerBlock: 16, tenant: options & 2 == 2) }
    let optional: [TraceColumn] = [.time, .keyHigh, .size, .operation, .tenant]
    return .requests(
      Set(optional.enumerated().filter { options >> UInt8($0.offset + 1) & 1 == 1 }.map(\.element)))
  }

  /// A header that is possible, and a payload of what follows.
  private static func block(
    _ input: inout FuzzInput, firstRecord: UInt64 = 0
  ) -> (BlockHeader, [UInt8])? {
    var bytes: [UInt8] = []
    let (records, chainIDs) = (UInt32(input.byte()) + 1, UInt32(input.byte()))
    let isCompressed = input.byte() & 1 == 1
    let rawBytes = UInt32(input.number(UInt16.self))
    let (first, last) = (input.number(UInt64.self), input.number(UInt64.self))
    let payload = input.bytes(Int(input.number(UInt16.self)))
    let header = BlockHeader(
      records: records, storedBytes: UInt32(payload.count),
      rawBytes: isCompressed ? rawBytes : UInt32(payload.count), firstRecord: firstRecord,
      firstTime: first, lastTime: last, chainIDs: chainIDs,
      flags: isCompressed ? BlockHeader.lz4Flag : 0)
    var sink = ByteSink(capacity: 64)
    header.append(to: &sink)
    bytes += sink.bytes
    return bytes.withUnsafeBytes { BlockHeader($0) }.map { ($0, payload) }
  }

  private static func sealedTrace(_ input: inout FuzzInput, _ options: UInt8) -> [UInt8] {
    var sink = ByteSink(capacity: 1 << 12)
    TraceHeader.append(schema(input.byte()), to: &sink)
    let header = Array(sink.bytes)
    var index = TraceIndex()
    while input.remaining > 0, let (block, payload) = block(&input, firstRecord: index.records) {
      let start = sink.count
      block.append(to: &sink)
      payload.withUnsafeBytes { sink.append($0) }
      sink.append(XXHash64.hash(UnsafeRawBufferPointer(rebasing: sink.bytes[start...])))
      index.entries.append(
        TraceIndex.Entry(
          offset: UInt64(start), firstRecord: index.records, firstTime: block.firstTime,
          lastTime: block.lastTime))
      index.records += UInt64(block.records)
    }
    // Right, shifted, or none.
    if options & 2 == 2 { index.records &+= 1 }
    if options & 4 == 4, !index.entries.isEmpty {
      index.entries[0].offset &+= UInt64(options) << 57
    }
    if options & 8 == 0 {
      let offset = UInt64(sink.count)
      header.withUnsafeBytes { index.append(header: $0, at: offset, to: &sink) }
    }
    return Array(sink.bytes)
  }
}
