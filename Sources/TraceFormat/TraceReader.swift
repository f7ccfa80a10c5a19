/// Reads a trace in Tarn's format block by block, from its start or from the middle.
///
/// ```swift
/// var reader = try TraceReader(path: "day.tarn")
/// var block = TraceBlock()
/// while try reader.next(into: &block) {
///   for index in 0..<block.count { use(block.request(at: index)) }
/// }
/// guard reader.damage.isEmpty else { ... }
/// ```
///
/// A truncated or corrupt file yields all its whole blocks, and `damage` says what is missing and
/// where; a strict reader throws `.damaged` instead, at the first sign.
public struct TraceReader: ~Copyable {
  /// The file, as the caller named it.
  public let path: String
  /// What the trace holds.
  public let schema: TraceSchema
  /// What could not be read so far, in the order of the file.
  public private(set) var damage: [TraceDamage]
  /// Blocks yielded so far.
  public private(set) var blocksRead = 0
  /// The file's length in bytes.
  public let fileLength: UInt64

  private let source: BlockSource
  private let isStrict: Bool
  private let index: TraceIndex?
  private var offset: UInt64
  private var expectedRecord: UInt64 = 0
  private var ended = false
  private var decoder = BlockDecoder()

  /// Opens the trace at `path`. `strict` refuses any damage.
  public init(path: String, strict: Bool = false) throws(TraceError) {
    self.init(try TraceOpening(path: path, strict: strict), path: path, isStrict: strict)
  }

  // Apart from the initialiser that throws, see `TraceWriter`.
  private init(_ opening: TraceOpening, path: String, isStrict: Bool) {
    self.path = path
    self.isStrict = isStrict
    source = opening.source
    fileLength = opening.source.length
    schema = opening.schema
    index = opening.index
    offset = opening.firstBlockOffset
    damage = opening.damage
  }

  /// Records in the trace, as its index says; nil where the index is lost.
  public var recordCount: UInt64? { index?.records }
  /// Blocks in the trace, as its index says; nil where the index is lost.
  public var blockCount: Int? { index?.entries.count }
  /// Chain ids in the trace, as its index says; nil where the index is lost.
  public var chainIDCount: UInt64? { index?.chainIDs }

  /// Fills `block` with the next whole block; false after the last.
  public mutating func next(into block: inout TraceBlock) throws(TraceError) -> Bool {
    while !ended {
      switch try source.part(at: offset) {
      case .block(let header, let payload):
        if let problem = placement(of: header)
          ?? decoder.decode(payload, header: header, schema: schema, into: &block)
        {
          try skip(problem)
          continue
        }
        if header.firstRecord > expectedRecord {
          try note("blocks are missing here", lost: expectedRecord..<header.firstRecord)
        }
        offset += UInt64(header.wholeByteCount)
        expectedRecord = header.firstRecord + UInt64(header.records)
        blocksRead += 1
        return true
      case .index(let found):
        ended = true
        if found.records > expectedRecord {
          try note("blocks are missing here", lost: expectedRecord..<found.records)
        }
      case .end:
        ended = true
        // A missing index was reported on opening; here it only bounds what is lost.
        if let records = index?.records, records > expectedRecord {
          try note("blocks are missing here", lost: expectedRecord..<records)
        }
      case .damage(let problem):
        try skip(problem)
      }
    }
    return false
  }

  /// Continues with the block that holds record `record`, or the first behind the last.
  ///
  /// Needs the index: throws `.damaged` where it is lost.
  public mutating func seek(toRecord record: UInt64) throws(TraceError) {
    let index = try wholeIndex()
    guard record < index.records else { return move(to: index, entry: index.entries.count) }
    move(to: index, entry: index.lastEntry(atOrBefore: record) { $0.firstRecord })
  }

  /// Continues with the first block that ends at or after `time` (ticks).
  ///
  /// Needs the index: throws `.damaged` where it is lost.
  public mutating func seek(toTime time: UInt64) throws(TraceError) {
    let index = try wholeIndex()
    move(to: index, entry: index.firstEntry(endingAtOrAfter: time))
  }

  /// Throws what `damage` holds, as one error; does nothing if there is none.
  public func throwDamage() throws(TraceError) {
    guard let first = damage.first else { return }
    let more = damage.count > 1 ? " (and \(damage.count - 1) more damaged places)" : ""
    throw TraceError(
      .damaged, path: path,
      "\(first)\(more); the \(blocksRead) whole blocks were read, copy the rest again")
  }

  private func wholeIndex() throws(TraceError) -> TraceIndex {
    guard let index else {
      throw TraceError(
        .damaged, path: path, at: .byte(fileLength),
        "the index is lost, so the trace reads only from its start; convert it to repair it")
    }
    return index
  }

  private mutating func move(to index: TraceIndex, entry: Int) {
    if entry < index.entries.count {
      offset = index.entries[entry].offset
      expectedRecord = index.entries[entry].firstRecord
      ended = false
    } else {
      ended = true
    }
  }

  private func placement(of header: BlockHeader) -> String? {
    header.firstRecord < expectedRecord ? "a block repeats records that came before" : nil
  }

  /// Goes on behind a damaged place: to the next part whose checksum matches.
  private mutating func skip(_ problem: String) throws(TraceError) {
    let next = try source.nextWholePart(after: offset)
    switch next {
    case .block(let resume, let firstRecord):
      let lost = expectedRecord..<max(expectedRecord, firstRecord)
      try note(problem, lost: lost)
      (offset, expectedRecord) = (resume, max(expectedRecord, firstRecord))
    case .index(let resume, let records):
      try note(problem, lost: expectedRecord..<max(expectedRecord, records))
      (offset, expectedRecord) = (resume, max(expectedRecord, records))
    case .none:
      try note(problem, lost: expectedRecord..<expectedRecord, reachesEnd: true)
      ended = true
    }
  }

  private mutating func note(
    _ problem: String, lost: Range<UInt64>, reachesEnd: Bool = false
  ) throws(TraceError) {
    let place = TraceDamage(
      offset: offset, problem: problem, lostRecords: lost, reachesEnd: reachesEnd)
    if isStrict { throw place.refusal(path: path) }
    damage.append(place)
  }
}
