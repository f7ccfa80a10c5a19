/// The parts of a trace file by offset, each verified by its checksum before anything is made of it.
package final class BlockSource {
  /// What lies at an offset.
  enum Part {
    /// A whole block; its payload is valid until the next call.
    case block(BlockHeader, UnsafeRawBufferPointer)
    /// The index: the regular end.
    case index(TraceIndex)
    /// The file's end, without an index.
    case end
    case damage(String)
  }

  /// Where reading can go on.
  enum Resume {
    case block(UInt64, firstRecord: UInt64)
    case index(UInt64, records: UInt64)
    case none
  }

  let length: UInt64
  private let file: InputFile
  private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)

  package init(path: String) throws(TraceError) {
    file = try InputFile(path: path)
    length = try file.length()
  }

  deinit { buffer.deallocate() }

  /// The schema and the header's length, or why there is none.
  func header() throws(TraceError) -> Result<(TraceSchema, Int), TraceHeader.Fault> {
    let start = try bytes(at: 0, count: TraceHeader.fixedByteCount)
    let count: Int
    do throws(TraceHeader.Fault) {
      count = try TraceHeader.byteCount(of: start)
    } catch { return .failure(error) }
    guard UInt64(count) <= length else {
      return .failure(.damaged("the file ends inside its header"))
    }
    let whole = try bytes(at: 0, count: count)
    do throws(TraceHeader.Fault) {
      return .success((try TraceHeader.parse(whole), count))
    } catch { return .failure(error) }
  }

  /// The index that the trailer points to, and the schema in its copy of the header; nil if either
  /// is damaged.
  package func footer() throws(TraceError) -> (index: TraceIndex, schema: TraceSchema)? {
    let trailerLength = UInt64(TraceIndex.trailerByteCount)
    guard length >= trailerLength else { return nil }
    let trailerOffset = length - trailerLength
    var cursor = ByteCursor(try bytes(at: trailerOffset, count: TraceIndex.trailerByteCount))
    guard let offset = cursor.next(UInt64.self),
      cursor.next(UInt64.self) == TraceIndex.trailerMagic, offset < trailerOffset
    else { return nil }
    // The offset is not covered by a checksum: believe it only if an index of just that length
    // begins there.
    let start = try bytes(at: offset, count: TraceIndex.fixedByteCount)
    let count = Int(trailerOffset - offset)
    guard TraceIndex.byteCount(of: start) == count else { return nil }
    let whole = try bytes(at: offset, count: count)
    guard let (index, header) = TraceIndex.parse(whole) else { return nil }
    guard let schema = try? TraceHeader.parse(header) else { return nil }
    return (index, schema)
  }

  /// What lies at `offset`.
  func part(at offset: UInt64) throws(TraceError) -> Part {
    guard offset < length else { return .end }
    let start = try bytes(at: offset, count: BlockHeader.byteCount)
    if let header = BlockHeader(start) {
      guard offset + UInt64(header.wholeByteCount) <= length else {
        return .damage("the file ends inside a block")
      }
      let whole = try bytes(at: offset, count: header.wholeByteCount)
      guard let payload = verified(whole) else {
        return .damage("a block's checksum does not match")
      }
      return .block(header, UnsafeRawBufferPointer(rebasing: payload[BlockHeader.byteCount...]))
    }
    if let count = TraceIndex.byteCount(of: start) {
      guard offset + UInt64(count) <= length else {
        return .damage("the file ends inside its index")
      }
      guard let (index, _) = TraceIndex.parse(try bytes(at: offset, count: count)) else {
        return .damage("the index's checksum does not match")
      }
      return .index(index)
    }
    return .damage(
      start.count < BlockHeader.byteCount
        ? "the file ends inside a block" : "neither a block nor the index begins here")
  }

  /// The next block or index behind `offset` whose checksum matches, wherever it lies: after damage
  /// no length can be trusted.
  func nextWholePart(after offset: UInt64) throws(TraceError) -> Resume {
    var base = offset + 1
    let window = 1 << 20
    while base < length {
      let candidates = magicOffsets(in: try bytes(at: base, count: window))
      for candidate in candidates {
        switch try part(at: base + UInt64(candidate)) {
        case .block(let header, _):
          return .block(base + UInt64(candidate), firstRecord: header.firstRecord)
        case .index(let index):
          return .index(base + UInt64(candidate), records: index.records)
        case .end, .damage: continue
        }
      }
      // Three bytes again, for a magic that lies across the windows.
      base += UInt64(window - 3)
    }
    return .none
  }

  private func magicOffsets(in bytes: UnsafeRawBufferPointer) -> [Int] {
    guard bytes.count >= 4 else { return [] }
    var found: [Int] = []
    for position in 0...(bytes.count - 4) where bytes[position] == UInt8(ascii: "T") {
      let word = UInt32(
        littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
      if word == BlockHeader.magic || word == TraceIndex.magic { found.append(position) }
    }
    return found
  }

  /// A block without its checksum, if that matches.
  private func verified(_ whole: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    let bodyCount = whole.count - BlockHeader.checksumByteCount
    let body = UnsafeRawBufferPointer(rebasing: whole[..<bodyCount])
    var cursor = ByteCursor(UnsafeRawBufferPointer(rebasing: whole[bodyCount...]))
    return cursor.next(UInt64.self) == XXHash64.hash(body) ? body : nil
  }

  /// Up to `count` bytes at `offset`, fewer where the file ends; valid until the next call.
  private func bytes(at offset: UInt64, count: Int) throws(TraceError) -> UnsafeRawBufferPointer {
    if buffer.count < count {
      buffer.deallocate()
      buffer = .allocate(byteCount: max(count, buffer.count * 2), alignment: 64)
    }
    let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    let got = try file.read(at: offset, into: target)
    return UnsafeRawBufferPointer(rebasing: target[..<got])
  }
}
