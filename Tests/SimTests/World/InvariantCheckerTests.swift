import TarnCore
import Testing

@testable import TarnSim

/// The checker is only worth something if it catches what it is there for.
@Suite struct InvariantCheckerTests {
  private let fleet: Fleet
  private let checker: InvariantChecker
  private let key = BlockKey(high: 1, low: 2)

  init() throws {
    let shape = FleetShape(pools: [
      NodePool(name: "p", cells: 1, nodesPerCell: 4, nodesPerRack: 2, nodeClass: .gb200)
    ])
    let topology = try FleetTopology(shape)
    var configuration = CacheConfiguration()
    configuration.originRequestsPerSecond = 2
    fleet = Fleet(topology, settings: [.init(samplingRate: 1, configuration: configuration)])
    checker = InvariantChecker(fleet)
  }

  private func at(_ milliseconds: UInt64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  private func ask(_ number: UInt64, deadline: UInt64) {
    checker.asked(
      ReadRequest(
        key: key, request: RequestID(number), deadline: at(deadline), length: 1,
        tenant: TenantID(0)), of: 0, at: at(0))
  }

  @Test func `an answer in time is fine`() {
    ask(1, deadline: 10)
    checker.close(RequestID(1), at: at(9))
    checker.finish(at: at(100))
    #expect(checker.violations.isEmpty)
  }

  @Test func `a second answer is caught`() {
    ask(1, deadline: 10)
    checker.close(RequestID(1), at: at(1))
    checker.close(RequestID(1), at: at(2))
    #expect(checker.violations == ["at 2 ms: request 1 was answered twice, or never asked"])
  }

  @Test func `an answer after the deadline is caught`() {
    ask(1, deadline: 10)
    checker.close(RequestID(1), at: at(11))
    #expect(checker.violations == ["at 11 ms: request 1 was answered after its deadline"])
  }

  @Test func `a request that never ends is caught`() {
    ask(1, deadline: 10)
    checker.finish(at: at(20))
    #expect(checker.violations == ["at 20 ms: 1 requests were never answered"])
  }

  @Test func `two origin reads of one block at once are caught`() {
    checker.originStarted(OperationID(1), key, by: 0, length: 1, at: at(1))
    checker.originStarted(OperationID(2), key, by: 1, length: 1, at: at(2))
    #expect(
      checker.violations == ["at 2 ms: cell 0 reads one block from the origin twice at once"])
  }

  @Test func `a fault excuses a second origin read`() {
    checker.originStarted(OperationID(1), key, by: 0, length: 1, at: at(1))
    checker.lost(0, at: at(2))
    checker.originStarted(OperationID(2), key, by: 1, length: 1, at: at(3))
    #expect(checker.violations.isEmpty)
  }

  @Test func `a read after the first has ended is fine`() {
    checker.originStarted(OperationID(1), key, by: 0, length: 1, at: at(1))
    checker.originEnded(OperationID(1), by: 0)
    checker.originStarted(OperationID(2), key, by: 1, length: 1, at: at(2))
    #expect(checker.violations.isEmpty)
  }

  @Test func `more reads than the budget within a second are caught`() {
    for number in 0..<6 as Range<UInt64> {
      checker.originStarted(
        OperationID(number), BlockKey(high: 0, low: number), by: 0, length: 1, at: at(100 * number))
    }
    #expect(checker.violationCount == 2)
  }
}
