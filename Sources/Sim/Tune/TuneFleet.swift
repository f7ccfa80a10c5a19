import Foundation
import TarnCore
public import TarnSettings
import TarnTraceFormat

/// A scenario that a tuning simulates.
public final class TuneFleet: Sendable {
  /// The file, as it was named.
  public let path: String
  /// As the file says.
  public let scenario: Scenario
  /// Digest of the file and of the traces that it replays, in hexadecimal.
  public let content: String

  /// Reads the scenario at `path`.
  public init(path: String) throws(SettingsError) {
    let (scenario, text) = try Scenario.load(path)
    self.path = path
    self.scenario = scenario
    var digest = XXHash64.hash(Array(text.utf8))
    for workload in scenario.workloads {
      if case .replay(let replay) = workload.kind {
        let files = TuneFleet.recordings(of: replay, scenario.searchFolders)
        for data in files.compactMap({ FileManager.default.contents(atPath: $0) }) {
          digest = XXHash64.hash(Array(data), seed: digest)
        }
      }
      guard case .inference(let inference) = workload.kind else { continue }
      for file in TuneFleet.traces(of: inference, scenario.searchFolders) {
        guard let data = FileManager.default.contents(atPath: file) else { continue }
        digest = XXHash64.hash(Array(data), seed: digest)
        break
      }
    }
    content = TuneJob.hexadecimal(digest)
  }

  /// The traces that the workload replays, and those in the folders that it names.
  private static func recordings(of replay: Scenario.Replay, _ folders: [String]) -> [String] {
    let found = replay.traces.compactMap { path in
      folders.map { path.hasPrefix("/") ? path : "\($0)/\(path)" }
        .first { FileManager.default.isReadableFile(atPath: $0) }
    }
    return found.flatMap { path in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
      return names.isEmpty ? [path] : names.sorted().map { "\(path)/\($0)" }
    }
  }

  /// Where the workload's trace may lie, in the order in which a simulation looks.
  private static func traces(of inference: Scenario.Inference, _ folders: [String]) -> [String] {
    let names: [String] =
      switch inference.trace {
      case .path(let path): [path]
      case .automatic:
        (inference.traceSearch + ["../shared/traces", "shared/traces"]).map {
          "\($0)/mooncake/conversation_trace.jsonl.gz"
        } + ["traces/kv-sample.tarn"]
      }
    return names.flatMap { name in
      name.hasPrefix("/") ? [name] : folders.map { "\($0)/\(name)" }
    }
  }

  /// Fleets of a quarter, a 16th ... of `nodes` on which the scenario still fits, smallest first, and
  /// `nodes` last; the numbers that scaling really gives.
  func sizes(upTo nodes: Int) throws(SettingsError) -> [Int] {
    let largest = try scenario.scaled(toNodes: min(nodes, scenario.nodes)).nodes
    var sizes = [largest]
    var wanted = largest / Halving.factor
    while sizes.count < 3, wanted >= scenario.topology.pools.count {
      guard let small = try? scenario.scaled(toNodes: wanted).nodes, small < sizes[0] else { break }
      sizes.insert(small, at: 0)
      wanted = small / Halving.factor
    }
    return sizes
  }

  /// Runs a job. A candidate whose settings the fleet cannot hold, such as a memory of fewer blocks than
  /// a workload needs, is answered without a piece, and so ranks last.
  ///
  /// - Throws: `ReplayError` for a job of another scenario, `SimulationError` as a simulation does.
  func answer(_ job: TuneJob) throws -> TuneAnswer {
    guard let run = job.simulation else { throw ReplayError("\(path) is a scenario, not a trace") }
    guard job.content == content else {
      throw ReplayError(
        "\(path) is not the scenario of the job (content \(content), not \(job.content)); name the "
          + "same file, and keep its traces beside it")
    }
    var candidate = try scenario.tuned(job.candidate)
    candidate.seed = run.seed
    candidate.sampling.reference = nil
    var answer = TuneAnswer()
    guard let scaled = try? candidate.scaled(toNodes: run.nodes), scaled.holds else {
      return answer
    }
    let result = try Simulation(scenario: scaled).run().result
    answer.pieces = [TuneMeasure(of: result)]
    answer.indexBytes = result.counter("core_bytes_per_node") ?? 0
    answer.objectsHeld =
      (result.counter("blocks_in_memory") ?? 0) + (result.counter("blocks_on_flash") ?? 0)
    return answer
  }
}

extension TuneMeasure {
  /// A simulation's figures.
  init(of result: SimulationResult) {
    self.init()
    requests = Double(result.requests)
    misses = result.hitRatio.origin * requests
    bytesWritten = result.counter("flash_bytes_written") ?? 0
    originSeconds =
      Double(result.origin.requests) / TuneObjective.accountRequests
      + Double(result.origin.bytes) / TuneObjective.accountBytes
    originBase = result.countedSeconds
    gpuStall = result.gpus > 0 ? result.gpuStallFraction : nil
    var prompts = 0.0
    var sum = 0.0
    for workload in result.workloads {
      guard let first = workload.timeToFirstToken, workload.completed > 0 else { continue }
      prompts += Double(workload.completed)
      sum += first.p99 * Double(workload.completed)
    }
    firstToken = prompts > 0 ? sum / prompts : nil
  }
}

extension SimulationResult {
  fileprivate func counter(_ name: String) -> Double? {
    counters.first { $0.name == name }?.value
  }
}

extension Scenario {
  /// Whether every check of a scenario holds.
  var holds: Bool {
    let diagnostics = Diagnostics(file: "")
    check(diagnostics)
    return diagnostics.issues.isEmpty
  }

  /// The scenario with a candidate's settings in every pool.
  func tuned(_ candidate: TuneCandidate) throws(ReplayError) -> Scenario {
    var tuned = self
    tuned.cache = try cache.tuned(candidate, flashBytes: nil)
    for index in topology.pools.indices {
      let pool = topology.pools[index]
      tuned.topology.pools[index].cache = try (pool.cache ?? cache).tuned(
        candidate, flashBytes: topology.nodeClass(of: pool).flashBytes)
    }
    return tuned
  }
}

extension CacheSettings {
  /// The settings with a candidate's over them, on a node whose drives hold `flashBytes`.
  func tuned(
    _ candidate: TuneCandidate, flashBytes: UInt64?
  ) throws(ReplayError) -> CacheSettings {
    guard let fleet = candidate.fleet else { return self }
    var settings = self
    if !fleet.keepsMemory {
      settings.memoryEviction = try candidate.eviction()
      settings.memoryAdmission = try candidate.filter()
    }
    if let policy = fleet.flashPolicy {
      settings.flashEviction = try TuneCandidate(policy: policy).eviction()
    }
    if let filter = fleet.flashAdmission {
      settings.flashAdmission = try TuneCandidate.filter(filter)
    }
    if let owners = fleet.owners { settings.fetch.owners = UInt8(clamping: owners) }
    if let fanOut = fleet.fanOut { settings.fetch.fanOut = UInt8(clamping: fanOut) }
    if let quarters = fleet.memoryQuarters, let flashBytes {
      settings.moveMemory(quarters: quarters, deviceBytes: flashBytes)
    }
    return settings
  }

  /// Gives memory so many quarters of its bytes; flash takes or gives the rest, within its drives, but
  /// keeps two segments, without which it cannot run. What flash cannot give, memory does not get.
  private mutating func moveMemory(quarters: Int, deviceBytes: UInt64) {
    let flash = flashCapacity.bytes(of: deviceBytes)
    var wanted = max(1 << 20, memoryBytes / 4 * UInt64(quarters))
    if wanted > memoryBytes {
      let least = min(flash, 2 * UInt64(flashSegmentBytes))
      let given = min(wanted - memoryBytes, flash - least)
      wanted = memoryBytes + given
      flashCapacity = .bytes(flash - given)
    } else {
      flashCapacity = .bytes(min(deviceBytes, flash + (memoryBytes - wanted)))
    }
    memoryBytes = wanted
  }
}
