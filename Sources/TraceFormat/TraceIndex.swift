/// Where each block of a trace begins: the file's last part, and what makes it readable from the
/// middle. See traces/FORMAT.md, "Index".
package struct TraceIndex: Equatable {
  static let magic: UInt32 = 0x5844_4954  // "TIDX"
  static let trailerMagic: UInt64 = 0x0A44_4E45_4E52_4154  // "TARNEND\n"
  static let trailerByteCount = 16
  static let entryByteCount = 32
  static let fixedByteCount = 12

  /// One block.
  struct Entry: Equatable {
    /// Bytes from the start of the file.
    var offset: UInt64
    var firstRecord: UInt64
    var firstTime: UInt64
    var lastTime: UInt64
  }

  var entries: [Entry] = []
  /// Records in the trace.
  var records: UInt64 = 0
  /// Chain ids in the trace.
  var chainIDs: UInt64 = 0

  /// Appends the index, with a copy of the header, and the trailer that points to it.
  func append(header: UnsafeRawBufferPointer, at offset: UInt64, to sink: inout ByteSink) {
    let start = sink.count
    sink.append(Self.magic)
    sink.append(UInt32(entries.count))
    sink.append(UInt32(header.count))
    sink.append(header)
    for entry in entries {
      sink.append(entry.offset)
      sink.append(entry.firstRecord)
      sink.append(entry.firstTime)
      sink.append(entry.lastTime)
    }
    sink.append(records)
    sink.append(chainIDs)
    sink.append(XXHash64.hash(UnsafeRawBufferPointer(rebasing: sink.bytes[start...])))
    sink.append(offset)
    sink.append(Self.trailerMagic)
  }

  /// The length of an index from its first 12 bytes, checksum included and trailer not; nil if they
  /// do not begin one.
  static func byteCount(of bytes: UnsafeRawBufferPointer) -> Int? {
    var cursor = ByteCursor(bytes)
    guard cursor.next(UInt32.self) == magic, let count = cursor.next(UInt32.self),
      let header = cursor.next(UInt32.self), header <= TraceHeader.mostBytes
    else { return nil }
    return fixedByteCount + Int(header) + Int(count) * entryByteCount + 16 + 8
  }

  /// The index in `bytes`, which are exactly as long as it is, and the copy of the header; nil if
  /// its checksum does not match.
  static func parse(
    _ bytes: UnsafeRawBufferPointer
  ) -> (index: TraceIndex, header: UnsafeRawBufferPointer)? {
    guard byteCount(of: bytes) == bytes.count, bytes.count >= 8 else { return nil }
    let body = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - 8)])
    var checksum = ByteCursor(UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - 8)...]))
    guard checksum.next(UInt64.self) == XXHash64.hash(body) else { return nil }
    var cursor = ByteCursor(body)
    guard cursor.next(UInt32.self) != nil, let count = cursor.next(UInt32.self),
      let headerLength = cursor.next(UInt32.self),
      let header = cursor.next(count: Int(headerLength))
    else { return nil }
    var index = TraceIndex()
    index.entries.reserveCapacity(Int(count))
    for _ in 0..<count {
      guard let offset = cursor.next(UInt64.self), let firstRecord = cursor.next(UInt64.self),
        let firstTime = cursor.next(UInt64.self), let lastTime = cursor.next(UInt64.self)
      else { return nil }
      index.entries.append(
        Entry(
          offset: offset, firstRecord: firstRecord, firstTime: firstTime, lastTime: lastTime))
    }
    guard let records = cursor.next(UInt64.self), let chainIDs = cursor.next(UInt64.self) else {
      return nil
    }
    index.records = records
    index.chainIDs = chainIDs
    return (index, header)
  }

  /// Position of the last entry that begins at or before `value` by `key`; 0 if none does.
  func lastEntry(atOrBefore value: UInt64, by key: (Entry) -> UInt64) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if key(entries[middle]) <= value { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  /// Position of the first entry whose last time is at or after `time`; the count if none is.
  func firstEntry(endingAtOrAfter time: UInt64) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].lastTime < time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
