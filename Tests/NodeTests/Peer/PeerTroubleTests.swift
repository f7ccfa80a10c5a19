import Foundation
import Synchronization
import TarnCore
import Testing

@testable import TarnNode

/// Peers that are gone, slow, strange or hostile.
struct PeerTroubleTests {
  /// One node, and a raw peer that has shaken hands with it as node 5.
  private func nodeAndPeer(
    _ change: (inout PeerConfiguration) -> Void = { _ in }
  ) async throws -> (PeerNode, RawPeer) {
    var configuration = PeerNode.configuration(0)
    configuration.lanes = 1
    change(&configuration)
    let (node, place) = try await PeerNode.started(configuration)
    let peer = RawPeer(to: place)
    guard case .done = try peer.shakeHands(RawPeer.hello(5)) else {
      throw PeerUnreachable(reason: "the handshake of a test failed")
    }
    #expect(await becomesTrue { node.pool.counters.linksUp == 1 })
    return (node, peer)
  }

  // MARK: Gone

  @Test func whoCannotBeReachedIsSilentAndIsTriedAgain() async throws {
    let (node, _) = try await PeerNode.started(PeerNode.configuration(0))
    let gone: PeerPlace
    do {
      let listener = RawListener()
      gone = listener.place
    }
    let member = Member(node: NodeID(1))
    node.pool.update([MemberPlace(member, at: gone)])
    for _ in 0..<10 { node.send(PeerMessage(.ping), to: 1) }
    #expect(await becomesTrue { node.pool.counters[.unreachable] == 10 })
    #expect(node.pool.counters.linksFailed >= 1)
    // Nobody of that name.
    node.send(PeerMessage(.ping), to: 9)
    node.send(PeerMessage(.ping), to: .max)
    #expect(node.pool.counters[.unreachable] == 12)

    // It comes up elsewhere, and is reached at once.
    let (other, place) = try await PeerNode.started(PeerNode.configuration(1))
    node.pool.update([MemberPlace(member, at: place)])
    node.send(PeerMessage(.ping), to: 1)
    #expect(await becomesTrue { other.heard.count == 1 })
    await PeerNode.stop([node, other])
  }

  /// The core's own defaults: patience of 250 ms, then a ping of 250 ms; the pool only is silent.
  @Test func theCoreSuspectsADeadPeerWithinASecond() async throws {
    let (node, _) = try await PeerNode.started(PeerNode.configuration(0))
    let gone = RawListener().place
    let members = [Member(node: NodeID(0)), Member(node: NodeID(1))]
    node.pool.update([MemberPlace(members[1], at: gone)])
    let view = ClusterView(version: 1, capacity: 16, members: members)
    let key = try #require(
      (0..<1_000).map { BlockKey(high: $0, low: 1) }.first { view.owner(of: $0) == NodeID(1) })

    var core = CacheNode(CacheConfiguration(), id: NodeID(0))
    var effects = Effects()
    var now = Instant(nanoseconds: 1)
    var wake = Instant.never
    var asked: [NodeID] = []
    var readsOriginAt: Instant?
    let perform = { (effects: inout Effects) in
      effects.drain { effect in
        switch effect {
        case .send(let message, let peer, _):
          asked.append(peer)
          node.pool.send(
            message, locator: nil, payload: nil, to: peer, fromShard: 0, now: node.clock())
        case .wake(let at): wake = at
        case .readOrigin: readsOriginAt = now
        default: break
        }
      }
    }
    core.step(.view(ClusterViewReference(view)), at: now, into: &effects)
    let request = ReadRequest(
      key: key, request: RequestID(1), deadline: now + 60_000_000_000, length: 4_096,
      tenant: TenantID(0))
    core.step(.read(request), at: now, into: &effects)
    perform(&effects)
    for _ in 0..<20 where readsOriginAt == nil && wake != .never {
      now = max(now, wake)
      core.step(.wake, at: now, into: &effects)
      perform(&effects)
    }
    let end = try #require(readsOriginAt)
    #expect(end - .zero < 1_000_000_000)
    // The ask, and the ping.
    #expect(asked.filter { $0 == NodeID(1) }.count >= 2)
    #expect(await becomesTrue { node.pool.counters[.unreachable] >= 2 })
    #expect(node.heard.isEmpty)
    await PeerNode.stop([node])
  }

  @Test func aPeerThatTakesConnectionsAndSaysNothingIsGivenUp() async throws {
    let (node, _) = try await PeerNode.started(
      {
        var configuration = PeerNode.configuration(0)
        configuration.connectTimeoutNanoseconds = 50_000_000
        return configuration
      }())
    let mute = RawListener()
    node.pool.update([MemberPlace(Member(node: NodeID(1)), at: mute.place)])
    node.send(PeerMessage(.ping), to: 1)
    #expect(await becomesTrue { node.pool.counters[.unreachable] == 1 })
    #expect(node.pool.counters.linksFailed == 1)
    await PeerNode.stop([node])
  }

  @Test func aPeerThatDiesInTheMiddleOfAPayloadLeavesNothingBehind() async throws {
    let (node, bystander) = try await nodeAndPeer()
    do {
      let place = try #require(node.listening)
      let peer = RawPeer(to: place)
      _ = try peer.shakeHands(RawPeer.hello(6))
      let block = peerPayload(1 << 20)
      peer.send(frameBytes(giveMessage(block), payload: block))
      peer.send(Array(block.bytes[..<500_000]))
      let expected = UInt64(500_000)
      #expect(await becomesTrue { node.pool.counters.bytesReceived > expected })
      #expect(node.state.withLock { $0.payloads.count == 1 && $0.payloads[0].payload != nil })
    }
    #expect(await becomesTrue { node.pool.counters.linksUp == 1 })
    #expect(node.heard.isEmpty)
    #expect(await becomesTrue { node.state.withLock { $0.payloads[0].payload == nil } })
    withExtendedLifetime(bystander) {}
    await PeerNode.stop([node])
  }

  @Test func aNodeThatStartsAnewReplacesItsEarlierLife() async throws {
    let (node, earlier) = try await nodeAndPeer()
    var hello = RawPeer.hello(5)
    hello.incarnation = 1
    let later = RawPeer(to: try #require(node.listening))
    guard case .done = try later.shakeHands(hello) else {
      Issue.record("the second life was refused")
      return
    }
    #expect(earlier.isHungUp)
    node.send(PeerMessage(.ping), to: 5)
    #expect(later.receiveFrame().count == FrameHeader.size + MessageFrame.messageSize)
    await PeerNode.stop([node])
  }

  // MARK: Slow

  @Test func aPeerThatDoesNotReadCostsNoMoreThanTheBounds() async throws {
    let (node, peer) = try await nodeAndPeer {
      $0.queuedByteLimit = 8 << 20
      $0.queuedFrameLimit = 100
    }
    let block = peerPayload(1 << 20)
    for _ in 0..<64 { node.send(giveMessage(block), payload: block, to: 5) }
    #expect(node.pool.counters[.overflow] > 0)
    // What the sockets and the queue hold at most, and no more. Everything else was dropped.
    #expect(
      await becomesTrue {
        node.pool.counters[.overflow] >= 40 || node.pool.counters.framesSent < 24
      })
    for _ in 0..<1_000 { node.send(PeerMessage(.ping), to: 5) }
    #expect(node.pool.counters[.overflow] > 800)

    // It reads on: what was queued comes, whole and in frames.
    var gives = 0
    var pings = 0
    while pings == 0 || gives == 0 {
      let frame = peer.receiveFrame()
      guard frame.count >= FrameHeader.size else { break }
      let header = try frame.withUnsafeBytes { try FrameHeader(parsing: $0) }
      if header.payloadLength > 0 {
        gives += 1
        #expect(peer.receive(header.payloadLength) == Array(block.bytes))
      } else {
        pings += 1
      }
    }
    #expect(gives > 0 && pings > 0)
    await PeerNode.stop([node])
  }

  @Test func whatHasWaitedTooLongIsDropped() async throws {
    let (node, peer) = try await nodeAndPeer {
      $0.frameLifetimeNanoseconds = 1_000_000
      $0.queuedByteLimit = 64 << 20
    }
    let block = peerPayload(4 << 20)
    for _ in 0..<8 { node.send(giveMessage(block), payload: block, to: 5) }
    try await Task.sleep(for: .milliseconds(20))
    // Read until the queue has moved on.
    for _ in 0..<4 where node.pool.counters[.expired] == 0 {
      let frame = peer.receiveFrame()
      guard frame.count >= FrameHeader.size else { break }
      let header = try frame.withUnsafeBytes { try FrameHeader(parsing: $0) }
      _ = peer.receive(header.payloadLength)
    }
    #expect(await becomesTrue { node.pool.counters[.expired] > 0 })
    await PeerNode.stop([node])
  }

  @Test func pingsOvertakeBlocks() async throws {
    let (node, peer) = try await nodeAndPeer()
    let block = peerPayload(1 << 20)
    for _ in 0..<64 { node.send(giveMessage(block), payload: block, to: 5) }
    node.send(PeerMessage(.ping), to: 5)
    var before = 0
    while before < 64 {
      let frame = peer.receiveFrame()
      guard frame.count >= FrameHeader.size else { break }
      let header = try frame.withUnsafeBytes { try FrameHeader(parsing: $0) }
      if header.payloadLength == 0 { break }
      _ = peer.receive(header.payloadLength)
      before += 1
    }
    #expect(before < 40)
    await PeerNode.stop([node])
  }

  // MARK: Wrong

  @Test func aRefusalIsSaidToBothSides() async throws {
    let (node, place) = try await PeerNode.started(
      {
        var configuration = PeerNode.configuration(0)
        configuration.secret = "right"
        return configuration
      }())
    let peer = RawPeer(to: place)
    let step = try peer.shakeHands(RawPeer.hello(5, secret: true), secret: "wrong")
    guard case .refused(let refusal) = step else {
      Issue.record("\(step)")
      return
    }
    #expect(refusal.reason == .secret)
    #expect(peer.isHungUp)
    #expect(node.pool.counters.linksOpened == 0)
    await PeerNode.stop([node])
  }

  @Test func twoNodesWithDifferentBlocksDoNotTalk() async throws {
    let nodes = try await PeerNode.cell(2) { $1.blockBytes = $0 == 0 ? 1 << 20 : 4 << 20 }
    nodes[0].send(PeerMessage(.ping), to: 1)
    #expect(await becomesTrue { nodes[0].pool.counters[.unreachable] == 1 })
    let place = try #require(nodes[1].listening)
    await #expect(throws: PeerRefusal.self) { try await nodes[0].pool.greet(place) }
    #expect(nodes.allSatisfy { $0.heard.isEmpty && $0.pool.counters.linksOpened == 0 })
    await PeerNode.stop(nodes)
  }

  @Test func anAskForABlockThatItsLocatorDoesNotNameIsDropped() async throws {
    let (node, peer) = try await nodeAndPeer()
    let locator = BlockLocator(object: peerObject(), index: 1)
    // Another tenant's salt makes another key.
    let forged = BlockLocator(
      object: peerObject(salt: TenantSalt(key0: 1, key1: 1)), index: 1)
    peer.send(frameBytes(askMessage(forged), locator: forged))
    var short = askMessage(locator)
    short.length -= 1
    peer.send(frameBytes(short, locator: locator))
    var stranger = askMessage(locator)
    stranger.tenant = TenantID(99)
    peer.send(frameBytes(stranger, locator: locator))
    peer.send(frameBytes(askMessage(locator), locator: locator))
    #expect(await becomesTrue { node.heard.count == 1 })
    #expect(node.heard.first?.message.key == locator.key)
    #expect(node.pool.counters[.wrongLocator] == 2)
    #expect(node.pool.counters[.unknownTenant] == 1)
    #expect(node.pool.counters.linksUp == 1)
    withExtendedLifetime(peer) {}
    await PeerNode.stop([node])
  }

  @Test func aDamagedPayloadIsDroppedAndTheNextOneTaken() async throws {
    let (node, peer) = try await nodeAndPeer()
    let block = peerPayload(300_000)
    peer.send(frameBytes(giveMessage(block), payload: block, checksum: 1) + Array(block.bytes))
    peer.send(frameBytes(giveMessage(block), payload: block) + Array(block.bytes))
    #expect(await becomesTrue { node.heard.count == 1 })
    #expect(isEqual(node.heard.first?.payload, block))
    #expect(node.pool.counters[.payloadChecksum] == 1)
    await PeerNode.stop([node])
  }

  @Test func aPayloadWithoutMemoryIsLetGoBy() async throws {
    let (node, peer) = try await nodeAndPeer()
    let block = peerPayload(300_000)
    let bytes = frameBytes(giveMessage(block), payload: block) + Array(block.bytes)
    node.state.withLock { $0.refusesPayloads = true }
    peer.send(bytes)
    #expect(await becomesTrue { node.pool.counters[.noMemory] == 1 })
    peer.send(frameBytes(PeerMessage(.ping)))
    #expect(await becomesTrue { node.heard.count == 1 })
    node.state.withLock { $0.refusesPayloads = false }
    peer.send(bytes)
    #expect(await becomesTrue { node.heard.count == 2 })
    #expect(isEqual(node.heard.last?.payload, block))
    await PeerNode.stop([node])
  }

  @Test func malformedBytesCloseTheLinkForACountedReason() async throws {
    let block = peerPayload(100)
    var wrongLength = giveMessage(block)
    wrongLength.length = 99
    var zeroFrame = frameBytes(PeerMessage(.ping))
    zeroFrame.replaceSubrange(8..<12, with: [0, 0, 0, 0])
    var flipped = frameBytes(PeerMessage(.ping))
    flipped[40] ^= 1
    let hello = Handshake(.dialer, own: RawPeer.hello(5), secret: nil).opening
    let cases: [([UInt8], PeerFault)] = [
      (zeroFrame, .length), (flipped, .checksum), (hello, .type),
      (frameBytes(wrongLength, payload: block), .payload),
      (Array(repeating: 0xff, count: 100), .length),
    ]
    for (bytes, fault) in cases {
      let (node, peer) = try await nodeAndPeer()
      peer.send(bytes)
      #expect(await becomesTrue { node.pool.counters[fault] == 1 }, "\(fault)")
      #expect(peer.isHungUp)
      #expect(await becomesTrue { node.pool.counters.linksUp == 0 })
      #expect(node.heard.isEmpty)
      await PeerNode.stop([node])
    }
  }

  @Test func strangersAreHungUpOn() async throws {
    let (node, place) = try await PeerNode.started(PeerNode.configuration(0))
    let browser = RawPeer(to: place)
    browser.send(Array("GET / HTTP/1.1\r\nHost: node\r\n\r\n".utf8))
    #expect(browser.isHungUp)
    #expect(await becomesTrue { node.pool.counters[.length] == 1 })
    // A message before the handshake.
    let hasty = RawPeer(to: place)
    hasty.send(frameBytes(PeerMessage(.ping)))
    #expect(hasty.isHungUp)
    #expect(node.heard.isEmpty)
    await PeerNode.stop([node])
  }

  @Test func whatNoReceiverWouldTakeIsNotSent() async throws {
    let nodes = try await PeerNode.cell(2)
    let block = peerPayload(100)
    var wrong = giveMessage(block)
    wrong.length = 99
    nodes[0].send(wrong, payload: block, to: 1)
    nodes[0].send(giveMessage(block), to: 1)
    let long = BlockLocator(
      object: peerObject(key: String(repeating: "k", count: 70_000)), index: 0)
    nodes[0].send(askMessage(long), locator: long, to: 1)
    nodes[0].send(PeerMessage(.ping), to: 1)
    #expect(await becomesTrue { nodes[1].heard.count == 1 })
    #expect(nodes[0].pool.counters[.unsendable] == 3)
    #expect(nodes[0].pool.counters.linksUp == 1)
    await PeerNode.stop(nodes)
  }

  @Test func aLinkThatNobodyUsesIsClosedAndDialedAgain() async throws {
    let nodes = try await PeerNode.cell(2) { $1.idleTimeoutNanoseconds = 400_000_000 }
    nodes[0].send(PeerMessage(.ping), to: 1)
    #expect(await becomesTrue { nodes[1].heard.count == 1 })
    #expect(await becomesTrue { nodes.allSatisfy { $0.pool.counters.linksUp == 0 } })
    nodes[1].send(PeerMessage(.pong), to: 0)
    #expect(await becomesTrue { nodes[0].heard.count == 1 })
    await PeerNode.stop(nodes)
  }

  @Test func aBadConfigurationNamesTheValue() async {
    var configuration = PeerNode.configuration(16)
    #expect(
      configuration.problem() == "cell.ordinal is 16: it must be below cell.capacity, 16")
    configuration = PeerNode.configuration(0)
    configuration.capacity = 70_000
    #expect(configuration.problem() == "cell.capacity is 70000: make it 1 to 65534")
    configuration = PeerNode.configuration(0)
    configuration.listen = PeerPlace(host: "127.0.0.1", port: 1)
    configuration.listen.host = "203.0.113.1"
    let node = PeerNode(configuration)
    await #expect(throws: PeerPoolError.self) { _ = try await node.pool.start(delegate: node) }
  }
}
