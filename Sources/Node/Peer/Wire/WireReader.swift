internal import NIOCore

/// Takes little-endian fields from bytes in order. Never reads beyond them.
struct WireReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Bytes that are left.
  var remaining: Int { bytes.count - offset }

  mutating func take<Number: FixedWidthInteger>(
    _ type: Number.Type
  ) throws(PeerFault) -> Number {
    guard remaining >= MemoryLayout<Number>.size else { throw .body }
    defer { offset += MemoryLayout<Number>.size }
    return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
  }

  mutating func take(bytes count: Int) throws(PeerFault) -> UnsafeRawBufferPointer {
    guard remaining >= count else { throw .body }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
  }

  /// UTF-8 of `count` bytes.
  mutating func text(_ count: some BinaryInteger) throws(PeerFault) -> String {
    guard let text = String(validating: try take(bytes: Int(count)), as: UTF8.self) else {
      throw .text
    }
    return text
  }

  /// A length of 2 bytes, then so many bytes of UTF-8.
  mutating func text() throws(PeerFault) -> String { try text(take(UInt16.self)) }

  /// Nothing may be left.
  func finish() throws(PeerFault) { guard remaining == 0 else { throw .body } }
}

extension ByteBuffer {
  mutating func write<Number: FixedWidthInteger>(little number: Number) {
    writeInteger(number, endianness: .little)
  }

  /// A length of 2 bytes, then the text. Longer text does not fit any frame, so its length does not
  /// matter: the frame will be refused as a whole.
  mutating func write(text: String) {
    write(little: UInt16(truncatingIfNeeded: text.utf8.count))
    writeString(text)
  }
}
