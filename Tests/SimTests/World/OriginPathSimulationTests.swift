import TarnCore
import TarnSettings
import Testing

@testable import TarnSim

/// Fleets that read the origin by several paths.
@Suite struct OriginPathSimulationTests {
  /// Eight nodes that train on a data set which they do not hold.
  private func scenario(_ origin: String, _ changes: [String] = []) throws -> Scenario {
    let text = """
      name: paths
      duration: 20s
      topology:
        regions: [{name: east, zones: 1}]
        pools: [{name: train, cells: 1, nodes_per_cell: 8, nodes_per_rack: 4, class: gb200}]
      cache: {memory: {capacity: 1GiB}, flash: {capacity: 100GB, segment: 256MiB}}
      origin:
        first_byte: {p50: 60ms, p99: 120ms}
      \(origin.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
      workloads:
        - name: vision
          kind: training
          jobs: [{gpus: 32, count: 1}]
          model: {name: small, sample: 1MiB, batch: 4, step: 200ms}
          dataset: 400GB
          reader_depth: 4
      """
    return try Scenario(yaml: text, file: "paths.yaml", overrides: changes)
  }

  private let both = """
    paths:
      - {kind: front-end}
      - {kind: direct, blobs: 50}
    """

  private func run(_ scenario: Scenario) throws -> SimulationOutcome {
    try Simulation(scenario: scenario, options: SimulationOptions(checkInvariants: true)).run()
  }

  /// Requests a second of the path between two seconds.
  private func rate(
    _ outcome: SimulationOutcome, _ path: Int, _ seconds: Range<Int>
  ) -> Double {
    outcome.series.intervals[seconds].reduce(0) { $0 + $1.originPathRequestsPerSecond[path] }
      / Double(seconds.count)
  }

  @Test func `a front end that is named is the front end that is not`() throws {
    let plain = try run(scenario("accounts: 1"))
    let named = try run(scenario("paths: [{kind: front-end}]"))
    #expect(plain.result.decisionHash == named.result.decisionHash)
    #expect(plain.result.originPaths == nil)
    let path = try #require(named.result.originPaths?.first)
    #expect(path.requests == named.result.origin.requests && path.share == 1)
  }

  @Test func `reads take the faster path, and stalls shrink`() throws {
    let slow = try run(scenario("paths: [{kind: front-end}]"))
    let fast = try run(scenario(both))
    let paths = try #require(fast.result.originPaths)
    #expect(paths[1].share > 0.9)
    #expect(paths[1].latencyMicroseconds.p50 < paths[0].latencyMicroseconds.p50)
    #expect(fast.result.latencyMicroseconds.p50 < slow.result.latencyMicroseconds.p50)
    #expect((paths[1].layoutLookUps ?? 0) >= 50)
  }

  @Test func `one scenario can be run by each of its paths`() throws {
    let direct = try run(scenario(both, ["origin.use=direct"]))
    #expect(direct.result.originPaths?.map(\.name) == ["direct"])
  }

  @Test(arguments: [true, false])
  func `reads leave a path whose endpoints are gone within a second, and return`(
    isSilent: Bool
  ) throws {
    let outcome = try run(
      scenario(
        both + """

          faults: [{kind: endpoint-gone, at: 8s, duration: 4s, share: 100%, silent: \(isSilent)}]
          """))
    let before = rate(outcome, 1, 5..<8)
    #expect(before > 10)
    #expect(rate(outcome, 1, 9..<12) < 0.15 * before)
    #expect(rate(outcome, 0, 9..<12) > 0.5 * before)
    #expect(rate(outcome, 1, 17..<20) > 0.8 * before)
    #expect(outcome.result.latencyMicroseconds.p999 < 1_500_000)
  }

  @Test func `a storm of expired layouts that throttles look-ups leaves reads to the front end`()
    throws
  {
    let storm = """
      paths:
        - {kind: front-end}
        - {kind: direct, blobs: 20, lookups: 40/s}
      faults: [{kind: layouts-expire, at: 14s}]
      """
    let calm = storm.split(separator: "\n").dropLast().joined(separator: "\n")
    let stormy = try run(scenario(storm))
    let quiet = try run(scenario(calm))
    let (more, fewer) = (stormy.result.originPaths?[1], quiet.result.originPaths?[1])
    #expect((more?.layoutLookUps ?? 0) > (fewer?.layoutLookUps ?? 0))
    #expect((more?.refusedLookUps ?? 0) > (fewer?.refusedLookUps ?? 0))
    #expect(rate(stormy, 0, 14..<17) > rate(quiet, 0, 14..<17))
  }

  @Test func `a front end whose budget is spent hands reads to the direct path`() throws {
    let outcome = try run(
      scenario("requests: 20/s\n\(both)", ["origin.first_byte.p50=1ms"]))
    let paths = try #require(outcome.result.originPaths)
    #expect(paths[1].share > 0.7)
  }

  @Test func `paths that cannot be are refused with the cure`() {
    func problem(_ origin: String) -> String? {
      do { _ = try scenario(origin) } catch let error as SettingsError {
        return error.issues.first.map { "\($0.path) \($0.message)" }
      } catch {}
      return nil
    }
    #expect(
      problem("paths: [{kind: front-end}, {kind: front-end, name: other}]")
        == "origin.paths has several front ends; one stands for all accounts")
    #expect(
      problem("paths: [{kind: direct}]\nuse: dirct")
        == "origin.use 'dirct' is no path; did you mean direct?")
    #expect(
      problem("faults: [{kind: layouts-expire, at: 1s}]")
        == "origin.faults[0].kind layouts-expire needs a direct path; give one in origin.paths")
    #expect(
      problem("paths: [{kind: follow-on, session: [5ms, 1ms]}]")
        == "origin.paths[0].session is no range; give a value, or two such as [1ms, 20ms], "
        + "the lower one first")
    #expect(
      problem("partitions: {initial: 3}")
        == "origin.partitions.initial 3 is no power of two; use 1, 2, 4, ... 64")
  }

  @Test func `a range stands at its middle, and scales with the fleet`() throws {
    let read = try scenario(
      "paths: [{kind: follow-on, first_byte_p50: [1ms, 100ms], endpoint_bytes: 8GB/s}]")
    let route = read.origin.routes[0]
    #expect(route[.firstByteP50] == 10_000_000)
    #expect(route.ranges == [.init(parameter: .firstByteP50, low: 1e6, high: 1e8)])
    let half = try read.scaled(toNodes: 4)
    #expect(half.origin.routes[0][.endpointBytes] == 4e9)
    #expect(half.origin.routes[0][.concurrency] == 32)
  }
}
