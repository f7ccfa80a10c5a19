public import Logging
public import TarnCore

/// What the discovery of members needs of a running node.
public struct CellDiscovery: Sendable {
  /// This node, and where its peers reach it.
  public var own: MemberPlace
  /// Asks who is at an address: `PeerPool.greet`.
  public var greet: @Sendable (NodeConfiguration.SocketPlace) async throws -> PeerGreeting
  /// The node's monotonic clock.
  public var now: @Sendable () -> Instant
  public var logger: Logger

  public init(
    own: MemberPlace,
    greet: @escaping @Sendable (NodeConfiguration.SocketPlace) async throws -> PeerGreeting,
    now: @escaping @Sendable () -> Instant, logger: Logger
  ) {
    self.own = own
    self.greet = greet
    self.now = now
    self.logger = logger
  }

  /// The membership that the cell is configured to have.
  ///
  /// A node whose ordinal etcd is to choose makes its `EtcdMembership` itself, before its core, and
  /// calls `register` on it.
  public func membership(of cell: NodeConfiguration.Cell) -> any Membership {
    switch cell.discovery {
    case .list(let places):
      ListMembership(places, own: own.member, greet: greet, now: now, logger: logger)
    case .dns(let name, let port, let everyNanoseconds):
      DNSMembership(
        name: name, port: port, everyNanoseconds: everyNanoseconds,
        resolve: SystemResolver.addresses, greet: greet, now: now, logger: logger)
    case .etcd(let endpoints, let prefix):
      EtcdMembership(
        endpoints: endpoints, prefix: prefix, own: own, ordinal: own.member.node.ordinal,
        capacity: cell.capacity, now: now, logger: logger)
    }
  }
}

/// Views of the cell, one for each change of its members.
public struct CellViews: Sendable {
  private let capacity: Int
  private var version: UInt64 = 0

  /// Views of a cell that can grow to `capacity` nodes.
  public init(capacity: Int) { self.capacity = capacity }

  /// The next view. The version counts this node's changes: other nodes' views of the same members
  /// have other versions. `members` are what `PeerDelegate.membersChanged` was told.
  public mutating func next(_ members: [Member]) -> ClusterView {
    version += 1
    return ClusterView(version: version, capacity: capacity, members: members)
  }
}
