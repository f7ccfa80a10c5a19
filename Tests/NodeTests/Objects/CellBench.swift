import Logging
import NIOCore
import NIOPosix
import Synchronization
import TarnCore

@testable import TarnNode

/// Nodes of one cell in one process: real shards on real event loops and real object services before
/// one origin in memory; what they say to each other goes by function call.
final class CellBench: Sendable {
  let origin = MemoryOrigin()
  let nodes: [Node]
  fileprivate let board: Board

  struct Node: Sendable {
    let loop: any EventLoop
    let shards: ShardSet
    let service: ObjectService
    let directory: CellDirectory
  }

  init(
    _ count: Int, _ consistency: NodeConfiguration.Container.Consistency,
    originTimeout: Nanoseconds = 60_000_000_000
  ) throws {
    var rule = NodeConfiguration.Container(name: "c")
    rule.consistency = consistency
    var cache = CacheConfiguration()
    cache.memoryBytes = 64 << 20
    // Silence of a busy machine means nothing.
    cache.fetch.peerPatienceNanoseconds = 20_000_000_000
    cache.fetch.pingTimeoutNanoseconds = 20_000_000_000
    cache.fetch.originTimeoutNanoseconds = originTimeout
    let containers = ContainerTable(
      origins: [("memory", origin)], containers: [rule], tenants: [])
    let board = Board()
    let shared = SharedConfiguration(cache)
    self.board = board
    nodes = try (0..<count).map { number in
      try CellBench.node(NodeID(UInt16(number)), shared, containers, board)
    }
    let view = ClusterView(
      version: 1, capacity: count,
      members: (0..<count).map { Member(node: NodeID(UInt16($0)), rack: UInt16($0)) })
    for node in nodes {
      node.directory.adopt(view)
      for shard in node.shards.shards { try shard.loop.submit { shard.adopt(view) }.wait() }
    }
  }

  private static func node(
    _ id: NodeID, _ shared: SharedConfiguration, _ containers: ContainerTable, _ board: Board
  ) throws -> Node {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let peers = LocalPeers(id, board)
    let shards = ShardSet(
      try group.makeIterator().enumerated().map { number, loop in
        Shard(
          ShardSettings(
            number: number, node: id, incarnation: 1, cache: shared, loop: loop,
            logger: Logger(label: "test")),
          memory: try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 65_536), flash: nil,
          origin: containers, peers: peers)
      })
    let directory = CellDirectory(node: id, peers: peers)
    let service = ObjectService(
      ObjectService.Settings(
        blockBytes: 65_536, readDeadlineNanoseconds: 60_000_000_000, readAhead: 4,
        salts: [TenantSalt(key0: 1, key1: 2)]),
      shards: shards, containers: containers, cell: directory)
    let inbox = PeerInbox { _ in }
    inbox.open(shards: shards, objects: service)
    board.add(inbox)
    return Node(loop: group.next(), shards: shards, service: service, directory: directory)
  }

  /// Messages for which this is true are lost.
  func lose(_ isLost: @escaping @Sendable (PeerMessage) -> Bool) {
    board.state.withLock { $0.isLost = isLost }
  }

  /// Requests to the origin: for attributes, for both, for ranges.
  var requests: [Int] { origin.state.withLock { [$0.questions, $0.opens, $0.reads] } }

  /// What a client of the node gets that opens the object for these bytes and reads them.
  func read(
    _ key: String, _ range: Range<UInt64>, at node: Int
  ) async throws -> (bytes: [UInt8], failure: ObjectFailure?) {
    let node = nodes[node]
    typealias Opened = Result<OpenObject, ObjectFailure>
    let opened = await withCheckedContinuation {
      (continuation: CheckedContinuation<Opened, Never>) in
      node.loop.execute {
        node.service.open(
          tenant: TenantID(0), container: "c", key: key, wanting: range.lowerBound, on: node.loop
        ) { continuation.resume(returning: $0) }
      }
    }
    return try await ObjectBench.read(
      opened.get(), range, through: node.service, on: node.loop)
  }
}

/// Where the nodes' messages go.
private final class Board: Sendable {
  struct State {
    var inboxes: [PeerInbox] = []
    var isLost: @Sendable (PeerMessage) -> Bool = { _ in false }
  }
  let state = Mutex(State())

  func add(_ inbox: PeerInbox) { state.withLock { $0.inboxes.append(inbox) } }
  func inbox(of node: NodeID) -> PeerInbox { state.withLock { $0.inboxes[Int(node.ordinal)] } }
}

private final class LocalPeers: PeerTransport {
  private let own: NodeID
  private let board: Board

  init(_ own: NodeID, _ board: Board) {
    self.own = own
    self.board = board
  }

  func send(
    _ message: PeerMessage, locator: BlockLocator?, payload: Payload?, to peer: NodeID,
    fromShard shard: Int, now: Instant
  ) {
    if board.state.withLock({ $0.isLost })(message) { return }
    let target = message.kind.isAboutBlock ? ShardSet.index(of: message.key, among: 2) : shard
    board.inbox(of: peer).receive(
      message, locator: locator, payload: payload, from: own, toShard: target)
  }

  func askAttributes(
    container: String, key: String, tenant: TenantID, wanting offset: UInt64?, of peer: NodeID,
    completion: @escaping @Sendable (PeerAttributes?) -> Void
  ) {
    board.inbox(of: peer).attributes(
      container: container, key: key, tenant: tenant, wanting: offset, completion: completion)
  }
}
