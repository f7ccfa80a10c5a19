internal import NIOCore
internal import Synchronization
public import TarnCore

/// Hands what comes in from peers to the shards and to the objects' directory.
///
/// Made before the shards, because they send through the transport that calls it.
public final class PeerInbox: PeerDelegate, Sendable {
  private struct Receivers: Sendable {
    var shards: ShardSet
    var objects: ObjectService
  }
  private let receivers = Mutex<Receivers?>(nil)
  private let onMembers: @Sendable ([Member]) -> Void

  /// - Parameter onMembers: called with the members of the cell when they change.
  public init(onMembers: @escaping @Sendable ([Member]) -> Void) { self.onMembers = onMembers }

  /// From now on messages are delivered; those that came before are lost, like any message may be.
  public func open(shards: ShardSet, objects: ObjectService) {
    receivers.withLock { $0 = Receivers(shards: shards, objects: objects) }
  }

  private var opened: Receivers? { receivers.withLock { $0 } }

  public func payload(forShard shard: Int, bytes: Int) -> Payload? {
    guard bytes > 0, let shards = opened?.shards.shards, shard < shards.count else { return nil }
    return shards[shard].memory.allocate(bytes)
  }

  public func receive(
    _ message: PeerMessage, locator: BlockLocator?, payload: Payload?, from peer: NodeID,
    toShard shard: Int
  ) {
    guard let shards = opened?.shards.shards, shard < shards.count else { return }
    let target = shards[shard]
    if target.loop.inEventLoop {
      return target.receive(message, locator: locator, payload: payload, from: peer)
    }
    target.loop.execute {
      target.receive(message, locator: locator, payload: payload, from: peer)
    }
  }

  public func attributes(
    container: String, key: String, tenant: TenantID, wanting offset: UInt64?,
    completion: @escaping @Sendable (PeerAttributes?) -> Void
  ) {
    guard let objects = opened?.objects else { return completion(nil) }
    objects.attributes(
      container: container, key: key, tenant: tenant, wanting: offset, completion: completion)
  }

  public func membersChanged(_ members: [Member]) { onMembers(members) }
}
