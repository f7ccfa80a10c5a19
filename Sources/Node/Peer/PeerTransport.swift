public import TarnCore

/// How a shard reaches the other nodes of its cell. Sends never block and never fail: a peer that
/// cannot be reached is silent, and the core knows what to do about silence.
public protocol PeerTransport: AnyObject, Sendable {
  /// Sends a message from shard `shard` of this node. An `ask` says with `locator` where its block
  /// comes from, since the owner may never have heard of the object; `give` carries `payload`.
  ///
  /// Spans of time in the message are the sender's; the frame carries deadlines as what is left.
  func send(
    _ message: PeerMessage, locator: BlockLocator?, payload: Payload?, to peer: NodeID,
    fromShard shard: Int, now: Instant)
  /// Asks `peer`, the home of the object's name, for its attributes. The answer comes on any
  /// thread, once; nil if the peer does not answer in time, and then the caller asks the origin.
  ///
  /// - Parameter offset: the byte that will be read first, if one will be.
  func askAttributes(
    container: String, key: String, tenant: TenantID, wanting offset: UInt64?, of peer: NodeID,
    completion: @escaping @Sendable (PeerAttributes?) -> Void)
}

/// What the home of an object's name says about it.
public enum PeerAttributes: Sendable, Equatable {
  /// `early`: the block of it that came along from the origin, or is about to.
  case found(ObjectAttributes, early: UInt32?)
  case notFound
}

/// What comes in from peers. Called on any thread.
public protocol PeerDelegate: AnyObject, Sendable {
  /// Memory for the payload of a `give` that is arriving; nil refuses it.
  func payload(forShard shard: Int, bytes: Int) -> Payload?
  /// A message arrived for shard `shard` (for messages about a block: the shard of its key). Its
  /// deadline is on this node's clock.
  func receive(
    _ message: PeerMessage, locator: BlockLocator?, payload: Payload?, from peer: NodeID,
    toShard shard: Int)
  /// A peer asks for attributes, and will read the byte at `offset` first; answer nil if the origin
  /// can't be reached.
  func attributes(
    container: String, key: String, tenant: TenantID, wanting offset: UInt64?,
    completion: @escaping @Sendable (PeerAttributes?) -> Void)
  /// The members changed.
  func membersChanged(_ members: [Member])
}
