import Foundation
import TarnCore
import TarnSettings
import TarnTraceFormat
import Testing

@testable import TarnSim

/// What a block takes on a link of 8 Mb/s, nanoseconds.
private let span: Nanoseconds = 65_536_000

/// A cell of three nodes on slow links, and the reads of each.
private struct SlowCell {
  private let view = ClusterView(
    version: 1, capacity: 3,
    members: (0..<3 as Range<UInt16>).map { Member(node: NodeID($0)) })
  private var requests: [[(time: UInt64, key: BlockKey)]] = [[], [], []]

  /// Each node has read something of its own.
  init() {
    for node in 0..<3 {
      read(block(100, ownedBy: UInt16(node)), at: node, after: 500)
    }
  }

  /// A block that `node` owns.
  func block(_ low: UInt64, ownedBy node: UInt16) -> BlockKey {
    let keys = (0..<1_000 as Range<UInt64>).map { BlockKey(high: $0, low: low) }
    return keys.first { view.owner(of: $0) == NodeID(node) } ?? keys[0]
  }

  mutating func read(_ key: BlockKey, at node: Int, after milliseconds: UInt64) {
    requests[node].append((milliseconds * millisecond, key))
  }

  /// Nanoseconds of the reads of `node` from 10 s on, in the order of their ends.
  func latencies(of node: Int, interleave: String?) throws -> [Nanoseconds] {
    let files = try requests.map { requests in
      let file = try TemporaryFile(suffix: ".tarn")
      var writer = try TraceWriter(
        path: file.path,
        schema: .requests([.time, .keyHigh, .size], notes: [TraceSchema.Note("started_ns", "0")]))
      for (time, key) in requests {
        try writer.append(TraceRequest(time: time, key: key.low, keyHigh: key.high, size: 65_536))
      }
      try writer.finish()
      return file
    }
    let yaml = """
      name: slow
      duration: 60s
      topology:
        regions: [{name: east, zones: 1}]
        network: {rack_rtt: 2us\(interleave.map { ", interleave: \($0)" } ?? "")}
        pools: [{name: nodes, nodes_per_cell: 3, nodes_per_rack: 3, class: h100}]
        classes: {h100: {nic: 8Mb/s}}
      cache:
        memory: {capacity: 16MiB, eviction: lru}
        flash: {capacity: 0B}
        fetch: {peer_patience: 10s}
      origin: {first_byte: {p50: 5ms, p99: 5ms}, per_request: 1GB/s}
      workloads:
        - name: again
          kind: replay
          block: 64KiB
          traces: [\(files.map(\.path).joined(separator: ", "))]
      """
    let scenario = try Scenario(yaml: yaml, file: "slow.yaml", overrides: [])
    let outcome = try withExtendedLifetime(files) {
      try Simulation(
        scenario: scenario,
        options: SimulationOptions(checkInvariants: true, recordDecisionsOf: node)
      ).run()
    }
    let recording = try TemporaryFile(outcome.decisions, suffix: ".tarnlog")
    var latencies: [Nanoseconds] = []
    let report = try DecisionReplay.run(
      path: recording.path,
      answered: { read, _ in
        if read.time >= Instant(nanoseconds: 10_000_000_000) { latencies.append(read.latency) }
      })
    #expect(report.difference == nil)
    return latencies
  }
}

/// Whether both are the same but for pieces' rounding and a few round trips.
private func isNear(_ one: Nanoseconds, _ other: Nanoseconds) -> Bool {
  max(one, other) - min(one, other) < 2_000_000
}

@Suite struct `A network whose payloads cross in pieces` {
  @Test(arguments: [nil, "1KiB", "16KiB", "1MiB"] as [String?])
  func `a payload alone takes as long as a whole one`(interleave: String?) throws {
    var cell = SlowCell()
    let (near, far) = (cell.block(1, ownedBy: 0), cell.block(2, ownedBy: 0))
    cell.read(near, at: 0, after: 1_000)
    cell.read(near, at: 1, after: 12_000)
    cell.read(far, at: 1, after: 13_000)
    let latencies = try cell.latencies(of: 1, interleave: interleave)
    try #require(latencies.count == 2)
    #expect(isNear(latencies[0], span), "\(latencies)")
    // From the origin to the owner, after 5 ms, and on to its reader.
    #expect(isNear(latencies[1], 2 * span + 5_000_000), "\(latencies)")
  }

  @Test func `two payloads to one node share its link`() throws {
    var cell = SlowCell()
    let blocks = [cell.block(1, ownedBy: 0), cell.block(2, ownedBy: 1)]
    for (owner, block) in blocks.enumerated() {
      cell.read(block, at: owner, after: 1_000)
      cell.read(block, at: 2, after: 12_000)
    }
    let whole = try cell.latencies(of: 2, interleave: nil)
    try #require(whole.count == 2)
    #expect(isNear(whole[0], span) && isNear(whole[1], 2 * span), "\(whole)")
    let shared = try cell.latencies(of: 2, interleave: "1KiB")
    try #require(shared.count == 2)
    #expect(isNear(shared[0], 2 * span) && isNear(shared[1], 2 * span), "\(shared)")
  }

  @Test func `a message waits behind the payload that was sent before it`() throws {
    var cell = SlowCell()
    let (own, other) = (cell.block(1, ownedBy: 1), cell.block(2, ownedBy: 0))
    cell.read(own, at: 1, after: 1_000)
    cell.read(other, at: 0, after: 1_000)
    // Node 1 gives a block to node 0, and then asks it for another.
    cell.read(own, at: 0, after: 12_000)
    cell.read(other, at: 1, after: 12_010)
    let whole = try cell.latencies(of: 1, interleave: nil)
    #expect(whole.count == 1 && isNear(whole[0], span), "\(whole)")
    let ordered = try cell.latencies(of: 1, interleave: "1KiB")
    #expect(ordered.count == 1 && isNear(ordered[0], 2 * span - 10_000_000), "\(ordered)")
  }

  @Test func `payloads between the same two nodes come one after the other`() throws {
    var cell = SlowCell()
    let blocks = [cell.block(1, ownedBy: 0), cell.block(2, ownedBy: 0)]
    for block in blocks {
      cell.read(block, at: 0, after: 1_000)
      cell.read(block, at: 2, after: 12_000)
    }
    let latencies = try cell.latencies(of: 2, interleave: "1KiB")
    try #require(latencies.count == 2)
    #expect(isNear(latencies[0], span) && isNear(latencies[1], 2 * span), "\(latencies)")
  }
}
