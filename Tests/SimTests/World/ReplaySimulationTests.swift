import Foundation
import TarnCore
import TarnSettings
import TarnTraceFormat
import Testing

@testable import TarnSim

private let block: UInt64 = 64 << 10

/// Two requests a second, so that none meets another: a cell's first read of its origin waits a
/// quarter of a second for the budget.
private func trace(
  _ keys: [BlockKey], start: UInt64 = 0, started: UInt64? = nil, columns: Set<TraceColumn> = []
) throws -> TemporaryFile {
  let file = try TemporaryFile(suffix: ".tarn")
  let notes = started.map { [TraceSchema.Note("started_ns", "\($0)")] } ?? []
  let all: Set<TraceColumn> = [.time, .keyHigh, .size]
  var writer = try TraceWriter(
    path: file.path, schema: .requests(columns.isEmpty ? all : columns, notes: notes))
  for (index, key) in keys.enumerated() {
    try writer.append(
      TraceRequest(
        time: (start + 500 * UInt64(index)) * millisecond, key: key.low, keyHigh: key.high,
        size: block))
  }
  try writer.finish()
  return file
}

private func keys(_ lows: [UInt64], high: UInt64 = 7) -> [BlockKey] {
  lows.map { BlockKey(high: high, low: $0) }
}

private func scenarioText(nodes: Int = 1, _ traces: [String], _ more: String = "") -> String {
  """
  name: replayed
  duration: 300s
  topology:
    regions: [{name: east, zones: 1}]
    pools: [{name: nodes, nodes_per_cell: \(nodes), nodes_per_rack: 8, class: h100}]
  cache:
    memory: {capacity: 16MiB, eviction: lru}
    flash: {capacity: 0B}
  origin: {first_byte: {p50: 5ms, p99: 10ms}}
  workloads:
    - {name: again, kind: replay, block: 64KiB, traces: [\(traces.joined(separator: ", "))]\(more)}
  """
}

private func scenario(
  nodes: Int = 1, _ traces: [String], _ more: String = "", changes: [String] = []
) throws -> Scenario {
  try Scenario(
    yaml: scenarioText(nodes: nodes, traces, more), file: "x.yaml", overrides: changes)
}

private func run(_ scenario: Scenario) throws -> SimulationResult {
  try Simulation(scenario: scenario, options: SimulationOptions(checkInvariants: true)).run().result
}

/// What a simulation of the scenario says is wrong.
private func complaint(_ scenario: Scenario) -> String {
  do throws(SimulationError) {
    _ = try Simulation(scenario: scenario).run()
    return ""
  } catch {
    #expect(error.isBadInput)
    return error.description
  }
}

@Suite struct `Replay in a simulation` {
  @Test func `hits are those that a hand counts`() throws {
    // First touches of 1, 2 and 3 come from the origin; the other seven are in memory.
    let file = try trace(keys([1, 1, 2, 1, 3, 2, 3, 3, 1, 2]))
    let result = try run(scenario([file.path]))
    #expect(result.workloads[0].kind == "replay")
    #expect(result.workloads[0].completed == 10)
    #expect(result.hitRatio.origin == 0.3)
    #expect(result.hitRatio.memory == 0.7)
    #expect(result.origin.requests == 3)
    #expect(result.origin.bytes == 3 * block)
  }

  @Test func `a cycle that is larger than an LRU's memory never hits`() throws {
    let file = try trace(keys((0..<400).map { $0 % 40 }))
    let small = try run(scenario([file.path], changes: ["cache.memory.capacity=2MiB"]))
    #expect(small.hitRatio.origin == 1)
    let large = try run(scenario([file.path], changes: ["cache.memory.capacity=4MiB"]))
    #expect(large.hitRatio.origin == 0.1)
  }

  @Test func `the second reader of a cell gets the owner's copy`() throws {
    let view = ClusterView(
      version: 1, capacity: 2, members: [Member(node: NodeID(0)), Member(node: NodeID(1))])
    let high = try #require(
      (0..<64 as Range<UInt64>).first {
        view.owner(of: BlockKey(high: $0, low: 0)) == NodeID(0)
      })
    let first = try trace(keys([1, 2], high: high))
    let second = try trace(keys([1, 2], high: high), start: 5_000)
    let result = try run(scenario(nodes: 2, [first.path, second.path]))
    #expect(result.origin.requests == 2)
    #expect(result.hitRatio.origin == 0.5)
    #expect(result.hitRatio.peer == 0.5)
  }

  @Test func `recordings are aligned by when they began`() throws {
    // The second recording began 300 ms after the first, and so did its first request come.
    let early = try trace(keys([1, 2]), started: 1_000_000 * millisecond)
    let late = try trace(keys([1, 2]), started: 1_000_300 * millisecond)
    let result = try run(scenario(nodes: 2, [late.path, early.path]))
    #expect(result.origin.requests == 2)
    #expect(result.counters.first { $0.name == "blocks_coalesced" }?.value == 0)
    let dated = try trace(keys([1]), started: 5)
    let undated = try trace(keys([1]))
    #expect(
      complaint(try scenario(nodes: 2, [dated.path, undated.path])).contains(
        "only some of the traces say when they began"))
  }

  @Test func `the same scenario gives the same decisions twice`() throws {
    let file = try trace(keys((0..<300).map { ($0 &* 7_919) % 61 }))
    let once = try run(
      scenario(nodes: 3, [file.path], changes: ["cache.memory.capacity=1MiB"]))
    let twice = try run(
      scenario(nodes: 3, [file.path], changes: ["cache.memory.capacity=1MiB"]))
    #expect(once.decisionHash == twice.decisionHash)
    #expect(once.events == twice.events)
    #expect(once.workloads[0].completed == 300)
  }

  @Test func `a faster replay and a closed loop ask the same blocks`() throws {
    let file = try trace(keys((0..<200).map { $0 % 20 }))
    let fast = try run(scenario([file.path], ", speed: 1.5"))
    let closed = try run(scenario([file.path], ", clients: 1"))
    let limited = try run(scenario([file.path], ", limit: 20, clients: 1"))
    #expect(fast.hitRatio.origin == 0.1)
    #expect(closed.hitRatio.origin == 0.1)
    #expect(limited.hitRatio.origin == 1)
    #expect(limited.workloads[0].completed == 20)
  }

  @Test func `sampling replays all requests of a part of the keys`() throws {
    let file = try trace(keys((0..<500).map { $0 % 250 }))
    let result = try run(
      scenario([file.path], changes: ["sampling.rate=1/4", "cache.memory.capacity=1GiB"]))
    // A quarter of 250 keys, each twice: once from the origin, once from memory.
    #expect(result.hitRatio.origin == 0.5)
    #expect((80...170).contains(result.workloads[0].completed))
  }

  @Test func `public traces of 64-bit keys are spread over the owners by a fixed mix`() throws {
    let text = (0..<60).map { "\($0 % 30)" }.joined(separator: "\n") + "\n"
    let file = try TemporaryFile(text: text, suffix: ".txt")
    let trace = try ReplayRecording(
      path: file.path,
      settings: ReplayRecording.Settings(
        limit: 3, blockBytes: 4096, wantsTimes: false, wantsTenants: false))
    #expect(trace.requests.keys[1].low == 1)
    #expect(trace.requests.keys[1].high == mix64(1))
    #expect(trace.requests.lengths == [4096, 4096, 4096])
    let result = try run(scenario(nodes: 2, [file.path], ", clients: 1"))
    #expect(result.workloads[0].completed == 60)
    #expect(result.origin.requests == 30)
  }

  @Test func `a folder stands for the files of one recording`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "tarn-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, file) in [
      ("trace-2.tarn", try trace(keys([1, 2]))),
      ("trace-10.tarn", try trace(keys([1, 3]), start: 5_000)),
    ] {
      try FileManager.default.copyItem(atPath: file.path, toPath: "\(folder.path)/\(name)")
    }
    let result = try run(scenario([folder.path]))
    #expect(result.workloads[0].completed == 4)
    #expect(result.origin.requests == 3)
  }

  @Test func `what cannot be replayed is refused with the cure`() throws {
    let nothing = try scenario(["missing.tarn"])
    #expect(
      complaint(nothing).hasPrefix("workloads.again.traces[0]: missing.tarn: no such file in "))
    let prompts = try scenario(["traces/kv-sample.tarn"])
    #expect(complaint(prompts).contains("holds prompts, not block requests; use kind: inference"))
    let keysOnly = try trace(keys([1, 2]), columns: [.keyHigh, .size])
    #expect(complaint(try scenario([keysOnly.path])).contains("tells no times; give clients: N"))
    let whole = try trace(keys([1, 2]))
    #expect(
      complaint(try scenario(nodes: 2, [whole.path], ", deal: tenant")).contains(
        "tells no tenants to deal by; use deal: round-robin"))
    #expect(
      complaint(try scenario([whole.path], changes: ["workloads.again.block=32KiB"])).contains(
        "record 0: its 65536 bytes are more than a block's 32768"))
    let damaged = try TemporaryFile(Array(try whole.bytes().dropLast(20)), suffix: ".tarn")
    #expect(complaint(try scenario([damaged.path])).contains("copy it again"))
  }

  @Test(arguments: [
    (", clients: 1, speed: 2", "speed: is for requests at their recorded times"),
    (", clients: 0", "clients: 0 is less than 1; use 1 or more"),
    (", speed: 0", "speed: 0 is less than 0.001"),
    (", dealt: x", "unknown key; did you mean deal?"),
  ])
  func `a wrong section is refused with line and cure`(more: String, wanted: String) {
    do throws(SettingsError) {
      _ = try Scenario(
        yaml: scenarioText(["a.tarn"], more), file: "x.yaml", overrides: [])
      Issue.record("nothing was refused")
    } catch {
      #expect(error.description.contains(wanted), "\(error)")
      #expect(error.description.hasPrefix("x.yaml:11: "), "\(error)")
    }
  }

  @Test func `more traces than nodes are refused`() {
    do throws(SettingsError) {
      _ = try Scenario(
        yaml: scenarioText(["a.tarn", "b.tarn"], ""), file: "x.yaml", overrides: [])
      Issue.record("nothing was refused")
    } catch {
      #expect(
        error.description.contains(
          "workloads[0].traces: lists 2 traces for the 1 nodes of nodes; give at most one"),
        "\(error)")
    }
  }
}
