public import TarnCore

/// What a node tells its peers about itself, and how it deals with them.
public struct PeerConfiguration: Sendable {
  /// Name of the cell, at most 255 bytes; the same on all its nodes.
  public var cell: String
  /// Shared by the cell's nodes; nil if they need not prove anything.
  public var secret: String?
  /// Where to listen; port 0 for any free one.
  public var listen: NodeConfiguration.SocketPlace
  /// What peers are told to connect to; where it listens if nil.
  public var advertise: NodeConfiguration.SocketPlace?
  /// This node as placement knows it.
  public var own: Member
  /// How often this node has started before.
  public var incarnation: UInt16
  /// Shards of this node.
  public var shards: Int
  /// Bytes of a block; the same on all nodes of the cell.
  public var blockBytes: UInt32
  /// The most nodes that the cell can grow to; the same on all of them.
  public var capacity: Int

  /// Links to one peer that this node sends by at most, 1 to 255; a shard always uses the same.
  public var lanes: Int
  /// Frames that may wait for one link; more are dropped.
  public var queuedFrameLimit = 4_096
  /// Payload bytes that may wait for one link; more are dropped.
  public var queuedByteLimit = 128 << 20
  /// What could not be sent for so long is of no use any more.
  public var frameLifetimeNanoseconds: Nanoseconds = 5_000_000_000
  /// How long connecting and shaking hands may take, each.
  public var connectTimeoutNanoseconds: Nanoseconds = 1_000_000_000
  /// Bytes that the other end does not acknowledge for so long end the link (`TCP_USER_TIMEOUT`).
  public var silenceTimeoutNanoseconds: Nanoseconds = 5_000_000_000
  /// A link that nobody used for so long is closed.
  public var idleTimeoutNanoseconds: Nanoseconds = 300_000_000_000
  /// How long a peer may take to answer for an object's attributes.
  public var questionTimeoutNanoseconds: Nanoseconds = 2_000_000_000
  /// After a failed connection, the next is tried after so long, doubled up to `longestRetry`.
  public var firstRetryNanoseconds: Nanoseconds = 50_000_000
  /// See `firstRetryNanoseconds`.
  public var longestRetryNanoseconds: Nanoseconds = 2_000_000_000

  /// The node `own` of the cell `cell`.
  public init(
    cell: String, listen: NodeConfiguration.SocketPlace, own: Member, capacity: Int, shards: Int,
    blockBytes: UInt32
  ) {
    self.cell = cell
    self.listen = listen
    self.own = own
    self.capacity = capacity
    self.shards = shards
    self.blockBytes = blockBytes
    incarnation = 0
    lanes = PeerConfiguration.lanes(capacity: capacity, shards: shards)
  }

  /// A node of this configuration. `ordinal` is the one that it has: configured, or of discovery.
  public init(_ cell: NodeConfiguration.Cell, ordinal: UInt16, shards: Int, blockBytes: UInt32) {
    let own = Member(
      node: NodeID(ordinal), weight: cell.weight, rack: cell.rack, zone: cell.zone)
    self.init(
      cell: cell.name, listen: cell.listen, own: own, capacity: cell.capacity, shards: shards,
      blockBytes: blockBytes)
    secret = cell.secret
    advertise = cell.advertise
  }

  /// In a small cell one connection may be the bottleneck between two nodes; in a large one there
  /// are so many peers that a connection for each shard would be nothing but sockets.
  private static func lanes(capacity: Int, shards: Int) -> Int {
    switch capacity {
    case ...64: min(shards, 4)
    case ...512: min(shards, 2)
    default: 1
    }
  }

  /// What is wrong with it, in a sentence that names the value; nil if nothing is.
  public func problem() -> String? {
    if cell.utf8.count > Hello.longestName || cell.isEmpty {
      return "cell.name has \(cell.utf8.count) bytes: give it 1 to \(Hello.longestName)"
    }
    if capacity < 1 || capacity >= Int(UInt16.max) {
      return "cell.capacity is \(capacity): make it 1 to 65534"
    }
    if Int(own.node.ordinal) >= capacity {
      return "cell.ordinal is \(own.node.ordinal): it must be below cell.capacity, \(capacity)"
    }
    if lanes < 1 || lanes > Int(UInt8.max) { return "there are \(lanes) lanes: make it 1 to 255" }
    if let advertise, advertise.host.utf8.count > Hello.longestName {
      return "the host of cell.advertise is too long: give it at most \(Hello.longestName) bytes"
    }
    return nil
  }
}
