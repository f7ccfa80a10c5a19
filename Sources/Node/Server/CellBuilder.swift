internal import Foundation
internal import Logging
internal import NIOCore
internal import Synchronization
internal import TarnCore

/// Joins a cell: finds out which node this is, listens for peers, makes the source of members.
struct CellBuilder {
  let cell: NodeConfiguration.Cell
  let blockBytes: UInt32
  let salts: [TenantSalt]
  let shards: Int
  let incarnation: UInt16
  let group: any EventLoopGroup
  let logger: Logger

  /// The cell's links, which listen already, and who says what members there are.
  func build() async throws -> (cell: NodeCell, membership: any Membership) {
    let etcd = try await registered()
    let ordinal = try etcd?.node.ordinal ?? ownOrdinal()
    var settings = PeerConfiguration(cell, ordinal: ordinal, shards: shards, blockBytes: blockBytes)
    settings.incarnation = incarnation
    let (salts, shards) = (salts, shards)
    let pool = PeerPool(
      settings, group: group, shard: { ShardSet.index(of: $0, among: shards) },
      salt: { Int($0.rawValue) < salts.count ? salts[Int($0.rawValue)] : nil },
      now: { Shard.now }, logger: logger)
    let box = CellBox()
    let inbox = PeerInbox { box.cell?.adopt($0) }
    let node = NodeCell(
      cell, pool: pool, node: NodeID(ordinal), incarnation: incarnation, inbox: inbox,
      logger: logger)
    box.cell = node
    _ = try await pool.start(delegate: inbox)
    return (node, etcd?.membership ?? membership(pool, own: settings.own))
  }

  private func membership(_ pool: PeerPool, own: Member) -> any Membership {
    CellDiscovery(
      own: MemberPlace(own, at: cell.advertise ?? cell.listen),
      greet: { try await pool.greet($0) }, now: { Shard.now }, logger: logger
    ).membership(of: cell)
  }

  /// A node that takes its number from etcd has to ask before its peers can be told of it.
  private func registered() async throws -> (membership: any Membership, node: NodeID)? {
    guard case .etcd(let endpoints, let prefix) = cell.discovery else { return nil }
    let place = cell.advertise ?? cell.listen
    let own = Member(
      node: NodeID(cell.ordinal ?? 0), weight: cell.weight, rack: cell.rack, zone: cell.zone)
    let membership = EtcdMembership(
      endpoints: endpoints, prefix: prefix, own: MemberPlace(own, at: place),
      ordinal: cell.ordinal, capacity: cell.capacity, now: { Shard.now }, logger: logger)
    return (membership, try await membership.register())
  }

  /// The configured number, the place in the list, or the number at the end of the host's name.
  private func ownOrdinal() throws -> UInt16 {
    if let ordinal = cell.ordinal { return ordinal }
    let place = cell.advertise ?? cell.listen
    if case .list(let places) = cell.discovery {
      if let index = places.firstIndex(of: place) { return UInt16(index) }
      throw NodeError(
        "cell.ordinal is missing, and cell.nodes does not list \(place): give the node's number, or "
          + "list what it listens on")
    }
    let host = ProcessInfo.processInfo.hostName.prefix { $0 != "." }
    let digits = host.reversed().prefix { $0.isASCII && $0.isNumber }.reversed()
    guard let ordinal = UInt16(String(digits)), Int(ordinal) < cell.capacity else {
      throw NodeError(
        "cell.ordinal is missing, and the host's name '\(host)' does not end in a number below "
          + "cell.capacity, \(cell.capacity), as a stateful set's would: give the node's number")
    }
    return ordinal
  }
}

/// Where the inbox finds the cell, which is made after it.
private final class CellBox: Sendable {
  private let box = Mutex<NodeCell?>(nil)
  var cell: NodeCell? {
    get { box.withLock { $0 } }
    set { box.withLock { $0 = newValue } }
  }
}
