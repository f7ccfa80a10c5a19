import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization
import TarnCore
import TarnNode

/// Two pools in one process, each with one event loop: one asks for blocks, the other gives them.
enum GiveRace {
  static let blockBytes = 4 << 20
  /// Asks under way.
  static let depth = 8

  static func run(seconds: Double) async throws -> Flow {
    let giver = try Side(ordinal: 0)
    let reader = try Side(ordinal: 1)
    let giverPlace = try await giver.pool.start(delegate: giver)
    let readerPlace = try await reader.pool.start(delegate: reader)
    let members = [(giver, giverPlace), (reader, readerPlace)].map { side, place in
      MemberPlace(Member(node: side.node), at: place)
    }
    giver.pool.update(members)
    reader.pool.update(members)
    for _ in 0..<depth { reader.ask() }
    // The link comes up, pages come into being.
    try await Task.sleep(for: .milliseconds(300))
    let before = try await (giver.seconds(), reader.seconds(), wallSeconds(), reader.received)
    try await Task.sleep(for: .seconds(seconds))
    let after = try await (giver.seconds(), reader.seconds(), wallSeconds(), reader.received)
    await reader.pool.stop()
    await giver.pool.stop()
    try await giver.group.shutdownGracefully()
    try await reader.group.shutdownGracefully()
    return Flow(
      bytes: Double(after.3 - before.3), senderSeconds: after.0 - before.0,
      receiverSeconds: after.1 - before.1, wallSeconds: after.2 - before.2)
  }
}

/// One end. The giver answers asks with one of 32 blocks, which no cache holds at once.
private final class Side: PeerDelegate {
  let node: NodeID
  let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  let pool: PeerPool
  private let memory: PayloadMemory
  private let blocks: [Payload]
  private let next = Atomic<Int>(0)
  private let bytes = Atomic<Int>(0)

  init(ordinal: UInt16) throws {
    node = NodeID(ordinal)
    let configuration = PeerConfiguration(
      cell: "bench", listen: NodeConfiguration.SocketPlace(host: "127.0.0.1", port: 0),
      own: Member(node: node), capacity: 2, shards: 1, blockBytes: UInt32(GiveRace.blockBytes))
    pool = PeerPool(
      configuration, group: group, shard: { _ in 0 }, salt: { _ in nil },
      now: { Instant(nanoseconds: UInt64(wallSeconds() * 1e9)) }, logger: Logger(label: "bench"))
    let memory = try PayloadMemory(
      capacityBytes: 1 << 30, largestBlock: GiveRace.blockBytes)
    self.memory = memory
    blocks = (0..<(ordinal == 0 ? 32 : 0)).map { index in
      let block = memory.allocate(GiveRace.blockBytes)
      for offset in stride(from: 0, to: block.count, by: 8) {
        block.bytes.storeBytes(
          of: mix64(UInt64(index << 32 | offset)), toByteOffset: offset, as: UInt64.self)
      }
      return block
    }
  }

  var received: Int { bytes.load(ordering: .relaxed) }

  /// Processor time of the end's event loop.
  func seconds() async throws -> Double {
    try await group.next().submit { threadSeconds() }.get()
  }

  func ask() { send(PeerMessage(.ask, length: UInt32(GiveRace.blockBytes)), nil, to: 0) }

  private func send(_ message: PeerMessage, _ payload: Payload?, to peer: UInt16) {
    pool.send(
      message, locator: nil, payload: payload, to: NodeID(peer), fromShard: 0,
      now: Instant(nanoseconds: UInt64(wallSeconds() * 1e9)))
  }

  func payload(forShard shard: Int, bytes: Int) -> Payload? { memory.allocate(bytes) }

  func receive(
    _ message: PeerMessage, locator: BlockLocator?, payload: Payload?, from peer: NodeID,
    toShard shard: Int
  ) {
    if message.kind == .ask {
      let block = blocks[next.wrappingAdd(1, ordering: .relaxed).newValue % blocks.count]
      send(PeerMessage(.give, length: message.length), block, to: peer.ordinal)
    } else {
      bytes.wrappingAdd(payload?.count ?? 0, ordering: .relaxed)
      ask()
    }
  }

  func attributes(
    container: String, key: String, tenant: TenantID, wanting offset: UInt64?,
    completion: @escaping @Sendable (PeerAttributes?) -> Void
  ) { completion(nil) }
  func membersChanged(_ members: [Member]) {}
}
