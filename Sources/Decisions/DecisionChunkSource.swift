import CLZ4
import TarnTraceFormat

/// The chunks of a recording front to back, each verified before anything is made of it.
final class DecisionChunkSource {
  enum Part: Equatable {
    /// A whole chunk with so many steps before it.
    case chunk(firstStep: UInt64)
    /// The file ends, behind a chunk or inside one.
    case fileEnd
    case damage(String)
  }

  /// Where the part that was read last begins.
  private(set) var offset: UInt64 = 0
  private var nextOffset: UInt64 = 0
  private let file: InputFile
  private let length: UInt64
  private var buffer: [UInt8] = []

  init(path: String) throws(TraceError) {
    file = try InputFile(path: path)
    length = try file.length()
  }

  /// The header; chunks follow it.
  func header() throws(TraceError) -> Result<DecisionLogHeader, DecisionLogHeader.Fault> {
    try read(at: 0, count: DecisionLogHeader.fixedByteCount)
    do throws(DecisionLogHeader.Fault) {
      let count = try withBuffer { bytes throws(DecisionLogHeader.Fault) in
        try DecisionLogHeader.byteCount(of: bytes)
      }
      do throws(TraceError) { try read(at: 0, count: count) } catch {
        return .failure(.damaged("its header cannot be read"))
      }
      nextOffset = UInt64(count)
      return .success(
        try withBuffer { bytes throws(DecisionLogHeader.Fault) in try DecisionLogHeader(bytes) })
    } catch { return .failure(error) }
  }

  /// The first bytes of the file, for telling what it is.
  func firstBytes(_ count: Int) throws(TraceError) -> [UInt8] {
    try read(at: 0, count: count)
    return buffer
  }

  /// Whether the last chunk ended just where the file does.
  var isAtEnd: Bool { nextOffset >= length }

  /// Puts the next chunk's entries into `entries`.
  func next(into entries: inout [UInt8]) throws(TraceError) -> Part {
    offset = nextOffset
    guard length - offset >= UInt64(DecisionFrame.byteCount) else {
      return try isWholeStart() ? .fileEnd : .damage("no chunk begins here")
    }
    try read(at: offset, count: DecisionFrame.byteCount)
    guard let frame = withBuffer({ DecisionFrame($0) }) else {
      return .damage("no chunk begins here, or its header is corrupt")
    }
    guard UInt64(frame.wholeByteCount) <= length - offset else { return .fileEnd }
    try read(at: offset, count: frame.wholeByteCount)
    nextOffset = offset + UInt64(frame.wholeByteCount)
    guard let payload = verifiedPayload() else { return .damage("a chunk's checksum is wrong") }
    guard inflate(payload, frame, into: &entries) else {
      return .damage("a chunk does not decompress")
    }
    return .chunk(firstStep: frame.firstStep)
  }

  /// Whether the few bytes that are left can be the start of a chunk.
  private func isWholeStart() throws(TraceError) -> Bool {
    try read(at: offset, count: 4)
    var magic: [UInt8] = []
    magic.append(littleEndian: DecisionFrame.magic)
    return magic.starts(with: buffer)
  }

  private func verifiedPayload() -> Range<Int>? {
    withBuffer { bytes in
      let payload = DecisionFrame.byteCount..<(bytes.count - DecisionFrame.checksumByteCount)
      var check = ByteCursor(UnsafeRawBufferPointer(rebasing: bytes[payload.upperBound...]))
      let hash = XXHash64.hash(UnsafeRawBufferPointer(rebasing: bytes[payload]))
      return check.next(UInt64.self) == hash ? payload : nil
    }
  }

  private func inflate(
    _ payload: Range<Int>, _ frame: DecisionFrame, into entries: inout [UInt8]
  ) -> Bool {
    guard frame.flags & DecisionFrame.lz4Flag != 0 else {
      entries = Array(buffer[payload])
      return true
    }
    let length = Int(frame.rawBytes)
    entries = [UInt8](repeating: 0, count: length)
    let written = withBuffer { bytes in
      entries.withUnsafeMutableBytes { target in
        LZ4_decompress_safe(
          bytes.baseAddress.map { $0 + payload.lowerBound }, target.baseAddress,
          Int32(payload.count), Int32(length))
      }
    }
    return Int(written) == length
  }

  /// Fills the buffer with `count` bytes at `offset`, fewer where the file ends.
  private func read(at offset: UInt64, count: Int) throws(TraceError) {
    if buffer.count < count { buffer += repeatElement(0, count: count - buffer.count) }
    if buffer.count > count { buffer.removeLast(buffer.count - count) }
    var got = 0
    var failure: TraceError?
    buffer.withUnsafeMutableBytes { bytes in
      do throws(TraceError) { got = try file.read(at: offset, into: bytes) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    buffer.removeLast(count - got)
  }

  private func withBuffer<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Array's own method rethrows untyped, so the error travels beside it.
    let result = buffer.withUnsafeBytes { bytes in
      do throws(Failure) { return Swift.Result<Result, Failure>.success(try body(bytes)) } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
