internal import NIOCore

/// Takes the chunks off a request's body (RFC 9112, section 7.1): a size in hexadecimal digits, an
/// extension that is ignored, the bytes; at the end a chunk of size 0 and trailers, which are read
/// and dropped.
struct ChunkedDecoder {
  private enum State {
    case size
    case data(UInt64)
    case dataEnd
    case trailers
    case over
  }
  private var state = State.size
  private var trailerBytes = 0

  /// Bytes of a line of size and extension, and of all trailers.
  static let lineLimit = 1 << 10
  static let trailerLimit = 8 << 10

  /// The last chunk and its trailers have come.
  var isOver: Bool { if case .over = state { true } else { false } }

  /// The next bytes of the body; nil if more input is needed or the body is over. Leaves in `input`
  /// what it has not used.
  mutating func next(_ input: inout ByteBuffer) throws(HTTPFault) -> ByteBuffer? {
    while true {
      switch state {
      case .over: return nil
      case .data(let left):
        guard input.readableBytes > 0 else { return nil }
        let count = Int(min(left, UInt64(input.readableBytes)))
        state = UInt64(count) == left ? .dataEnd : .data(left - UInt64(count))
        return input.readSlice(length: count)
      case .size:
        guard let line = try takeLine(&input, limit: ChunkedDecoder.lineLimit) else { return nil }
        guard let size = line.withUnsafeReadableBytes(ChunkedDecoder.size) else {
          throw .malformedChunk
        }
        state = size == 0 ? .trailers : .data(size)
      case .dataEnd:
        guard input.readableBytes >= 2 else {
          // What can be wrong already is not waited for.
          if let byte = input.getInteger(at: input.readerIndex, as: UInt8.self),
            byte != HTTPSyntax.carriageReturn
          {
            throw .malformedChunk
          }
          return nil
        }
        guard input.readInteger(as: UInt16.self) == 0x0D0A else { throw .malformedChunk }
        state = .size
      case .trailers:
        guard let line = try takeLine(&input, limit: ChunkedDecoder.trailerLimit) else {
          return nil
        }
        trailerBytes += line.readableBytes + 2
        guard trailerBytes <= ChunkedDecoder.trailerLimit else { throw .malformedChunk }
        if line.readableBytes == 0 {
          state = .over
          return nil
        }
        guard line.withUnsafeReadableBytes(ChunkedDecoder.isField) else { throw .malformedChunk }
      }
    }
  }

  /// A line without its end; nil if the end has not come.
  private func takeLine(
    _ input: inout ByteBuffer, limit: Int
  ) throws(HTTPFault) -> ByteBuffer? {
    guard let length = input.readableBytesView.firstIndex(of: HTTPSyntax.lineFeed) else {
      // One more byte may be the line end's first.
      guard input.readableBytes <= limit + 1 else { throw .malformedChunk }
      return nil
    }
    let count = length - input.readerIndex
    guard count >= 1, count - 1 <= limit,
      input.getInteger(at: length - 1, as: UInt8.self) == HTTPSyntax.carriageReturn
    else { throw .malformedChunk }
    let line = input.readSlice(length: count - 1)
    input.moveReaderIndex(forwardBy: 2)
    return line
  }

  private static func size(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
    guard HTTPSyntax.firstControlByte(in: bytes) == nil else { return nil }
    var size: UInt64 = 0
    var digits = 0
    while digits < bytes.count, let digit = PercentCoding.hexValue(bytes[digits]) {
      size = size &<< 4 | UInt64(digit)
      digits += 1
      // 15 digits are an exabyte: no overflow, no such body.
      guard digits <= 15 else { return nil }
    }
    guard digits > 0, digits == bytes.count || bytes[digits] == UInt8(ascii: ";") else {
      return nil
    }
    return size
  }

  private static func isField(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var colon = 0
    while colon < bytes.count, HTTPSyntax.isToken(bytes[colon]) { colon += 1 }
    return colon > 0 && colon < bytes.count && bytes[colon] == HTTPSyntax.colon
      && HTTPSyntax.firstControlByte(in: bytes) == nil
  }
}
