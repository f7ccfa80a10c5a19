/// The first bytes of a trace: what the columns are and mean. See traces/FORMAT.md, "Header".
package enum TraceHeader {
  package static let magic: [UInt8] = [0x89, 0x54, 0x41, 0x52, 0x4E, 0x0D, 0x0A, 0x1A]
  static let version: UInt16 = 1
  static let fixedByteCount = 32
  static let mostBytes = 1 << 20
  /// In a column's flags: a reader that does not know the column must refuse the trace.
  static let mustUnderstand: UInt8 = 1

  /// Why bytes are no header.
  enum Fault: Error {
    case notATrace
    case damaged(String)
    case version(String)
  }

  static func append(_ schema: TraceSchema, to sink: inout ByteSink) {
    var notes = ""
    for note in schema.notes { notes += "\(note.name)=\(note.value)\n" }
    let text = Array(notes.utf8)
    let length = fixedByteCount + schema.columns.count * 4 + text.count + 8
    precondition(length <= mostBytes, "the notes fit a header")
    let start = sink.count
    for byte in magic { sink.append(byte) }
    sink.append(version)
    sink.append(UInt16(schema.columns.count))
    sink.append(UInt32(length))
    sink.append(schema.nanosecondsPerTick)
    sink.append(schema.tokensPerBlock)
    sink.append(UInt32(text.count))
    for column in schema.columns {
      sink.append(column.rawValue)
      sink.append(column.width)
      sink.append(mustUnderstand)
      sink.append(UInt8(0))
    }
    text.withUnsafeBytes { sink.append($0) }
    sink.append(XXHash64.hash(UnsafeRawBufferPointer(rebasing: sink.bytes[start...])))
  }

  /// The header's length, from its first `fixedByteCount` bytes.
  static func byteCount(of bytes: UnsafeRawBufferPointer) throws(Fault) -> Int {
    guard bytes.count >= magic.count, bytes.prefix(magic.count).elementsEqual(magic) else {
      throw .notATrace
    }
    var cursor = ByteCursor(bytes)
    guard cursor.next(count: 12) != nil, let length = cursor.next(UInt32.self) else {
      throw .damaged("the file ends inside its header")
    }
    guard (fixedByteCount + 8...mostBytes).contains(Int(length)) else {
      throw .damaged("the header's length is impossible")
    }
    return Int(length)
  }

  /// The schema that a whole header describes.
  static func parse(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> TraceSchema {
    guard try byteCount(of: bytes) == bytes.count else {
      throw .damaged("the file ends inside its header")
    }
    var checksum = ByteCursor(UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - 8)...]))
    let body = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - 8)])
    guard checksum.next(UInt64.self) == XXHash64.hash(body) else {
      throw .damaged("the header's checksum does not match")
    }
    return try parseBody(body)
  }

  private static func parseBody(_ body: UnsafeRawBufferPointer) throws(Fault) -> TraceSchema {
    var cursor = ByteCursor(body)
    guard cursor.next(count: magic.count) != nil, let found = cursor.next(UInt16.self),
      let columnCount = cursor.next(UInt16.self), cursor.next(UInt32.self) != nil,
      let tick = cursor.next(UInt64.self), let tokens = cursor.next(UInt32.self),
      let noteBytes = cursor.next(UInt32.self)
    else { throw .damaged("the header is too short") }
    guard found == version else {
      throw .version("has format version \(found); this Tarn reads version \(version)")
    }
    var columns: [TraceColumn] = []
    for _ in 0..<columnCount {
      guard let code = cursor.next(UInt8.self), cursor.next(UInt8.self) != nil,
        let flags = cursor.next(UInt8.self), cursor.next(UInt8.self) != nil
      else { throw .damaged("the header's columns run over its end") }
      if let column = TraceColumn(rawValue: code) {
        columns.append(column)
      } else if flags & mustUnderstand != 0 {
        throw .version("has a column (number \(code)) that this Tarn does not know")
      }
    }
    guard tick > 0, zip(columns, columns.dropFirst()).allSatisfy({ $0.rawValue < $1.rawValue }),
      columns.contains(.key) || (columns.contains(.chain) && columns.contains(.chainLength)),
      let text = cursor.next(count: Int(noteBytes)), cursor.remaining == 0
    else { throw .damaged("the header contradicts itself") }
    return TraceSchema(
      columns: columns, nanosecondsPerTick: tick, tokensPerBlock: tokens, notes: notes(in: text))
  }

  private static func notes(in text: UnsafeRawBufferPointer) -> [TraceSchema.Note] {
    text.split(separator: UInt8(ascii: "\n")).map { line in
      let parts = line.split(separator: UInt8(ascii: "="), maxSplits: 1)
      let words = parts.map { String(decoding: $0, as: UTF8.self).filter { !$0.isNewline } }
      return TraceSchema.Note(
        (words.first ?? "").filter { $0 != "=" }, words.count > 1 ? words[1] : "")
    }
  }
}
