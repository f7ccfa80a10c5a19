import Foundation
import TarnCore

/// Who runs what where.
extension Planner {
  mutating func addWorkloads(
    to workloads: inout Workloads, warm: inout [WarmData], fleet: Fleet
  ) throws(SimulationError) {
    let allotments = try allotments(on: fleet)
    var next = 0
    for workload in scenario.workloads {
      let number = UInt8(workloads.count)
      switch workload.kind {
      case .scan(let scan):
        let configuration = self.scan(workload, scan, fleet)
        note(reader: configuration, number, warm: scan.warm, fleet)
        warm += warmData(configuration, share: scan.warm, fleet: fleet)
        workloads.add(configuration)
      case .training(let training):
        let mine = Array(allotments[next..<next + training.jobs.reduce(0) { $0 + $1.count }])
        next += mine.count
        let configuration = self.training(workload, training, number, mine)
        warm += warmData(configuration, share: training.warm, fleet: fleet)
        note(readers: configuration, number, warm: training.warm)
        workloads.add(configuration)
      case .coldStart(let coldStart):
        for job in 0..<coldStart.jobs.reduce(0, { $0 + $1.count }) {
          let configuration = self.coldStart(workload, coldStart, job: job, allotments[next])
          next += 1
          warm += warmData(configuration, share: coldStart.warm, fleet: fleet)
          note(reader: configuration, UInt8(workloads.count), warm: coldStart.warm, fleet)
          workloads.add(configuration)
        }
      case .replay(let replay):
        workloads.add(try self.replay(workload, replay, fleet))
      case .objects(let objects):
        workloads.add(self.objects(workload, objects, fleet))
      case .inference(let inference):
        workloads.add(try self.inference(workload, inference, number, allotments[next]))
        next += 1
      }
      while homes.count < workloads.count {
        homes.append((workload.home, scenario.tenant(of: workload)))
      }
    }
  }

  // MARK: Nodes

  /// Nodes for every job of every workload, in the order of the scenario.
  private func allotments(on fleet: Fleet) throws(SimulationError) -> [JobPlan.Allotment] {
    let pools = jobPools(fleet)
    var free = pools.map { UInt64($0.nodes.count) * UInt64($0.gpusPerNode) }
    var requests: [JobPlan.Request] = []
    for workload in scenario.workloads {
      for gpus in jobSizes(of: workload, free: free, pools: pools) {
        let pool = workload.pools.first { name in
          pools.indices.contains { pools[$0].name == name && free[$0] >= gpus }
        }
        requests.append(
          JobPlan.Request(
            name: workload.name, gpus: gpus, pool: pool ?? workload.pools.first))
        if let index = pools.firstIndex(where: { $0.name == pool }) { free[index] -= gpus }
      }
    }
    do {
      return try JobPlan.allot(requests, on: pools)
    } catch {
      throw SimulationError("workloads: \(error)")
    }
  }

  func jobPools(_ fleet: Fleet) -> [JobPlan.Pool] {
    scenario.topology.pools.indices.map { index in
      let pool = scenario.topology.pools[index]
      let cells = fleet.topology.cells.filter { $0.pool == index }
      return JobPlan.Pool(
        name: pool.name,
        nodes: NodeRange(first: UInt32(cells[0].nodes.lowerBound), count: UInt32(pool.nodes)),
        gpusPerNode: UInt32(scenario.topology.nodeClass(of: pool).gpus),
        nodesPerRack: UInt32(pool.nodesPerRack))
    }
  }

  private func jobSizes(
    of workload: Scenario.Workload, free: [UInt64], pools: [JobPlan.Pool]
  ) -> [UInt64] {
    switch workload.kind {
    case .training(let training): return flattened(training.jobs)
    case .coldStart(let coldStart): return flattened(coldStart.jobs)
    case .scan: return []
    case .replay, .objects: return []
    case .inference(let inference):
      if let gpus = inference.gpus { return [UInt64(gpus)] }
      let index = pools.firstIndex { $0.name == workload.pools.first } ?? 0
      return [free[index]]
    }
  }

  private func flattened(_ jobs: [Scenario.JobSize]) -> [UInt64] {
    jobs.flatMap { [UInt64](repeating: UInt64($0.gpus), count: $0.count) }
  }

  // MARK: Kinds

  private func training(
    _ workload: Scenario.Workload, _ training: Scenario.Training, _ number: UInt8,
    _ allotments: [JobPlan.Allotment]
  ) -> TrainingConfiguration {
    let jobs = allotments.enumerated().map { index, allotment in
      let name = training.sharedDataset ? "data" : "job-\(index)"
      var job = TrainingJob(
        nodes: allotment.nodes, gpusPerNode: allotment.gpusPerNode,
        dataset: dataset(
          workload, named: name, bytes: training.datasetBytes, blockBytes: training.blockBytes),
        order: training.order == .epochShuffle ? .epochShuffle : .staticShards,
        bytesPerStep: training.model.bytesPerStep * UInt64(allotment.gpusPerNode),
        stepNanoseconds: training.model.stepNanoseconds)
      job.readerDepth = scaledDepth(training.readerDepth)
      job.prefetchSteps = UInt32(training.prefetchSteps)
      // Jobs were not all started at one instant: their steps are out of phase.
      job.startsAt = Instant(
        nanoseconds: mix64(scenario.seed ^ UInt64(number) << 32 ^ UInt64(index))
          % max(1, training.model.stepNanoseconds))
      return job
    }
    var configuration = TrainingConfiguration(
      name: workload.name, number: number, seed: seed(of: workload), jobs: jobs)
    configuration.samplingRate = scenario.sampling.rate
    if training.prefetchHint, scenario.sampling.rate == 1 {
      configuration.hintWindow = UInt8(clamping: 2 * training.readerDepth)
    }
    return configuration
  }

  /// A sampled read stands for 1 / rate real ones, so fewer of them are outstanding: at least one.
  func scaledDepth(_ depth: Int) -> UInt16 {
    UInt16(max(1, (Double(depth) * scenario.sampling.rate).rounded(.up)))
  }

  private func coldStart(
    _ workload: Scenario.Workload, _ coldStart: Scenario.ColdStart, job: Int,
    _ allotment: JobPlan.Allotment
  ) -> ColdStartConfiguration {
    let isOnly = coldStart.jobs.reduce(0) { $0 + $1.count } == 1
    var configuration = ColdStartConfiguration(
      name: isOnly ? workload.name : "\(workload.name)-\(job)", number: 0,
      seed: seed(of: workload), nodes: allotment.nodes, gpusPerNode: allotment.gpusPerNode,
      weights: dataset(
        workload, named: "weights-\(job)", bytes: coldStart.weightsBytes,
        blockBytes: coldStart.blockBytes))
    configuration.samplingRate = scenario.sampling.rate
    configuration.depth = scaledDepth(coldStart.readerDepth)
    configuration.rotated = coldStart.order == .rotated
    configuration.shards = UInt32(max(1, (1 / coldStart.shard).rounded()))
    configuration.together = coldStart.together
    configuration.startsAt = Instant(nanoseconds: coldStart.atNanoseconds)
    return configuration
  }

  /// Executors share nodes with whatever else runs there: they take every n-th node of the pools.
  private func scan(
    _ workload: Scenario.Workload, _ scan: Scenario.Scan, _ fleet: Fleet
  ) -> ColdStartConfiguration {
    let pools = jobPools(fleet).filter { workload.pools.contains($0.name) }
    let all = pools.flatMap { pool in (0..<pool.nodes.count).map { pool.nodes[$0] } }
    let count = min(scan.nodes, all.count)
    let nodes = (0..<count).map {
      NodeRange(first: all[$0 * all.count / count], count: 1)
    }
    var configuration = ColdStartConfiguration(
      name: workload.name, number: 0, seed: seed(of: workload), nodes: nodes, gpusPerNode: 0,
      weights: dataset(
        workload, named: "table", bytes: scan.tableBytes, blockBytes: scan.blockBytes))
    configuration.kind = "scan"
    configuration.samplingRate = scenario.sampling.rate
    configuration.depth = scaledDepth(scan.readerDepth)
    configuration.shards = UInt32(count)
    configuration.flags = scan.hint ? .doNotAdmit : []
    configuration.startsAt = Instant(nanoseconds: scan.atNanoseconds)
    return configuration
  }

  private mutating func inference(
    _ workload: Scenario.Workload, _ inference: Scenario.Inference, _ number: UInt8,
    _ allotment: JobPlan.Allotment
  ) throws(SimulationError) -> InferenceConfiguration {
    let nodeCount = allotment.nodes.reduce(0) { $0 + $1.count }
    let gpus = Int(nodeCount) * Int(allotment.gpusPerNode)
    let copies = inference.replicas ?? max(1, gpus / inference.gpusPerTrace)
    let (trace, note) = try loadTrace(of: inference)
    add(note: "\(workload.name): \(note) It is replayed by \(copies) replicas at once.")
    let blockBytes = UInt64(inference.blockTokens) * inference.kvBytesPerToken
    var configuration = InferenceConfiguration(
      name: workload.name, number: number, seed: seed(of: workload), nodes: allotment.nodes,
      gpusPerNode: allotment.gpusPerNode, copies: UInt32(min(copies, Int(nodeCount))),
      trace: trace, tenant: scenario.tenant(of: workload), salt: salt(of: workload), model: 1,
      blockBytes: UInt32(clamping: blockBytes),
      prefillTokensPerSecond: UInt64(inference.prefillTokensPerSecond))
    configuration.blockTokens = UInt32(inference.blockTokens)
    configuration.anchorDepth = UInt32(inference.anchorDepth)
    configuration.routing = inference.routing == .random ? .random : .prefixAffine
    return configuration
  }

  // MARK: Names

  func seed(of workload: Scenario.Workload) -> UInt64 {
    workload.name.utf8.reduce(mix64(scenario.seed)) { mix64($0 ^ UInt64($1)) }
  }

  /// A simulated tenant's secret follows from its name.
  func salt(of workload: Scenario.Workload) -> TenantSalt {
    let hash = workload.tenant.utf8.reduce(UInt64(1)) { mix64($0 ^ UInt64($1)) }
    return TenantSalt(key0: hash, key1: mix64(hash))
  }

  private func dataset(
    _ workload: Scenario.Workload, named name: String, bytes: UInt64, blockBytes: UInt32
  ) -> Dataset {
    Dataset(
      object: ObjectIdentity(
        salt: salt(of: workload), container: workload.name, object: name, version: "1"),
      tenant: scenario.tenant(of: workload), bytes: bytes, blockBytes: blockBytes)
  }

  // MARK: Warm data

  private func warmData(
    _ configuration: TrainingConfiguration, share: Double, fleet: Fleet
  ) -> [WarmData] {
    guard share > 0 else { return [] }
    var warm: [WarmData] = []
    for job in configuration.jobs {
      // Jobs that share a data set share its blocks in every cell that they have in common.
      let cells = cells(of: job.nodes, fleet: fleet)
      if let known = warm.firstIndex(where: { $0.dataset == job.dataset }) {
        warm[known].cells += cells.filter { !warm[known].cells.contains($0) }
        continue
      }
      let sample = SampledBlocks(
        of: job.dataset, rate: configuration.samplingRate, seed: configuration.seed)
      warm.append(WarmData(dataset: job.dataset, sample: sample, cells: cells, share: share))
    }
    return warm
  }

  private func warmData(
    _ configuration: ColdStartConfiguration, share: Double, fleet: Fleet
  ) -> [WarmData] {
    guard share > 0 else { return [] }
    let sample = SampledBlocks(
      of: configuration.weights, rate: configuration.samplingRate, seed: configuration.seed)
    return [
      WarmData(
        dataset: configuration.weights, sample: sample,
        cells: cells(of: configuration.nodes, fleet: fleet), share: share)
    ]
  }

  private func cells(of ranges: [NodeRange], fleet: Fleet) -> [Int] {
    var cells: [Int] = []
    for range in ranges where range.count > 0 {
      let first = fleet.cell(of: range[0])
      let last = fleet.cell(of: range[range.count - 1])
      for cell in first...last where !cells.contains(cell) { cells.append(cell) }
    }
    return cells
  }
}

// MARK: - Traces

extension Planner {
  /// Where the public trace of production prompts is looked for (see traces/README.md).
  private static let publicTrace = "mooncake/conversation_trace.jsonl.gz"
  /// The trace of our own that the repository carries.
  private static let ownTrace = "traces/kv-sample.tarn"

  func loadTrace(
    of inference: Scenario.Inference
  ) throws(SimulationError) -> (KVTraceData, note: String) {
    switch inference.trace {
    case .path(let path):
      guard let found = firstFile(of: [path]) else {
        throw SimulationError(
          "trace \(path): no such file in \(scenario.searchFolders.joined(separator: ", ")); "
            + "name an existing trace, or write trace: auto")
      }
      return (try load(found, rateScale: inference.rateScale), "Prompts come from \(path).")
    case .automatic:
      let folders = inference.traceSearch + ["../shared/traces", "shared/traces"]
      let candidates = folders.map { "\($0)/\(Self.publicTrace)" }
      if let found = firstFile(of: candidates) {
        let note =
          "Prompts come from the recorded Mooncake conversation trace (FAST '25); its time stamps, "
          + "which come in steps of 3 s, are spread over their step by a hash of the prompt's index."
        return (try load(found, rateScale: inference.rateScale), note)
      }
      guard let found = firstFile(of: [Self.ownTrace]) else {
        throw SimulationError(
          "no KV trace: neither \(Self.publicTrace) nor \(Self.ownTrace) was found; "
            + "run from the repository's root or give the workload a trace: PATH")
      }
      let note =
        "The recorded Mooncake trace was not found; prompts come from \(Self.ownTrace), which "
        + "`tarn trace generate` made with a reuse model fitted to it."
      return (try load(found, rateScale: inference.rateScale), note)
    }
  }

  func firstFile(of paths: [String]) -> String? {
    for path in paths {
      for folder in scenario.searchFolders {
        let candidate = path.hasPrefix("/") ? path : "\(folder)/\(path)"
        if FileManager.default.isReadableFile(atPath: candidate) { return candidate }
      }
    }
    return nil
  }

  /// Reads a trace whose prompts then arrive `rateScale` times as fast as recorded.
  private func load(
    _ path: String, rateScale: Double
  ) throws(SimulationError) -> KVTraceData {
    do {
      let trace = try KVTrace.load(path: path)
      return try KVTraceData(
        times: rateScale == 1
          ? trace.timeNanoseconds : trace.timeNanoseconds.map { UInt64(Double($0) / rateScale) },
        inputTokens: trace.inputTokens,
        outputTokens: trace.outputTokens, chainStart: trace.chainStarts, ids: trace.chainIDs)
    } catch {
      throw SimulationError("\(error)")
    }
  }
}
