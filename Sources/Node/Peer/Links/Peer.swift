internal import Synchronization
internal import TarnCore

/// One other node that this node talks to, or did.
final class Peer: Sendable {
  let ordinal: UInt16
  let lanes: [PeerLane]
  let returns: ReturnPaths
  private let address: Address

  /// Where it is; the lanes look here when they dial.
  private final class Address: Sendable {
    let place: Mutex<NodeConfiguration.SocketPlace?>
    init(_ place: NodeConfiguration.SocketPlace?) { self.place = Mutex(place) }
  }

  init(_ ordinal: UInt16, at place: NodeConfiguration.SocketPlace?, _ context: PeerContext) {
    self.ordinal = ordinal
    returns = context.returns
    let address = Address(place)
    self.address = address
    lanes = (0..<context.configuration.lanes).map { index in
      PeerLane(ordinal, index: index, context: context) { address.place.withLock { $0 } }
    }
  }

  /// The lane by which a shard of this node sends.
  func lane(ofShard shard: Int) -> PeerLane { lanes[shard % lanes.count] }

  /// Where discovery says that it is; nil if it is no member.
  var place: NodeConfiguration.SocketPlace? { address.place.withLock { $0 } }
  func move(to place: NodeConfiguration.SocketPlace?) { address.place.withLock { $0 = place } }

  /// The lane that the peer calls by this number; it may have more of them than we.
  func lane(named index: UInt8) -> PeerLane { lanes[Int(index) % lanes.count] }

  /// It has started anew: links of its earlier lives lead nowhere.
  func closeLinks(notOf incarnation: UInt16) {
    for lane in lanes { lane.closeLinks(notOf: incarnation) }
  }
}
