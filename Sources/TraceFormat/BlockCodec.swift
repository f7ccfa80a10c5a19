import CLZ4

/// The fixed fields in front of a block. See traces/FORMAT.md, "Blocks".
struct BlockHeader: Equatable {
  static let magic: UInt32 = 0x4B4C_4254  // "TBLK"
  static let byteCount = 48
  static let checksumByteCount = 8
  /// A larger block is refused before anything is allocated for it.
  static let mostRawBytes = 1 << 28
  static let lz4Flag: UInt32 = 1

  var records: UInt32
  var storedBytes: UInt32
  var rawBytes: UInt32
  var firstRecord: UInt64
  var firstTime: UInt64
  var lastTime: UInt64
  var chainIDs: UInt32
  var flags: UInt32

  /// Bytes from the block's magic to the end of its checksum.
  var wholeByteCount: Int { Self.byteCount + Int(storedBytes) + Self.checksumByteCount }

  func append(to sink: inout ByteSink) {
    sink.append(Self.magic)
    sink.append(records)
    sink.append(storedBytes)
    sink.append(rawBytes)
    sink.append(firstRecord)
    sink.append(firstTime)
    sink.append(lastTime)
    sink.append(chainIDs)
    sink.append(flags)
  }

  init(
    records: UInt32, storedBytes: UInt32, rawBytes: UInt32, firstRecord: UInt64, firstTime: UInt64,
    lastTime: UInt64, chainIDs: UInt32, flags: UInt32
  ) {
    self.records = records
    self.storedBytes = storedBytes
    self.rawBytes = rawBytes
    self.firstRecord = firstRecord
    self.firstTime = firstTime
    self.lastTime = lastTime
    self.chainIDs = chainIDs
    self.flags = flags
  }

  /// Nil if `bytes` are no block header, or one outside the format's bounds.
  init?(_ bytes: UnsafeRawBufferPointer) {
    var cursor = ByteCursor(bytes)
    guard cursor.next(UInt32.self) == Self.magic,
      let records = cursor.next(UInt32.self), let storedBytes = cursor.next(UInt32.self),
      let rawBytes = cursor.next(UInt32.self), let firstRecord = cursor.next(UInt64.self),
      let firstTime = cursor.next(UInt64.self), let lastTime = cursor.next(UInt64.self),
      let chainIDs = cursor.next(UInt32.self), let flags = cursor.next(UInt32.self)
    else { return nil }
    self.init(
      records: records, storedBytes: storedBytes, rawBytes: rawBytes, firstRecord: firstRecord,
      firstTime: firstTime, lastTime: lastTime, chainIDs: chainIDs, flags: flags)
    let compressed = flags & Self.lz4Flag != 0
    guard flags & ~Self.lz4Flag == 0, (1...TraceBlock.mostRecords).contains(Int(records)),
      chainIDs <= TraceBlock.mostChainIDs, rawBytes <= Self.mostRawBytes,
      compressed ? storedBytes < rawBytes : storedBytes == rawBytes,
      firstRecord <= UInt64.max / 2
    else { return nil }
  }
}

/// Turns a block of records into bytes.
struct BlockEncoder: ~Copyable {
  private var columnEncoder = ColumnEncoder()
  private var raw = ByteSink(capacity: 1 << 20)
  private var compressed = ByteSink(capacity: 1 << 20)

  /// Appends `block` to `sink` whole: header, payload, checksum.
  mutating func encode(
    _ block: borrowing TraceBlock, schema: TraceSchema, into sink: inout ByteSink
  ) -> BlockHeader {
    raw.removeAll()
    for column in schema.columns { encode(column, of: block) }
    let isCompressed = compress()
    let payload = isCompressed ? compressed.bytes : raw.bytes
    let header = BlockHeader(
      records: UInt32(block.count), storedBytes: UInt32(payload.count),
      rawBytes: UInt32(raw.count), firstRecord: block.firstRecord,
      firstTime: block.times.first ?? 0, lastTime: block.times.last ?? 0,
      chainIDs: UInt32(block.chain.count), flags: isCompressed ? BlockHeader.lz4Flag : 0)
    let start = sink.count
    header.append(to: &sink)
    sink.append(payload)
    let checksum = XXHash64.hash(UnsafeRawBufferPointer(rebasing: sink.bytes[start...]))
    sink.append(checksum)
    return header
  }

  private mutating func encode(_ column: TraceColumn, of block: borrowing TraceBlock) {
    raw.append(column.rawValue)
    let lengthAt = raw.count
    raw.append(UInt32(0))
    let mayRepeat: Bool
    switch column {
    case .key, .keyHigh, .size, .chain, .tenant: mayRepeat = true
    default: mayRepeat = false
    }
    block.values(of: column).withUnsafeBufferPointer { values in
      columnEncoder.encode(values, mayRepeat: mayRepeat, into: &raw)
    }
    raw.patch(UInt32(raw.count - lengthAt - 4), at: lengthAt)
  }

  /// False if lz4 does not make the payload smaller.
  private mutating func compress() -> Bool {
    let source = raw.bytes
    precondition(source.count <= BlockHeader.mostRawBytes, "a block stays within its bound")
    compressed.removeAll()
    compressed.append(upTo: source.count) { target in
      Int(
        LZ4_compress_default(
          source.baseAddress, target.baseAddress, Int32(source.count), Int32(target.count)))
    }
    return compressed.count > 0 && compressed.count < source.count
  }
}

/// Turns a block's bytes back into records.
struct BlockDecoder: ~Copyable {
  private var columnDecoder = ColumnDecoder()
  private var raw = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 64)

  deinit { raw.deallocate() }

  /// Fills `block` from a payload whose checksum was verified; says what is wrong, or nil.
  mutating func decode(
    _ payload: UnsafeRawBufferPointer, header: BlockHeader, schema: TraceSchema,
    into block: inout TraceBlock
  ) -> String? {
    block.removeAll()
    guard let bytes = inflate(payload, header: header) else { return "does not decompress" }
    var cursor = ByteCursor(bytes)
    while cursor.remaining > 0 {
      guard let code = cursor.next(UInt8.self), let length = cursor.next(UInt32.self),
        let body = cursor.next(count: Int(length))
      else { return "has a column that runs over its end" }
      // A column that this version does not know: the header did not say that it must be.
      guard let column = TraceColumn(rawValue: code), schema.columns.contains(column) else {
        continue
      }
      let count = column == .chain ? Int(header.chainIDs) : Int(header.records)
      let isWhole = block.withValues(of: column) {
        columnDecoder.decode(body, count: count, into: &$0) && fits($0, width: column.width)
      }
      guard isWhole else { return "has a malformed column \"\(column)\"" }
    }
    block.count = Int(header.records)
    block.firstRecord = header.firstRecord
    return fault(in: block, header: header, schema: schema)
  }

  private mutating func inflate(
    _ payload: UnsafeRawBufferPointer, header: BlockHeader
  ) -> UnsafeRawBufferPointer? {
    guard header.flags & BlockHeader.lz4Flag != 0 else { return payload }
    let length = Int(header.rawBytes)
    if raw.count < length {
      raw.deallocate()
      raw = .allocate(byteCount: length, alignment: 64)
    }
    let written = LZ4_decompress_safe(
      payload.baseAddress, raw.baseAddress, Int32(payload.count), Int32(length))
    return Int(written) == length ? UnsafeRawBufferPointer(rebasing: raw[..<length]) : nil
  }

  private func fits(_ values: [UInt64], width: UInt8) -> Bool {
    guard width < 64 else { return true }
    var all: UInt64 = 0
    for value in values { all |= value }
    return all >> UInt64(width) == 0
  }

  private func fault(
    in block: borrowing TraceBlock, header: BlockHeader, schema: TraceSchema
  ) -> String? {
    for column in schema.columns where column != .chain && block.values(of: column).isEmpty {
      return "lacks the column \"\(column)\""
    }
    if schema.kind == .prompts {
      // Each length is below 2^32 and there are at most 2^20, so the sum cannot overflow.
      guard block.chainLengths.reduce(0, +) == UInt64(block.chain.count),
        block.chain.count == Int(header.chainIDs)
      else { return "has chain lengths that do not add up to its chain" }
    }
    if let first = block.times.first {
      var previous = first
      for time in block.times {
        guard time >= previous else { return "has times that decrease" }
        previous = time
      }
      guard header.firstTime == first, header.lastTime == previous else {
        return "has other times than its header says"
      }
    }
    return nil
  }
}
