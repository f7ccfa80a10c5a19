import Foundation
import Logging
import Synchronization
import TarnCore
import Testing

@testable import TarnNode

/// What a membership has said, for a test.
final class HeardMembers: Sendable {
  private let all = Mutex<[[MemberPlace]]>([])
  var hear: @Sendable ([MemberPlace]) -> Void {
    { members in self.all.withLock { $0.append(members) } }
  }
  var ordinals: [UInt16]? { last?.map(\.member.node.ordinal) }
  var last: [MemberPlace]? { all.withLock { $0.last } }
  var count: Int { all.withLock { $0.count } }
}

func quietLogger() -> Logger {
  var logger = Logger(label: "test")
  logger.logLevel = .critical
  return logger
}

let membershipClock: @Sendable () -> Instant = {
  Instant(nanoseconds: DispatchTime.now().uptimeNanoseconds)
}

@Suite(.serialized, .enabled(if: EtcdServer.isInstalled))
struct EtcdMembershipTests {
  private func member(
    _ etcd: EtcdServer, port: Int, ordinal: UInt16? = nil, capacity: Int = 16, ttl: Int = 2,
    extraEndpoints: [String] = []
  ) -> EtcdMembership {
    EtcdMembership(
      endpoints: extraEndpoints + [etcd.endpoint], prefix: "/tarn/test",
      own: MemberPlace(
        Member(node: NodeID(0), weight: 200, rack: UInt16(port), zone: 1),
        at: PeerPlace(host: "127.0.0.1", port: port)),
      ordinal: ordinal, capacity: capacity, ttlSeconds: ttl, now: membershipClock,
      logger: quietLogger())
  }

  @Test func nodesJoinAndLeave() async throws {
    let etcd = try EtcdServer()
    defer { etcd.remove() }
    try await etcd.ready()
    let one = member(etcd, port: 1)
    // An endpoint that is not there is passed over.
    let two = member(etcd, port: 2, extraEndpoints: ["http://127.0.0.1:1"])
    #expect(try await one.register() == NodeID(0))
    #expect(try await two.register() == NodeID(1))
    let (heardOne, heardTwo) = (HeardMembers(), HeardMembers())
    await one.start(onChange: heardOne.hear)
    await two.start(onChange: heardTwo.hear)
    #expect(await becomesTrue { heardOne.ordinals == [0, 1] && heardTwo.ordinals == [0, 1] })
    let second = try #require(heardOne.last?.last)
    #expect(second.member == Member(node: NodeID(1), weight: 200, rack: 2, zone: 1))
    #expect(second.place == PeerPlace(host: "127.0.0.1", port: 2))

    // A third with an ordinal of its own choice; then one that leaves in order.
    let three = member(etcd, port: 3, ordinal: 9)
    #expect(try await three.register() == NodeID(9))
    #expect(await becomesTrue { heardOne.ordinals == [0, 1, 9] })
    await two.stop()
    #expect(await becomesTrue { heardOne.ordinals == [0, 9] })
    // And one that dies: its lease ends.
    await three.stop(keepingKey: true)
    #expect(heardOne.ordinals == [0, 9])
    #expect(await becomesTrue(seconds: 20) { heardOne.ordinals == [0] })
    #expect(one.confirmedAt > .zero)
    await one.stop()
  }

  @Test func eightThatRaceGetEightOrdinals() async throws {
    let etcd = try EtcdServer()
    defer { etcd.remove() }
    try await etcd.ready()
    let members = (0..<8).map { member(etcd, port: 100 + $0, capacity: 8) }
    let ordinals = try await withThrowingTaskGroup(of: UInt16.self) { group in
      for member in members { group.addTask { try await member.register().ordinal } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(ordinals.sorted() == Array(0..<8))
    let ninth = member(etcd, port: 99, capacity: 8)
    await #expect(throws: EtcdError.self) { try await ninth.register() }
    for member in members + [ninth] { await member.stop() }
  }

  @Test func aNodeThatRestartsGetsItsOrdinalBackAndAStrangerDoesNot() async throws {
    let etcd = try EtcdServer()
    defer { etcd.remove() }
    try await etcd.ready()
    let zero = member(etcd, port: 1)
    let life = member(etcd, port: 2)
    #expect(try await zero.register() == NodeID(0))
    #expect(try await life.register() == NodeID(1))
    await life.stop(keepingKey: true)
    await zero.stop()
    // Ordinal 0 is free, and yet it comes back as 1.
    let nextLife = member(etcd, port: 2)
    #expect(try await nextLife.register() == NodeID(1))
    let stranger = member(etcd, port: 3, ordinal: 1)
    let error = await #expect(throws: EtcdError.self) { try await stranger.register() }
    #expect(
      error?.description
        == "ordinal 1 of the cell is held by 127.0.0.1:2: correct cell.ordinal of one, or wait until its lease has ended"
    )
    for member in [nextLife, stranger] { await member.stop() }
  }

  @Test func membersStayAsTheyAreWhileEtcdIsGoneAndGoOnWhenItIsBack() async throws {
    let etcd = try EtcdServer()
    defer { etcd.remove() }
    try await etcd.ready()
    let one = member(etcd, port: 1, ttl: 1)
    let two = member(etcd, port: 2, ttl: 1)
    _ = try await one.register()
    _ = try await two.register()
    let heard = HeardMembers()
    await one.start(onChange: heard.hear)
    let other = HeardMembers()
    await two.start(onChange: other.hear)
    #expect(await becomesTrue { heard.ordinals == [0, 1] && other.ordinals == [0, 1] })

    etcd.kill()
    let count = heard.count
    let confirmed = one.confirmedAt
    // Longer than the leases last.
    try await Task.sleep(for: .seconds(3))
    #expect(heard.count == count)
    #expect(heard.ordinals == [0, 1])
    #expect(one.confirmedAt == confirmed)

    let again = try EtcdServer(again: etcd)
    defer { again.remove() }
    try await again.ready()
    // Both are still, or again, registered under the ordinals that they had.
    #expect(await becomesTrue(seconds: 20) { one.confirmedAt > confirmed })
    let three = member(again, port: 3, ttl: 1)
    #expect(await becomesTrue(seconds: 20) { heard.ordinals == [0, 1] })
    _ = try await three.register()
    #expect(await becomesTrue(seconds: 20) { heard.ordinals?.count == 3 })
    for member in [one, two, three] { await member.stop() }
  }

  @Test func aLeaseThatIsLostIsTakenAnew() async throws {
    let etcd = try EtcdServer()
    defer { etcd.remove() }
    try await etcd.ready()
    let watcher = member(etcd, port: 1)
    let node = member(etcd, port: 2, ttl: 3)
    _ = try await watcher.register()
    _ = try await node.register()
    let heard = HeardMembers()
    await watcher.start(onChange: heard.hear)
    await node.start { _ in }
    #expect(await becomesTrue { heard.ordinals == [0, 1] })
    let client = EtcdClient([etcd.endpoint])
    let lease = try #require(
      try await client.call(
        "/v3/kv/range", Etcd.RangeRequest(key: Etcd.Text("/tarn/test/1"), range_end: nil),
        Etcd.RangeResponse.self
      ).kvs?.first?.lease)
    _ = try await client.call(
      "/v3/lease/revoke", Etcd.LeaseRequest(ID: lease), Etcd.Ignored.self)
    #expect(await becomesTrue { heard.ordinals == [0] })
    #expect(await becomesTrue(seconds: 20) { heard.ordinals == [0, 1] })
    await client.shutdown()
    await node.stop()
    await watcher.stop()
  }

  @Test func aHistoryThatEtcdHasForgottenIsListedAnew() async throws {
    let etcd = try EtcdServer()
    defer { etcd.remove() }
    try await etcd.ready()
    let client = EtcdClient([etcd.endpoint])
    let node = member(etcd, port: 2)
    _ = try await node.register()
    // The watch is at revision 1 when etcd has compacted everything up to now.
    var watch = EtcdWatch(client, prefix: "/tarn/test/", from: 1)
    let second = member(etcd, port: 3)
    _ = try await second.register()
    let revision = try await client.call(
      "/v3/kv/range", Etcd.RangeRequest(key: Etcd.Text("x"), range_end: nil),
      Etcd.RangeResponse.self
    ).header.revision
    struct Compaction: Encodable, Sendable { var revision: Etcd.Number }
    _ = try await client.call(
      "/v3/kv/compaction", Compaction(revision: try #require(revision)), Etcd.Ignored.self)

    let heard = HeardMembers()
    try await watch.follow(heard.hear)
    let hear = heard.hear
    let task = Task { [watch] in
      var watch = watch
      try? await watch.follow(hear)
    }
    #expect(await becomesTrue { heard.ordinals == [0, 1] })
    task.cancel()
    await task.value
    for member in [node, second] { await member.stop() }
    await client.shutdown()
  }

  @Test func linesAreCutHoweverTheStreamIsCut() {
    var lines = EtcdLines()
    #expect(lines.take(Array("{\"a\":".utf8)).isEmpty)
    #expect(
      lines.take(Array("1}\n\n{}\n{\"b\"".utf8)).map { String(decoding: $0, as: UTF8.self) }
        == ["{\"a\":1}", "{}"])
    #expect(lines.take(Array("\n".utf8)).count == 1)
  }

  @Test func aPrefixEndsWhereItsLastByteIsOneHigher() {
    #expect(Etcd.rangeEnd("/tarn/test/") == "/tarn/test0")
    #expect(EtcdRegistration.ordinal(of: "/tarn/test/12", under: "/tarn/test/") == 12)
    #expect(EtcdRegistration.ordinal(of: "/tarn/test/x", under: "/tarn/test/") == nil)
    #expect(EtcdRegistration.ordinal(of: "/other/1", under: "/tarn/test/") == nil)
  }
}
