internal import CKernel
internal import NIOCore

/// What kind of frame it is. The numbers are the wire's.
enum FrameType: UInt8, CaseIterable, Sendable {
  /// A message between two cores.
  case message = 1
  /// "What are this object's attributes?"
  case question = 2
  /// "These."
  case answer = 3
  /// Who I am: the first frame of a link, from both sides.
  case hello = 16
  /// Proof that I know the cell's secret.
  case proof = 17
  /// "I won't talk to you, because ...": the last frame of a link.
  case refusal = 18
}

/// The 32 bytes at the start of every frame; specified in `docs/PEER.md`. Little-endian:
/// checksum (8), length (4), type (1), flags (1), source shard (2), target shard (2), zero (2),
/// payload length (4), payload checksum (8).
struct FrameHeader: Equatable, Sendable {
  /// Bytes of a header.
  static let size = 32
  /// The longest frame without its payload.
  static let longestFrame = 64 << 10
  /// The longest frame before the two sides know each other.
  static let longestGreeting = 2 << 10
  /// The longest payload: the largest block.
  static let longestPayload = 64 << 20
  /// The target shard of frames whose receiver finds the shard itself.
  static let anyShard = UInt16.max
  /// Flag: a locator follows the message.
  static let hasLocator: UInt8 = 1

  /// Bytes of header and body.
  var length: Int
  var type: FrameType
  var flags: UInt8 = 0
  /// Shard of the sender that it comes from.
  var sourceShard: UInt16 = 0
  /// Shard of the receiver that it is for.
  var targetShard: UInt16 = FrameHeader.anyShard
  /// Bytes that follow the frame; 0 for no payload.
  var payloadLength: Int = 0
  /// XXH3-64 of the payload; 0 without one.
  var payloadChecksum: UInt64 = 0

  /// A header of a frame that has yet to be filled in.
  init(_ type: FrameType) {
    self.type = type
    length = FrameHeader.size
  }

  /// Where the length stands, so that a reader knows when it has the whole frame.
  static let lengthRange = 8..<12

  /// The length of the frame that starts with these bytes, at least 12.
  static func length(
    startingWith bytes: UnsafeRawBufferPointer, limit: Int
  ) throws(PeerFault) -> Int {
    let length = UInt32(
      littleEndian: bytes.loadUnaligned(fromByteOffset: lengthRange.lowerBound, as: UInt32.self))
    guard length >= UInt32(size), length <= UInt32(limit) else { throw .length }
    return Int(length)
  }

  /// The header of a whole frame, its checksum verified.
  init(parsing frame: UnsafeRawBufferPointer) throws(PeerFault) {
    guard frame.count >= FrameHeader.size else { throw .length }
    var reader = WireReader(frame)
    let checksum = try reader.take(UInt64.self)
    guard checksum == FrameHeader.checksum(of: frame) else { throw .checksum }
    length = Int(try reader.take(UInt32.self))
    guard length == frame.count else { throw .length }
    guard let type = FrameType(rawValue: try reader.take(UInt8.self)) else { throw .type }
    self.type = type
    flags = try reader.take(UInt8.self)
    sourceShard = try reader.take(UInt16.self)
    targetShard = try reader.take(UInt16.self)
    guard try reader.take(UInt16.self) == 0 else { throw .reserved }
    payloadLength = Int(try reader.take(UInt32.self))
    payloadChecksum = try reader.take(UInt64.self)
    guard payloadLength <= FrameHeader.longestPayload else { throw .payload }
    let known = type == .message ? FrameHeader.hasLocator : 0
    guard flags & ~known == 0 else { throw .reserved }
    guard payloadLength == 0 || type == .message else { throw .payload }
    guard payloadLength > 0 || payloadChecksum == 0 else { throw .payload }
  }

  /// XXH3-64 of everything after the checksum itself.
  private static func checksum(of frame: UnsafeRawBufferPointer) -> UInt64 {
    let rest = UnsafeRawBufferPointer(rebasing: frame[8...])
    return tarn_xxh3(rest.baseAddress, rest.count)
  }

  /// Appends a frame: this header, then what `body` writes. False, with `buffer` as it was, if the
  /// frame would be longer than frames may be.
  func write(
    into buffer: inout ByteBuffer, limit: Int = FrameHeader.longestFrame,
    body: (inout ByteBuffer) -> Void
  ) -> Bool {
    let start = buffer.writerIndex
    buffer.writeInteger(0 as UInt64)
    buffer.writeInteger(0 as UInt32)
    buffer.writeInteger(type.rawValue)
    buffer.writeInteger(flags)
    buffer.writeInteger(sourceShard, endianness: .little)
    buffer.writeInteger(targetShard, endianness: .little)
    buffer.writeInteger(0 as UInt16)
    buffer.writeInteger(UInt32(payloadLength), endianness: .little)
    buffer.writeInteger(payloadChecksum, endianness: .little)
    body(&buffer)
    let length = buffer.writerIndex - start
    guard length <= limit else {
      buffer.moveWriterIndex(to: start)
      return false
    }
    buffer.setInteger(UInt32(length), at: start + 8, endianness: .little)
    let checksum = buffer.withUnsafeReadableBytes { bytes in
      FrameHeader.checksum(
        of: UnsafeRawBufferPointer(rebasing: bytes[(start - buffer.readerIndex)...]))
    }
    buffer.setInteger(checksum, at: start, endianness: .little)
    return true
  }
}
