internal import NIOCore
internal import TarnCore

/// A core's message as it travels: 56 bytes, then the locator if there is one.
///
/// Clocks of two nodes have nothing to do with each other, so the deadline travels as the
/// nanoseconds that are left, all ones for `never`; the time on the way is not subtracted.
struct MessageFrame: Sendable {
  /// Bytes of a message without its locator.
  static let messageSize = 56

  var message: PeerMessage
  var locator: LocatorFields?

  /// A locator's fields before anyone has checked that they name the block.
  struct LocatorFields: Equatable, Sendable {
    var container: String
    var key: String
    var version: String
    var size: UInt64
    var blockBytes: UInt32
    var index: UInt32
  }

  /// Writes the body.
  static func write(
    _ message: PeerMessage, _ locator: BlockLocator?, now: Instant, into buffer: inout ByteBuffer
  ) {
    buffer.write(little: message.kind.rawValue)
    buffer.write(little: message.flags.rawValue)
    buffer.write(little: message.hops)
    buffer.write(little: message.source.rawValue)
    buffer.write(little: message.tenant.rawValue)
    buffer.write(little: message.peer.ordinal)
    buffer.write(little: message.length)
    buffer.write(little: message.count)
    buffer.write(little: message.operation.rawValue)
    buffer.write(little: message.key.high)
    buffer.write(little: message.key.low)
    buffer.write(little: message.delayNanoseconds)
    let left = message.deadline == .never ? .max : message.deadline - now
    buffer.write(little: left)
    guard let locator else { return }
    buffer.write(little: locator.object.size)
    buffer.write(little: locator.object.blockBytes)
    buffer.write(little: locator.index)
    buffer.write(text: locator.object.container)
    buffer.write(text: locator.object.key)
    buffer.write(text: locator.object.version)
  }

  /// Reads the body of a frame with this header.
  init(parsing body: UnsafeRawBufferPointer, _ header: FrameHeader, now: Instant) throws(PeerFault)
  {
    var reader = WireReader(body)
    guard let kind = PeerMessage.Kind(rawValue: try reader.take(UInt8.self)) else {
      throw .message
    }
    var message = PeerMessage(kind)
    message.flags = PeerMessage.Flags(rawValue: try reader.take(UInt8.self))
    message.hops = try reader.take(UInt8.self)
    guard let source = Source(rawValue: try reader.take(UInt8.self)) else { throw .message }
    message.source = source
    message.tenant = TenantID(try reader.take(UInt16.self))
    message.peer = NodeID(try reader.take(UInt16.self))
    message.length = try reader.take(UInt32.self)
    message.count = try reader.take(UInt32.self)
    message.operation = OperationID(try reader.take(UInt64.self))
    let high = try reader.take(UInt64.self)
    message.key = BlockKey(high: high, low: try reader.take(UInt64.self))
    message.delayNanoseconds = try reader.take(UInt64.self)
    let left = try reader.take(UInt64.self)
    message.deadline = left == .max ? .never : now + left
    self.message = message
    if header.flags & FrameHeader.hasLocator != 0 {
      locator = try LocatorFields(&reader)
    }
    try reader.finish()
    try checkPayload(header.payloadLength)
  }

  /// Blocks that are given or offered come whole; a look-up of a prefix brings keys of 16 bytes.
  private func checkPayload(_ length: Int) throws(PeerFault) {
    let isRight =
      switch message.kind {
      case .give, .offer: length == Int(message.length)
      case .askPrefix: length % 16 == 0
      default: length == 0
      }
    guard isRight else { throw .payload }
  }
}

extension MessageFrame.LocatorFields {
  fileprivate init(_ reader: inout WireReader) throws(PeerFault) {
    size = try reader.take(UInt64.self)
    blockBytes = try reader.take(UInt32.self)
    index = try reader.take(UInt32.self)
    // A block beyond the end of its object has no range.
    guard blockBytes > 0, UInt64(index) * UInt64(blockBytes) < size else { throw .locator }
    container = try reader.text()
    key = try reader.text()
    version = try reader.text()
  }

  /// The locator, if these fields name the block `key` under the tenant's salt; nil otherwise.
  func locator(of message: PeerMessage, salt: TenantSalt) -> BlockLocator? {
    let object = ObjectVersion(
      tenant: message.tenant, salt: salt, container: container, key: key, version: version,
      size: size, blockBytes: blockBytes)
    let locator = BlockLocator(object: object, index: index)
    guard locator.key == message.key, locator.length == message.length else { return nil }
    return locator
  }
}
