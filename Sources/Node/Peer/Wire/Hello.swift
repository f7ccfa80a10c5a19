internal import NIOCore
internal import TarnCore

/// Who a node is: the first frame of a link, from both sides. Little-endian: magic (8), lowest and
/// highest version that it speaks (2, 2), ordinal (2), incarnation (2), shards (2), capacity of the
/// cell (2), bytes of a block (4), rack (2), zone (1), weight (1), flags (1), lane (1), port (2),
/// nonce (32), name of the cell, host. The layout is the same in all versions.
struct Hello: Equatable, Sendable {
  static let magic: [UInt8] = Array("TARNPEER".utf8)
  /// The versions that this code speaks.
  static let versions: ClosedRange<UInt16> = 2...2
  static let nonceSize = 32
  /// Bytes of the longest name of a cell or host.
  static let longestName = 255

  var versions = Hello.versions
  var ordinal: UInt16
  /// How often the node has started before.
  var incarnation: UInt16
  var shards: UInt16
  var capacity: UInt16
  var blockBytes: UInt32
  var rack: UInt16
  var zone: UInt8
  var weight: UInt8
  /// It has a secret and wants proof.
  var hasSecret: Bool
  /// It only wants to know who is there, and hangs up then.
  var isGreeting = false
  /// Which of the links between the two nodes this is.
  var lane: UInt8 = 0
  /// Where it can be reached.
  var place: NodeConfiguration.SocketPlace
  /// Random, new for each link.
  var nonce: [UInt8]
  var cell: String

  func write(into buffer: inout ByteBuffer) {
    buffer.writeBytes(Hello.magic)
    buffer.write(little: versions.lowerBound)
    buffer.write(little: versions.upperBound)
    buffer.write(little: ordinal)
    buffer.write(little: incarnation)
    buffer.write(little: shards)
    buffer.write(little: capacity)
    buffer.write(little: blockBytes)
    buffer.write(little: rack)
    buffer.write(little: zone)
    buffer.write(little: weight)
    buffer.write(little: (hasSecret ? 1 : 0) as UInt8 | (isGreeting ? 2 : 0))
    buffer.write(little: lane)
    buffer.write(little: UInt16(truncatingIfNeeded: place.port))
    buffer.writeBytes(nonce)
    buffer.write(text: cell)
    buffer.write(text: place.host)
  }
}

extension Hello {
  init(parsing body: UnsafeRawBufferPointer) throws(PeerFault) {
    var reader = WireReader(body)
    guard try reader.take(bytes: Hello.magic.count).elementsEqual(Hello.magic) else {
      throw .type
    }
    let lowest = try reader.take(UInt16.self)
    let highest = try reader.take(UInt16.self)
    guard lowest <= highest else { throw .body }
    versions = lowest...highest
    ordinal = try reader.take(UInt16.self)
    incarnation = try reader.take(UInt16.self)
    shards = try reader.take(UInt16.self)
    capacity = try reader.take(UInt16.self)
    blockBytes = try reader.take(UInt32.self)
    rack = try reader.take(UInt16.self)
    zone = try reader.take(UInt8.self)
    weight = try reader.take(UInt8.self)
    guard shards > 0, weight > 0 else { throw .body }
    let flags = try reader.take(UInt8.self)
    guard flags & ~3 == 0 else { throw .reserved }
    hasSecret = flags & 1 != 0
    isGreeting = flags & 2 != 0
    lane = try reader.take(UInt8.self)
    let port = Int(try reader.take(UInt16.self))
    nonce = Array(try reader.take(bytes: Hello.nonceSize))
    cell = try reader.text()
    place = NodeConfiguration.SocketPlace(host: try reader.text(), port: port)
    // Both come back in sentences of refusals, which have to fit a frame.
    guard cell.utf8.count <= Hello.longestName, place.host.utf8.count <= Hello.longestName else {
      throw .text
    }
    try reader.finish()
  }

  /// The node as placement knows it.
  var member: Member {
    Member(node: NodeID(ordinal), weight: weight, rack: rack, zone: zone)
  }
}
