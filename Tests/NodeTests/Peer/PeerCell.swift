import Foundation
import Logging
import NIOPosix
import Synchronization
import TarnCore
import Testing

@testable import TarnNode

typealias PeerPlace = NodeConfiguration.SocketPlace

/// Seeded, so that a failure comes again.
struct PeerRandom: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return mix64(state)
  }
}

/// Waits until `condition` holds; a test that waits in vain fails by its own expectation after this.
func becomesTrue(seconds: Int = 10, _ condition: () -> Bool) async -> Bool {
  for _ in 0..<(seconds * 500) {
    if condition() { return true }
    try? await Task.sleep(for: .milliseconds(2))
  }
  return condition()
}

struct WeakPayload { weak var payload: Payload? }

/// A node of a test's cell: a pool, and a delegate that writes down what it hears.
final class PeerNode: PeerDelegate {
  struct Heard: Sendable {
    var message: PeerMessage
    var locator: BlockLocator?
    var payload: Payload?
    var from: NodeID
    var shard: Int
  }
  struct State {
    var heard: [Heard] = []
    var members: [[Member]] = []
    var refusesPayloads = false
    var attributes: PeerAttributes?
    /// The byte that the last question wanted.
    var wanted: UInt64?
    var answersQuestions = true
    var onMessage: (@Sendable (Heard, PeerNode) -> Void)?
    /// Where it listens.
    var place: PeerPlace?
    /// The payloads that it has handed out, as long as someone keeps them.
    var payloads: [WeakPayload] = []
  }

  let pool: PeerPool
  let state = Mutex(State())
  let clock: @Sendable () -> Instant

  static let salt = TenantSalt(key0: 7, key1: 9)
  static let blockBytes: UInt32 = 4 << 20
  static let memory: PayloadMemory = {
    do {
      return try PayloadMemory(capacityBytes: 256 << 20, largestBlock: 64 << 20)
    } catch {
      preconditionFailure("no memory for tests: \(error)")
    }
  }()
  static let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)

  static func configuration(_ ordinal: UInt16) -> PeerConfiguration {
    var configuration = PeerConfiguration(
      cell: "test", listen: PeerPlace(host: "127.0.0.1", port: 0),
      own: Member(node: NodeID(ordinal), rack: ordinal), capacity: 16, shards: 4,
      blockBytes: blockBytes)
    configuration.firstRetryNanoseconds = 1_000_000
    return configuration
  }

  init(_ configuration: PeerConfiguration, clockOffset: UInt64 = 0) {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let clock: @Sendable () -> Instant = {
      Instant(nanoseconds: DispatchTime.now().uptimeNanoseconds + clockOffset)
    }
    self.clock = clock
    let shards = configuration.shards
    pool = PeerPool(
      configuration, group: PeerNode.group, shard: { Int($0.low % UInt64(shards)) },
      salt: { $0.rawValue < 10 ? PeerNode.salt : nil }, now: clock, logger: logger)
  }

  /// A node that has started, and where it listens.
  static func started(
    _ configuration: PeerConfiguration, clockOffset: UInt64 = 0
  ) async throws -> (node: PeerNode, place: PeerPlace) {
    let node = PeerNode(configuration, clockOffset: clockOffset)
    let place = try await node.pool.start(delegate: node)
    node.state.withLock { $0.place = place }
    return (node, place)
  }

  /// Nodes 0 ..< `count` that know each other.
  static func cell(
    _ count: UInt16, _ change: (UInt16, inout PeerConfiguration) -> Void = { _, _ in }
  ) async throws -> [PeerNode] {
    var nodes: [PeerNode] = []
    var places: [MemberPlace] = []
    for ordinal in 0..<count {
      var configuration = configuration(ordinal)
      change(ordinal, &configuration)
      let (node, place) = try await started(configuration)
      nodes.append(node)
      places.append(MemberPlace(configuration.own, at: place))
    }
    for node in nodes { node.pool.update(places) }
    return nodes
  }

  static func stop(_ nodes: [PeerNode]) async { for node in nodes { await node.pool.stop() } }

  func payload(forShard shard: Int, bytes: Int) -> Payload? {
    state.withLock { state in
      guard !state.refusesPayloads else { return nil }
      let payload = PeerNode.memory.allocate(bytes)
      state.payloads.append(WeakPayload(payload: payload))
      return payload
    }
  }

  func receive(
    _ message: PeerMessage, locator: BlockLocator?, payload: Payload?, from peer: NodeID,
    toShard shard: Int
  ) {
    let heard = Heard(
      message: message, locator: locator, payload: payload, from: peer, shard: shard)
    let reaction = state.withLock { state in
      state.heard.append(heard)
      return state.onMessage
    }
    reaction?(heard, self)
  }

  func attributes(
    container: String, key: String, tenant: TenantID, wanting offset: UInt64?,
    completion: @escaping @Sendable (PeerAttributes?) -> Void
  ) {
    let (answers, attributes) = state.withLock {
      $0.wanted = offset
      return ($0.answersQuestions, $0.attributes)
    }
    if answers { completion(attributes) }
  }

  func membersChanged(_ members: [Member]) { state.withLock { $0.members.append(members) } }

  var listening: PeerPlace? { state.withLock { $0.place } }
  var heard: [Heard] { state.withLock { $0.heard } }

  func send(
    _ message: PeerMessage, locator: BlockLocator? = nil, payload: Payload? = nil, to peer: UInt16,
    shard: Int = 0
  ) {
    pool.send(
      message, locator: locator, payload: payload, to: NodeID(peer), fromShard: shard,
      now: clock())
  }
}

/// An object of a test, and its blocks.
func peerObject(
  size: UInt64 = 9 << 20, key: String = "a/b.bin", salt: TenantSalt = PeerNode.salt
) -> ObjectVersion {
  ObjectVersion(
    tenant: TenantID(3), salt: salt, container: "models", key: key, version: "\"abc\"", size: size,
    blockBytes: PeerNode.blockBytes)
}

func askMessage(_ locator: BlockLocator, deadline: Instant = .never) -> PeerMessage {
  PeerMessage(
    .ask, operation: OperationID(77), key: locator.key, length: locator.length,
    tenant: locator.object.tenant, deadline: deadline)
}

func giveMessage(_ payload: Payload, key: BlockKey = BlockKey(high: 1, low: 2)) -> PeerMessage {
  PeerMessage(.give, operation: OperationID(78), key: key, length: UInt32(payload.count))
}

/// A payload of bytes that differ.
func peerPayload(_ count: Int, seed: UInt64 = 1) -> Payload {
  let payload = count > 0 ? PeerNode.memory.allocate(count) : emptyPayload()
  var random = PeerRandom(seed)
  var offset = 0
  while offset + 8 <= count {
    payload.bytes.storeBytes(of: random.next(), toByteOffset: offset, as: UInt64.self)
    offset += 8
  }
  while offset < count {
    payload.bytes[offset] = UInt8(truncatingIfNeeded: random.next())
    offset += 1
  }
  return payload
}

private func emptyPayload() -> Payload {
  let base = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
  return Payload(
    bytes: UnsafeMutableRawBufferPointer(start: base, count: 0), capacity: 1,
    place: .single(address: UInt(bitPattern: base)), memory: PeerNode.memory)
}

func isEqual(_ left: Payload?, _ right: Payload?) -> Bool {
  guard let left, let right, left.count == right.count else { return false }
  return left.bytes.elementsEqual(right.bytes)
}
