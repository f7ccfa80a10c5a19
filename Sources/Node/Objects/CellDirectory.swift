internal import Synchronization
public import TarnCore

/// Who in the cell is asked about an object's name.
public final class CellDirectory: Sendable {
  private let node: NodeID
  private let peers: any PeerTransport
  private let view = Mutex<ClusterView?>(nil)

  public init(node: NodeID, peers: any PeerTransport) {
    self.node = node
    self.peers = peers
  }

  /// The members are these now.
  public func adopt(_ newView: ClusterView) { view.withLock { $0 = newView } }

  /// Whether no other member is known to be there.
  var isAlone: Bool { view.withLock { $0?.count == 1 } }

  /// The member that is the home of the name; nil if that is this node itself.
  func home(container: String, key: String) -> NodeID? {
    guard let view = view.withLock({ $0 }) else { return nil }
    // A name is no secret: which node answers for it needs no salt.
    var hash = SipHash(key0: 0x7461_726E_6E61_6D65, key1: 0)
    hash.append(field: container.utf8)
    hash.append(field: key.utf8)
    let home = view.owner(of: BlockKey(high: hash.finish64(), low: 0))
    return home == node || home == .none ? nil : home
  }

  func ask(
    _ home: NodeID, _ name: ObjectName, wanting offset: UInt64?,
    completion: @escaping @Sendable (PeerAttributes?) -> Void
  ) {
    peers.askAttributes(
      container: name.container, key: name.key, tenant: name.tenant, wanting: offset, of: home,
      completion: completion)
  }
}
