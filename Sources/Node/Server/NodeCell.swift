internal import Logging
internal import NIOCore
internal import Synchronization
internal import TarnCore

/// A node's part in its cell: the links to its peers, who they are, and the views that follow.
final class NodeCell: Sendable {
  let pool: PeerPool
  let directory: CellDirectory
  let node: NodeID
  let incarnation: UInt16
  let name: String
  private let inbox: PeerInbox
  private let logger: Logger
  private struct State {
    var membership: (any Membership)?
    var shards: ShardSet?
    var views: CellViews
    var view: ClusterView?
  }
  private let state: Mutex<State>

  init(
    _ cell: NodeConfiguration.Cell, pool: PeerPool, node: NodeID, incarnation: UInt16,
    inbox: PeerInbox, logger: Logger
  ) {
    self.pool = pool
    self.node = node
    self.incarnation = incarnation
    self.inbox = inbox
    self.logger = logger
    name = cell.name
    state = Mutex(State(views: CellViews(capacity: cell.capacity)))
    directory = CellDirectory(node: node, peers: pool)
  }

  /// Members of the view, this node included.
  var memberCount: Int { state.withLock { $0.view?.count ?? 1 } }

  /// When discovery last confirmed who is there; `.never` if that can't grow old.
  var confirmedAt: Instant { state.withLock { $0.membership?.confirmedAt ?? .never } }

  /// From now on messages reach the shards, and discovery's members become views.
  func open(
    shards: ShardSet, objects: ObjectService, membership: any Membership
  ) async {
    state.withLock {
      $0.shards = shards
      $0.membership = membership
    }
    inbox.open(shards: shards, objects: objects)
    // A core that was told of no cell grants itself what it likes: discovery may take its time, the
    // node itself is a member for certain.
    pool.update([])
    await membership.start { [pool] members in pool.update(members) }
  }

  /// The members changed: every shard and the directory of names learn of it.
  func adopt(_ members: [Member]) {
    let (view, shards) = state.withLock { state -> (ClusterView, ShardSet?) in
      let view = state.views.next(members)
      state.view = view
      return (view, state.shards)
    }
    logger.info("the cell has \(view.count) members", metadata: ["version": "\(view.version)"])
    directory.adopt(view)
    for shard in shards?.shards ?? [] { shard.loop.execute { shard.adopt(view) } }
  }

  func stop() async {
    await state.withLock { $0.membership }?.stop()
    await pool.stop()
  }
}
