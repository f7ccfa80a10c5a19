import Foundation
import Synchronization
import TarnCore
import Testing

@testable import TarnNode

/// Addresses and who is there, as a test wants it.
private final class TestDirectory: Sendable {
  struct State {
    var addresses: [String]? = []
    var nodes: [String: PeerGreeting] = [:]
    var now: UInt64 = 1_000
    var greetings = 0
  }
  let state = Mutex(State())

  func put(_ address: String, _ ordinal: UInt16, rack: UInt16 = 0, incarnation: UInt16 = 0) {
    state.withLock {
      $0.nodes[address] = PeerGreeting(
        member: Member(node: NodeID(ordinal), rack: rack),
        place: PeerPlace(host: address, port: 7), incarnation: incarnation)
    }
  }

  func list(_ addresses: [String]?) { state.withLock { $0.addresses = addresses } }

  var resolve: DNSMembership.Resolve {
    { name in
      guard let addresses = self.state.withLock({ $0.addresses }) else {
        throw ResolverError(name: name, reason: "no such name")
      }
      return addresses
    }
  }
  var greet: @Sendable (PeerPlace) async throws -> PeerGreeting {
    { place in
      let node = self.state.withLock { state in
        state.greetings += 1
        return state.nodes[place.host]
      }
      guard let node else { throw PeerUnreachable(reason: "nobody is there") }
      return node
    }
  }
  var now: @Sendable () -> Instant {
    { Instant(nanoseconds: self.state.withLock { $0.now }) }
  }
  func advance(seconds: UInt64) { state.withLock { $0.now += seconds * 1_000_000_000 } }
}

struct DiscoveryTests {
  private func dns(_ directory: TestDirectory) -> DNSMembership {
    DNSMembership(
      name: "tarn.cell", port: 7, everyNanoseconds: 1_000_000, resolve: directory.resolve,
      greet: directory.greet, now: directory.now, logger: quietLogger())
  }

  @Test func anAddressIsAMemberOnceTheNodeThereHasSaidWhoItIs() async {
    let directory = TestDirectory()
    directory.put("10.0.0.1", 4, rack: 2)
    directory.list(["10.0.0.1", "10.0.0.2"])
    let heard = HeardMembers()
    let membership = dns(directory)
    await membership.start(onChange: heard.hear)
    #expect(await becomesTrue { heard.ordinals == [4] })
    #expect(
      heard.last == [
        MemberPlace(
          Member(node: NodeID(4), rack: 2), at: PeerPlace(host: "10.0.0.1", port: 7))
      ])
    directory.put("10.0.0.2", 1)
    #expect(await becomesTrue { heard.ordinals == [1, 4] })
    await membership.stop()
  }

  @Test func anAddressThatTheNameHasLostLeavesAfterTheGracePeriod() async {
    let directory = TestDirectory()
    directory.put("a", 0)
    directory.put("b", 1)
    directory.list(["a", "b"])
    let heard = HeardMembers()
    let membership = dns(directory)
    await membership.start(onChange: heard.hear)
    #expect(await becomesTrue { heard.ordinals == [0, 1] })
    directory.list(["a"])
    directory.advance(seconds: 29)
    let seen = membership.confirmedAt
    #expect(await becomesTrue { membership.confirmedAt > seen })
    #expect(heard.ordinals == [0, 1])
    directory.advance(seconds: 2)
    #expect(await becomesTrue { heard.ordinals == [0] })

    // The name can't be asked: nothing changes however long that lasts.
    directory.list(nil)
    directory.advance(seconds: 3_600)
    try? await Task.sleep(for: .milliseconds(50))
    #expect(heard.ordinals == [0])
    directory.list(["b"])
    #expect(await becomesTrue { heard.ordinals == [1] })
    await membership.stop()
  }

  @Test func ofTwoAddressesOfANodeTheLaterLifeIsTheMember() async {
    let directory = TestDirectory()
    directory.put("old", 3, incarnation: 1)
    directory.list(["old"])
    let heard = HeardMembers()
    let membership = dns(directory)
    await membership.start(onChange: heard.hear)
    #expect(await becomesTrue { heard.last?.first?.place.host == "old" })
    directory.put("new", 3, incarnation: 2)
    directory.list(["old", "new"])
    #expect(await becomesTrue { heard.last?.map(\.place.host) == ["new"] })
    await membership.stop()
  }

  @Test func nodesThatAnsweredAreNotGreetedInEveryRound() async {
    let directory = TestDirectory()
    directory.put("a", 0)
    directory.list(["a"])
    let heard = HeardMembers()
    let membership = dns(directory)
    await membership.start(onChange: heard.hear)
    #expect(await becomesTrue { heard.ordinals == [0] })
    try? await Task.sleep(for: .milliseconds(50))
    #expect(directory.state.withLock { $0.greetings } == 1)
    directory.put("a", 0, rack: 8)
    directory.advance(seconds: 61)
    #expect(await becomesTrue { heard.last?.first?.member.rack == 8 })
    await membership.stop()
  }

  @Test func aListsMembersAreThereFromTheStartAndTheirRacksLater() async {
    let directory = TestDirectory()
    directory.put("one", 1, rack: 5)
    directory.put("liar", 7)
    let own = Member(node: NodeID(0), rack: 3)
    let membership = ListMembership(
      ["zero", "one", "liar", "absent"].map { PeerPlace(host: $0, port: 7) }, own: own,
      greet: directory.greet, now: directory.now, everyNanoseconds: 1_000_000,
      logger: quietLogger())
    let heard = HeardMembers()
    await membership.start(onChange: heard.hear)
    #expect(heard.ordinals == [0, 1, 2, 3])
    #expect(await becomesTrue { heard.last?.map(\.member.rack) == [3, 5, 0, 0] })
    #expect(heard.ordinals == [0, 1, 2, 3])
    #expect(membership.confirmedAt == .never)
    await membership.stop()
  }

  @Test func theSystemKnowsLocalhost() async throws {
    let addresses = try await SystemResolver.addresses(of: "localhost")
    #expect(!addresses.isEmpty)
    #expect(addresses.allSatisfy { $0 == "127.0.0.1" || $0 == "::1" })
    #expect(Set(addresses).count == addresses.count)
    let error = await #expect(throws: ResolverError.self) {
      try await SystemResolver.addresses(of: "no-such-name.invalid")
    }
    #expect(error?.name == "no-such-name.invalid")
  }

  /// Two real nodes on loopback that find each other by a name.
  @Test func nodesFindEachOtherByName() async throws {
    let (one, place) = try await PeerNode.started(PeerNode.configuration(2))
    let (two, _) = try await PeerNode.started(PeerNode.configuration(6))
    let membership = DNSMembership(
      name: "localhost", port: place.port, everyNanoseconds: 10_000_000,
      resolve: { _ in ["127.0.0.1"] }, greet: { try await two.pool.greet($0) }, now: two.clock,
      logger: quietLogger())
    await membership.start { two.pool.update($0) }
    #expect(
      await becomesTrue {
        two.state.withLock { $0.members.last?.map(\.node.ordinal) == [2, 6] }
      })
    two.send(PeerMessage(.ping), to: 2)
    #expect(await becomesTrue { one.heard.count == 1 })
    await membership.stop()
    await PeerNode.stop([one, two])
  }
}
