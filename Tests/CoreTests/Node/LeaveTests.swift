import Testing

@testable import TarnCore

/// Leave for what is asked of the origin besides blocks.
@Suite struct LeaveTests {
  @Test func `where there is budget leave is given at once, by the keeper itself or its word`()
    throws
  {
    let harness = cell(3)
    let (own, other) = (harness.keeper, harness.bystander)
    let start = harness.now
    let atKeeper = harness.askLeave(at: own)
    let elsewhere = harness.askLeave(at: other)
    harness.run(for: 100 * millisecond)
    #expect(try #require(harness.referee[atKeeper]).time == start)
    // There and back.
    #expect(try #require(harness.referee[elsewhere]).time == start + 2 * millisecond)
    harness.expectCalmEnd()
  }

  /// The promise that the two share one rate: the referee counts both within every second.
  @Test(arguments: [1, 4])
  func `questions and blocks together stay within the rate`(nodes: Int) {
    let harness = cell(nodes) {
      $0.memoryBytes = 64 << 20
      $0.originRequestsPerSecond = 100
    }
    var leaves: [RequestID] = []
    for index in 0..<300 as Range<UInt32> {
      let node = Int(index) % nodes
      harness.read(Fixture.block(index), at: node, within: 60_000 * millisecond)
      leaves.append(harness.askLeave(at: node, within: 60_000 * millisecond))
    }
    harness.run(for: 2000 * millisecond)
    let inASecond = harness.referee.originReadTimes.count {
      let age = $0 - Instant(nanoseconds: 1000 * millisecond)
      return age >= 1000 * millisecond && age < 2000 * millisecond
    }
    #expect((90...105).contains(inASecond))
    harness.run(for: 30_000 * millisecond)
    #expect(leaves.allSatisfy { harness.referee[$0]?.failure == Failure.none })
    #expect(harness.referee.originReadCount == 600)
    harness.expectCalmEnd()
  }

  @Test func `what can't be had in time is refused at its deadline`() throws {
    let harness = cell(2) { $0.originRequestsPerSecond = 10 }
    let leaves = (0..<50).map { _ in harness.askLeave(at: 0, within: 1000 * millisecond) }
    let end = harness.now + 1000 * millisecond
    harness.run(for: 3000 * millisecond)
    let answers = try leaves.map { try #require(harness.referee[$0]) }
    #expect(answers.count { $0.failure == .none } >= 9)
    for answer in answers where answer.failure != .none {
      #expect(answer.failure == .deadline && answer.time == end)
    }
    harness.expectCalmEnd()
  }

  @Test func `a deadline that has passed is refused at once`() {
    let harness = cell(1)
    let leave = harness.askLeave(at: 0, within: 0)
    #expect(harness.referee[leave]?.failure == .deadline)
  }

  @Test func `when the keeper is dead its successor gives leave`() throws {
    let harness = cell(3)
    let node = harness.bystander
    harness.crash(harness.keeper)
    let leave = harness.askLeave(at: node, within: 5_000 * millisecond)
    harness.run(for: 5_000 * millisecond)
    #expect(try #require(harness.referee[leave]).failure == .none)
  }

  @Test func `a 503 to a question stops everyone, blocks too`() throws {
    let harness = cell(3)
    let node = harness.bystander
    harness.step(harness.nodes[node], .originThrottled(retryAfterMilliseconds: 600))
    harness.run(for: 10 * millisecond)
    let start = harness.now
    let leave = harness.askLeave(at: node, within: 5_000 * millisecond)
    let read = harness.read(Fixture.block(1), at: node)
    harness.run(for: 5_000 * millisecond)
    for request in [leave, read] {
      #expect(try #require(harness.referee[request]).time - start > 500 * millisecond)
    }
    harness.expectCalmEnd()
  }

  @Test func `a way that is not rationed needs no leave`() {
    let harness = cell(2) {
      $0.originRequestsPerSecond = 1
      $0.originPaths = [OriginPathConfiguration(isBudgeted: false)]
    }
    let leaves = (0..<20).map { _ in harness.askLeave(at: 0, within: 0 + millisecond) }
    #expect(leaves.allSatisfy { harness.referee[$0]?.failure == Failure.none })
  }

  @Test func `a core without a cell grants from the start`() {
    var core = CacheNode(CacheConfiguration(), id: NodeID(0))
    var effects = Effects()
    let start = Instant(nanoseconds: 1_000)
    core.step(
      .read(
        ReadRequest(
          key: Fixture.block(0).key, request: RequestID(1), deadline: start + 1_000 * millisecond,
          length: Fixture.length, tenant: TenantID(0))), at: start, into: &effects)
    var readsAtOnce = false
    effects.drain { if case .readOrigin = $0 { readsAtOnce = true } }
    #expect(readsAtOnce)
    // In a cell it may have a predecessor.
    let view = ClusterView(version: 1, capacity: 1, members: [Member(node: NodeID(0))])
    let leave = LeaveRequest(request: RequestID(2), deadline: .never, length: 0)
    withExtendedLifetime(view) {
      core.step(.view(ClusterViewReference(view)), at: start, into: &effects)
      core.step(.askLeave(leave), at: start, into: &effects)
    }
    var isGiven = false
    effects.drain { if case .leave = $0 { isGiven = true } }
    #expect(!isGiven)
    core.step(.wake, at: start + 250 * millisecond, into: &effects)
    effects.drain { if case .leave(RequestID(2), .none) = $0 { isGiven = true } }
    #expect(isGiven)
  }

  @Test func `a block that is paid for needs no leave, once`() throws {
    let harness = cell(1) {
      $0.originRequestsPerSecond = 2
      $0.fetch.originAttempts = 2
    }
    harness.read(Fixture.block(1), at: 0)
    harness.read(Fixture.block(2), at: 0)
    harness.run(for: 10 * millisecond)
    #expect(harness.referee.originReadCount == 1)
    harness.conditions.originFailPermille = 1000
    let start = harness.now
    harness.read(Fixture.block(3), at: 0, flags: .paid)
    #expect(harness.referee.originReadCount == 2)
    harness.run(for: 100 * millisecond)
    // It failed, and the next attempt is one of those that wait.
    #expect(harness.referee.originReadCount == 2)
    harness.conditions.originFailPermille = 0
    harness.run(for: 10_000 * millisecond)
    #expect(try #require(harness.referee.originReadTimes.last) - start > 500 * millisecond)
    #expect(harness.violation == nil)
  }

  @Test func `the owner that is told so does not ask for leave either`() {
    let harness = cell(3)
    let block = Fixture.block(ownedBy: harness.bystander, in: harness)
    var ask = PeerMessage(
      .ask, operation: OperationID(1), key: block.key, length: block.length, flags: .paid,
      deadline: harness.now + 1000 * millisecond)
    ask.peer = .none
    harness.step(
      harness.nodes[harness.bystander], .message(ask, from: NodeID(UInt16(harness.keeper))))
    #expect(harness.referee.originReadCount == 1)
    #expect(harness.sent[.askBudget, default: 0] == 0)
  }
}
