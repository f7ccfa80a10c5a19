import TarnCore
import TarnTraceFormat

/// Recorded requests: where they are, whose they are, which of them are simulated.
extension Planner {
  mutating func replay(
    _ workload: Scenario.Workload, _ replay: Scenario.Replay, _ fleet: Fleet
  ) throws(SimulationError) -> ReplayConfiguration {
    let pools = workload.pools.compactMap { name in jobPools(fleet).first { $0.name == name } }
    let nodeCount = pools.reduce(0) { $0 + Int($1.nodes.count) }
    let isDealt = replay.traces.count == 1 && nodeCount > 1
    let traces = try recordedTraces(
      of: workload, replay, byTenant: isDealt && replay.deal == .tenant)
    var shares = traces.map(\.requests)
    if isDealt { shares = dealt(traces[0], to: nodeCount, replay.deal) }
    var configuration = ReplayConfiguration(
      name: workload.name, number: 0, tenant: scenario.tenant(of: workload),
      nodes: pools.map(\.nodes), requests: [])
    configuration.samplingRate = scenario.sampling.rate
    configuration.startsAt = Instant(nanoseconds: replay.atNanoseconds)
    if case .closed(let clients) = replay.pace { configuration.clients = scaledDepth(clients) }
    configuration.notes = notes(of: workload, traces, resized: makeLengthsAgree(&shares))
    setTimes(&shares, replay.pace)
    configuration.requests = shares.map(sampled)
    return configuration
  }

  private func recordedTraces(
    of workload: Scenario.Workload, _ replay: Scenario.Replay, byTenant: Bool
  ) throws(SimulationError) -> [ReplayRecording] {
    var settings = ReplayRecording.Settings(
      limit: replay.limit, blockBytes: replay.blockBytes, wantsTimes: true, wantsTenants: byTenant)
    if case .closed = replay.pace { settings.wantsTimes = false }
    var traces: [ReplayRecording] = []
    for (index, path) in replay.traces.enumerated() {
      let place = "workloads.\(workload.name).traces[\(index)]"
      guard let found = firstFile(of: [path]) else {
        throw SimulationError(
          "\(place): \(path): no such file in \(scenario.searchFolders.joined(separator: ", ")); "
            + "name a recorded trace, or a folder of a node's")
      }
      do throws(TraceError) {
        traces.append(try ReplayRecording(path: found, settings: settings))
      } catch { throw SimulationError("\(place): \(error)") }
      guard traces[index].isDated == traces[0].isDated || !settings.wantsTimes else {
        throw SimulationError(
          "\(place): \(path): only some of the traces say when they began (note started_ns), so their "
            + "times do not compare; give recordings of one kind, or clients: N")
      }
    }
    return traces
  }

  private func dealt(
    _ trace: ReplayRecording, to nodes: Int, _ deal: Scenario.Replay.Deal
  ) -> [ReplayRequests] {
    let all = trace.requests
    var shares = [ReplayRequests](repeating: ReplayRequests(), count: nodes)
    for index in 0..<all.count {
      let node =
        switch deal {
        case .roundRobin: index % nodes
        case .tenant:
          Int(
            mix64(UInt64(trace.tenants[index])).multipliedFullWidth(by: UInt64(nodes)).high)
        }
      shares[node].keys.append(all.keys[index])
      shares[node].lengths.append(all.lengths[index])
      if !all.times.isEmpty { shares[node].times.append(all.times[index]) }
    }
    return shares
  }

  /// A block never changes its length, but objects of public traces do: the length that is seen
  /// first counts. Returns how many requests told another.
  private func makeLengthsAgree(_ shares: inout [ReplayRequests]) -> Int {
    // Looked up, never walked: its order decides nothing.
    var lengths: [BlockKey: UInt32] = [:]
    var changed = 0
    for share in shares.indices {
      for (index, key) in shares[share].keys.enumerated() {
        let length = shares[share].lengths[index]
        guard let known = lengths[key] else {
          lengths[key] = length
          continue
        }
        guard known != length else { continue }
        shares[share].lengths[index] = known
        changed += 1
      }
    }
    return changed
  }

  /// Times from the earliest request of all traces on: those of one clock stay in step.
  private func setTimes(_ shares: inout [ReplayRequests], _ pace: Scenario.Replay.Pace) {
    guard case .recorded(let speed) = pace else { return }
    let first = shares.compactMap(\.times.first).min() ?? 0
    for share in shares.indices {
      shares[share].times = shares[share].times.map { time in
        let span = time - first
        return speed == 1 ? span : UInt64(min(Double(span) / speed, 0x1p62))
      }
    }
  }

  /// The requests for the keys that are simulated: all of a key's, or none (SHARDS, FAST '15).
  private func sampled(_ all: ReplayRequests) -> ReplayRequests {
    let rate = scenario.sampling.rate
    guard rate < 1 else { return all }
    let threshold = UInt64(rate * 0x1p64)
    let seed = mix64(scenario.seed)
    var sample = ReplayRequests()
    for (index, key) in all.keys.enumerated() {
      guard mix64(key.low ^ mix64(key.high ^ seed)) < threshold else { continue }
      sample.keys.append(key)
      sample.lengths.append(all.lengths[index])
      if !all.times.isEmpty { sample.times.append(all.times[index]) }
    }
    return sample
  }

  private func notes(
    of workload: Scenario.Workload, _ traces: [ReplayRecording], resized: Int
  ) -> [String] {
    var notes: [String] = []
    let writes = traces.reduce(0) { $0 + $1.writes }
    if writes > 0 {
      notes.append(
        "\(workload.name): \(writes) recorded writes and deletions were left out; only reads are "
          + "replayed.")
    }
    if resized > 0 {
      notes.append(
        "\(workload.name): \(resized) requests told another size of their block than the first one; "
          + "the first counts.")
    }
    return notes
  }
}
