internal import AsyncHTTPClient
internal import Logging
internal import NIOCore
internal import Synchronization
internal import TarnCore

/// A node's part in its cell: the links to its peers, who they are, and the views that follow.
final class NodeCell: Sendable {
  let pool: PeerPool
  let directory: CellDirectory
  let node: NodeID
  let name: String
  private let capacity: Int
  private let membership: any Membership
  private let inbox: PeerInbox
  private let shards = Mutex<ShardSet?>(nil)
  private struct View: Sendable {
    var version: UInt64 = 0
    var members = 0
  }
  private let view = Mutex(View())

  private init(
    pool: PeerPool, node: NodeID, cell: NodeConfiguration.Cell, membership: any Membership,
    inbox: PeerInbox
  ) {
    self.pool = pool
    self.node = node
    name = cell.name
    capacity = cell.capacity
    self.membership = membership
    self.inbox = inbox
    directory = CellDirectory(node: node, peers: pool)
  }

  /// Members of the view, this node included.
  var memberCount: Int { view.withLock { $0.members } }

  /// When discovery last confirmed who is there; `.never` if that can't grow old.
  var confirmedAt: Instant { membership.confirmedAt }
}
