public import TarnSettings

extension Scenario {
  /// The same scenario on a fleet of about `wanted` nodes.
  ///
  /// What grows with a fleet grows or shrinks in proportion: pools (their cells first), jobs (their
  /// number first, then their GPUs and with them the data set), the origin's limits, lost racks.
  /// What a node, a block or a blob is stays as it is. Cells are equal, so a pool may end up a few
  /// nodes short of its share.
  ///
  /// - Throws: `SettingsError` if the fleet is too small to hold a node of every pool and job.
  public func scaled(toNodes wanted: Int) throws(SettingsError) -> Scenario {
    guard wanted != nodes else { return self }
    guard wanted >= topology.pools.count else {
      throw Scenario.tooFew(wanted, "the scenario has \(topology.pools.count) pools")
    }
    var scaled = self
    scaled.topology.pools = Scenario.scaledPools(topology.pools, toNodes: wanted)
    scaled.scaleBudgets(from: self)
    let factor = Double(scaled.nodes) / Double(nodes)
    for index in workloads.indices { scaled.scaleWorkload(index, factor) }
    scaled.scaleOrigin(factor)
    for index in faults.rackLosses.indices {
      let racks = Double(faults.rackLosses[index].racks) * factor
      scaled.faults.rackLosses[index].racks = max(1, Int(racks.rounded()))
    }
    for index in faults.losses.indices where faults.losses[index].scope != .zone {
      let count = Double(faults.losses[index].count) * factor
      scaled.faults.losses[index].count = max(1, Int(count.rounded()))
    }
    if var reference = sampling.reference {
      reference.nodes = min(reference.nodes, scaled.nodes)
      scaled.sampling.reference = reference
    }
    let diagnostics = Diagnostics(file: "--nodes \(wanted)")
    scaled.check(diagnostics)
    if let issue = diagnostics.issues.first {
      throw Scenario.tooFew(wanted, "\(issue.path): \(issue.message)")
    }
    return scaled
  }

  private static func tooFew(_ nodes: Int, _ reason: String) -> SettingsError {
    let message = "\(nodes) nodes do not fit the scenario (\(reason)); use more nodes"
    return SettingsError([SettingsError.Issue(file: nil, path: "--nodes", message: message)])
  }

  /// Every pool's share of the nodes, at least one, as cells of equal size; the first pools get
  /// what rounding leaves.
  private static func scaledPools(_ pools: [Pool], toNodes wanted: Int) -> [Pool] {
    let total = pools.reduce(0) { $0 + $1.nodes }
    var shares = pools.map { max(1, $0.nodes * wanted / total) }
    var rest = wanted - shares.reduce(0, +)
    for index in shares.indices where rest > 0 {
      shares[index] += 1
      rest -= 1
    }
    return zip(pools, shares).map { pool, share in
      var pool = pool
      let fewer = max(1, share / pool.nodesPerCell)
      // Cells as near to their size as they may be, in the number that leaves fewer nodes over.
      let candidates = [fewer, fewer + 1].filter { (1...nodesPerCellLimit).contains(share / $0) }
      pool.cells = candidates.min { share % $0 < share % $1 } ?? fewer
      pool.nodesPerCell = share / pool.cells
      return pool
    }
  }

  /// A cell's fixed budget follows the cell's nodes; an automatic one does so anyway.
  private mutating func scaleBudgets(from original: Scenario) {
    for (index, before) in original.topology.pools.enumerated() {
      var settings = before.cache ?? cache
      guard case .fixed(let requests, let bytes, let ceiling) = settings.budget else { continue }
      let ratio = Double(topology.pools[index].nodesPerCell) / Double(before.nodesPerCell)
      settings.budget = .fixed(
        requestsPerSecond: max(1, UInt64(Double(requests) * ratio)),
        bytesPerSecond: max(1, UInt64(Double(bytes) * ratio)), ceiling: ceiling)
      topology.pools[index].cache = settings
    }
  }

  private mutating func scaleWorkload(_ index: Int, _ factor: Double) {
    let workload = workloads[index]
    let pool = topology.pools.first { $0.name == workload.pools.first }
    let nodeGPUs = pool.map { topology.nodeClass(of: $0).gpus } ?? 1
    switch workload.kind {
    case .training(var training):
      let before = Scenario.meanGPUs(training.jobs)
      training.jobs = Scenario.scaledJobs(training.jobs, factor, nodeGPUs: nodeGPUs)
      let ratio = Scenario.meanGPUs(training.jobs) / before
      let bytes = Double(training.datasetBytes) * (training.sharedDataset ? factor : ratio)
      training.datasetBytes = max(1 << 20, UInt64(bytes.rounded()))
      workloads[index].kind = .training(training)
    case .coldStart(var coldStart):
      coldStart.jobs = Scenario.scaledJobs(coldStart.jobs, factor, nodeGPUs: nodeGPUs)
      workloads[index].kind = .coldStart(coldStart)
    case .scan(var scan):
      let nodes = max(1, Int((Double(scan.nodes) * factor).rounded()))
      let ratio = Double(nodes) / Double(scan.nodes)
      scan.nodes = nodes
      scan.tableBytes = max(1 << 20, UInt64((Double(scan.tableBytes) * ratio).rounded()))
      workloads[index].kind = .scan(scan)
    case .replay(var replay):
      // What a node was asked stays as it was recorded; nodes that are gone are asked nothing.
      replay.traces = Array(replay.traces.prefix(nodes(of: workload)))
      workloads[index].kind = .replay(replay)
    case .objects(var objects):
      // Each node opens as many; the writer keeps pace with the readers.
      objects.overwritesPerSecond *= factor
      workloads[index].kind = .objects(objects)
    case .inference(var inference):
      inference.gpus = inference.gpus.map { Scenario.wholeNodes($0, factor, nodeGPUs: nodeGPUs) }
      inference.replicas = inference.replicas.map { max(1, Int(Double($0) * factor)) }
      workloads[index].kind = .inference(inference)
    }
  }

  /// Fewer or more jobs of a size; where there would be none, one smaller job. What is less than a
  /// node is carried to the next size, but no workload vanishes.
  private static func scaledJobs(
    _ jobs: [JobSize], _ factor: Double, nodeGPUs: Int
  ) -> [JobSize] {
    var scaled: [JobSize] = []
    var carried = 0.0
    for job in jobs {
      let nodesOfJob = Double(job.gpus / nodeGPUs)
      let count = job.count == 1 ? 0 : Int(Double(job.count) * factor)
      if count > 0 { scaled.append(JobSize(gpus: job.gpus, count: count)) }
      let rest = (Double(job.count) * factor - Double(count)) * nodesOfJob + carried
      if count == 0, rest >= 1 { scaled.append(JobSize(gpus: Int(rest) * nodeGPUs, count: 1)) }
      carried = count > 0 ? rest : rest - Double(Int(rest))
    }
    return scaled.isEmpty ? [JobSize(gpus: nodeGPUs, count: 1)] : scaled
  }

  private static func wholeNodes(_ gpus: Int, _ factor: Double, nodeGPUs: Int) -> Int {
    max(1, Int(Double(gpus / nodeGPUs) * factor)) * nodeGPUs
  }

  private static func meanGPUs(_ jobs: [JobSize]) -> Double {
    let count = jobs.reduce(0) { $0 + $1.count }
    return Double(jobs.reduce(0) { $0 + $1.gpus * $1.count }) / Double(max(1, count))
  }

  /// All accounts' limits together keep their ratio to the fleet.
  private mutating func scaleOrigin(_ factor: Double) {
    let accounts = max(1, Int((Double(origin.accounts) * factor).rounded()))
    let perAccount = factor * Double(origin.accounts) / Double(accounts)
    origin.accounts = accounts
    origin.requestsPerSecond = max(1, UInt64(Double(origin.requestsPerSecond) * perAccount))
    origin.bytesPerSecond = max(1, UInt64(Double(origin.bytesPerSecond) * perAccount))
    origin.scaleRoutes(factor)
  }
}
