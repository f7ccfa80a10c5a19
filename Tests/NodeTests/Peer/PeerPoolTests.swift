import Foundation
import Synchronization
import TarnCore
import Testing

@testable import TarnNode

struct PeerPoolTests {
  @Test func anAskArrivesAtTheShardOfItsKeyAndTheBlockComesBack() async throws {
    let nodes = try await PeerNode.cell(2) { $1.lanes = 1 }
    let locator = BlockLocator(object: peerObject(), index: 2)
    let block = peerPayload(Int(locator.length))
    nodes[1].state.withLock {
      $0.onMessage = { heard, node in
        var answer = giveMessage(block, key: heard.message.key)
        answer.operation = heard.message.operation
        node.send(answer, payload: block, to: heard.from.ordinal, shard: heard.shard)
      }
    }
    nodes[0].send(askMessage(locator), locator: locator, to: 1, shard: 3)

    #expect(await becomesTrue { nodes[0].heard.count == 1 })
    let asked = try #require(nodes[1].heard.first)
    #expect(asked.from == NodeID(0))
    #expect(asked.shard == Int(locator.key.low % 4))
    #expect(asked.locator?.key == locator.key)
    #expect(asked.locator?.range == (8 << 20)..<(9 << 20))
    #expect(asked.locator?.object.key == "a/b.bin")
    let given = try #require(nodes[0].heard.first)
    #expect(given.message.kind == .give)
    #expect(given.message.operation == OperationID(77))
    #expect(isEqual(given.payload, block))
    // The answer took the link that the question had opened.
    #expect(nodes[0].pool.counters.linksOpened == 1)
    #expect(nodes[1].pool.counters.linksOpened == 1)
    await PeerNode.stop(nodes)
    #expect(nodes[0].pool.counters.linksUp == 0)
  }

  @Test func fourNodesExchangeBlocksOfAllSizes() async throws {
    let nodes = try await PeerNode.cell(4)
    var random = PeerRandom(11)
    var sent: [UInt64: Payload] = [:]
    var operation: UInt64 = 0
    for _ in 0..<240 {
      let from = Int.random(in: 0..<4, using: &random)
      let to = (from + Int.random(in: 1..<4, using: &random)) % 4
      let sizes = [0, 1, 4_095, 32 << 10, 65_535, 65_536, 200_001, 1 << 20, (1 << 20) + 3]
      let size = sizes.randomElement(using: &random) ?? 1
      operation += 1
      let payload = peerPayload(size, seed: operation)
      var message = giveMessage(payload, key: BlockKey(high: 0, low: random.next()))
      message.operation = OperationID(operation)
      sent[operation] = payload
      nodes[from].send(
        message, payload: size == 0 ? nil : payload, to: UInt16(to), shard: Int(operation % 4))
    }
    #expect(await becomesTrue(seconds: 30) { nodes.map(\.heard.count).reduce(0, +) == 240 })
    for heard in nodes.flatMap(\.heard) {
      let payload = sent.removeValue(forKey: heard.message.operation.rawValue)
      #expect(heard.message.length == 0 ? heard.payload == nil : isEqual(heard.payload, payload))
      #expect(heard.shard == Int(heard.message.key.low % 4))
    }
    #expect(sent.isEmpty)
    let received = nodes.map(\.pool.counters.framesReceived).reduce(0, +)
    #expect(received == 240)
    await PeerNode.stop(nodes)
  }

  @Test func bothMayDialAtTheSameTime() async throws {
    for _ in 0..<20 {
      let nodes = try await PeerNode.cell(2)
      for shard in 0..<4 {
        nodes[0].send(PeerMessage(.ping), to: 1, shard: shard)
        nodes[1].send(PeerMessage(.ping), to: 0, shard: shard)
      }
      #expect(await becomesTrue { nodes.allSatisfy { $0.heard.count == 4 } })
      // Whichever link they have settled on, it works in both directions.
      nodes[0].send(PeerMessage(.pong), to: 1)
      nodes[1].send(PeerMessage(.pong), to: 0)
      #expect(await becomesTrue { nodes.allSatisfy { $0.heard.count == 5 } })
      #expect(nodes[0].pool.counters.drops == nodes[1].pool.counters.drops)
      #expect(nodes[0].pool.counters.drops.allSatisfy { $0 == 0 })
      await PeerNode.stop(nodes)
    }
  }

  /// 8 shards ask 3: whoever asks gets the answer, and a pong is for everyone who may have pinged.
  @Test func answersFindTheShardThatAskedHoweverManyShardsThereAre() async throws {
    let nodes = try await PeerNode.cell(2) { ordinal, configuration in
      configuration.shards = ordinal == 0 ? 8 : 3
    }
    nodes[1].state.withLock {
      $0.onMessage = { heard, node in
        let kind: PeerMessage.Kind = heard.message.kind == .ping ? .pong : .grantBudget
        node.send(
          PeerMessage(kind, operation: heard.message.operation), to: 0, shard: heard.shard)
      }
    }
    // All with the same operation: cores number theirs alike.
    for shard in 0..<8 {
      nodes[0].send(
        PeerMessage(.askBudget, operation: OperationID(5)), to: 1, shard: shard)
    }
    #expect(await becomesTrue { nodes[0].heard.count == 8 })
    #expect(nodes[1].heard.map(\.shard).sorted() == [0, 0, 0, 1, 1, 1, 2, 2])
    #expect(nodes[0].heard.map(\.shard).sorted() == Array(0..<8))

    nodes[0].send(PeerMessage(.ping), to: 1, shard: 4)
    #expect(await becomesTrue { nodes[0].heard.count == 11 })
    #expect(nodes[0].heard[8...].map(\.shard).sorted() == [1, 4, 7])
    await PeerNode.stop(nodes)
  }

  @Test func aPrefixIsAskedOfTheShardOfItsFirstKey() async throws {
    let nodes = try await PeerNode.cell(2)
    nodes[1].state.withLock {
      $0.onMessage = { heard, node in
        var answer = PeerMessage(.givePrefix, operation: heard.message.operation)
        answer.count = 2
        node.send(answer, to: 0, shard: heard.shard)
      }
    }
    let keys = PeerNode.memory.allocate(32)
    for (index, word) in ([1, 6, 1, 7] as [UInt64]).enumerated() {
      keys.bytes.storeBytes(of: word.littleEndian, toByteOffset: 8 * index, as: UInt64.self)
    }
    nodes[0].send(
      PeerMessage(.askPrefix, operation: OperationID(1)), payload: keys, to: 1, shard: 3)
    #expect(await becomesTrue { nodes[0].heard.count == 1 })
    let asked = try #require(nodes[1].heard.first)
    #expect(asked.shard == 2)
    #expect(isEqual(asked.payload, keys))
    let answer = try #require(nodes[0].heard.first)
    #expect(answer.shard == 3)
    #expect(answer.message.count == 2)
    await PeerNode.stop(nodes)
  }

  @Test func aDeadlineIsOnTheReceiversClock() async throws {
    let (one, placeOne) = try await PeerNode.started(PeerNode.configuration(0))
    // An hour ahead.
    let (two, placeTwo) = try await PeerNode.started(
      PeerNode.configuration(1), clockOffset: 3_600_000_000_000)
    let places = [
      MemberPlace(Member(node: NodeID(0)), at: placeOne),
      MemberPlace(Member(node: NodeID(1)), at: placeTwo),
    ]
    one.pool.update(places)
    let locator = BlockLocator(object: peerObject(), index: 0)
    let before = two.clock()
    one.send(askMessage(locator, deadline: one.clock() + 30_000_000_000), locator: locator, to: 1)
    one.send(askMessage(locator), locator: locator, to: 1)
    #expect(await becomesTrue { two.heard.count == 2 })
    let deadlines = two.heard.map(\.message.deadline)
    #expect(deadlines.contains(.never))
    let deadline = try #require(deadlines.first { $0 != .never })
    #expect(deadline > before && deadline <= two.clock() + 30_000_000_000)
    await PeerNode.stop([one, two])
  }

  // MARK: Members

  @Test func thisNodeIsAlwaysAMemberAndOrdinalsBeyondTheCapacityAreNot() async throws {
    let (node, _) = try await PeerNode.started(PeerNode.configuration(3))
    let nowhere = PeerPlace(host: "127.0.0.1", port: 1)
    let other = Member(node: NodeID(5), weight: 100, rack: 9, zone: 2)
    node.pool.update([MemberPlace(other, at: nowhere)])
    node.pool.update([MemberPlace(other, at: nowhere)])
    node.pool.update([
      MemberPlace(other, at: nowhere), MemberPlace(Member(node: NodeID(16)), at: nowhere),
    ])
    node.pool.update([])
    let own = PeerNode.configuration(3).own
    #expect(node.state.withLock { $0.members } == [[own, other], [own]])
    await PeerNode.stop([node])
  }

  @Test func aGreetingTellsWhoIsThere() async throws {
    let nodes = try await PeerNode.cell(2) { ordinal, configuration in
      configuration.secret = "s"
      configuration.own.zone = 7
      configuration.incarnation = 4
      configuration.advertise = PeerPlace(host: "node-\(ordinal).cell", port: 9)
    }
    let place = try #require(nodes[0].listening)
    let greeting = try await nodes[1].pool.greet(place)
    #expect(
      greeting
        == PeerGreeting(
          member: Member(node: NodeID(0), rack: 0, zone: 7),
          place: PeerPlace(host: "node-0.cell", port: 9), incarnation: 4))
    // A node that greets itself learns so.
    #expect(try await nodes[0].pool.greet(place).member.node == NodeID(0))
    #expect(nodes[1].pool.counters.linksOpened == 0)
    await #expect(throws: PeerUnreachable.self) {
      try await nodes[1].pool.greet(PeerPlace(host: "127.0.0.1", port: 1))
    }
    await PeerNode.stop(nodes)
  }

  // MARK: Attributes

  @Test func attributesAreAnswered() async throws {
    let nodes = try await PeerNode.cell(2)
    var random = PeerRandom(3)
    let found = WireTests.randomAttributes(&random)
    let answers: [PeerAttributes?] = [
      .found(found, early: nil), .found(found, early: 12), .notFound, nil,
    ]
    for expected in answers {
      nodes[1].state.withLock { $0.attributes = expected }
      #expect(await nodes[0].attributes(of: 1) == expected)
      #expect(nodes[1].state.withLock { $0.wanted } == 8_192)
    }
    // Too long for a frame: the asker has to ask the origin.
    var long = found
    long.metadata.user = [("k", String(repeating: "v", count: 70_000))]
    nodes[1].state.withLock { $0.attributes = .found(long, early: nil) }
    #expect(await nodes[0].attributes(of: 1) == nil)
    await PeerNode.stop(nodes)
  }

  @Test func whoDoesNotAnswerForAttributesIsGivenUp() async throws {
    let nodes = try await PeerNode.cell(3) { _, configuration in
      configuration.questionTimeoutNanoseconds = 50_000_000
    }
    nodes[1].state.withLock { $0.answersQuestions = false }
    #expect(await nodes[0].attributes(of: 1) == nil)
    // No such node, and one that is gone.
    #expect(await nodes[0].attributes(of: 9) == nil)
    await nodes[2].pool.stop()
    #expect(await nodes[0].attributes(of: 2) == nil)
    await PeerNode.stop(nodes)
  }

  @Test func aQuestionEndsWithItsLink() async throws {
    let nodes = try await PeerNode.cell(2) { _, configuration in
      configuration.questionTimeoutNanoseconds = 3_600_000_000_000
    }
    nodes[1].state.withLock { $0.answersQuestions = false }
    async let answer = nodes[0].attributes(of: 1)
    #expect(await becomesTrue { nodes[1].pool.counters.framesReceived == 1 })
    await nodes[1].pool.stop()
    #expect(await answer == nil)
    await PeerNode.stop(nodes)
  }
}

extension PeerNode {
  func attributes(of peer: UInt16) async -> PeerAttributes? {
    await withCheckedContinuation { continuation in
      pool.askAttributes(
        container: "c", key: "k", tenant: TenantID(1), wanting: 8_192, of: NodeID(peer)
      ) { continuation.resume(returning: $0) }
    }
  }
}
