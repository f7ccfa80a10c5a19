import TarnSettings

/// Whether the jobs fit the fleet: a job takes whole nodes, of its workload's pools in their order.
extension Scenario {
  func checkJobs(_ diagnostics: Diagnostics) {
    var free = topology.pools.map(\.nodes)
    for (index, workload) in workloads.enumerated() {
      let pools = workload.pools.compactMap { name in
        topology.pools.firstIndex { $0.name == name }
      }
      if case .scan(let scan) = workload.kind {
        let nodes = pools.reduce(0) { $0 + topology.pools[$1].nodes }
        if scan.nodes > nodes {
          diagnostics.report(
            "\(scan.nodes) is more than the \(nodes) nodes of \(workload.pools.joined(separator: ", ")); "
              + "use fewer", at: "workloads[\(index)].nodes")
        }
        continue
      }
      if case .replay(let replay) = workload.kind {
        check(replay, of: workload, "workloads[\(index)]", diagnostics)
        continue
      }
      if case .objects = workload.kind { continue }
      let nodeGPUs = pools.map { topology.nodeClass(of: topology.pools[$0]).gpus }
      let path = "workloads[\(index)]"
      guard let gpus = nodeGPUs.first, nodeGPUs.allSatisfy({ $0 == gpus }) else {
        diagnostics.report(
          "mixes pools of different GPUs a node; give each a workload of its own",
          at: "\(path).pools")
        continue
      }
      guard let wanted = wholeNodes(of: workload, nodeGPUs: gpus, path, diagnostics) else {
        continue
      }
      let available = pools.reduce(0) { $0 + free[$1] }
      if wanted > available {
        diagnostics.report(
          "needs \(wanted * gpus) GPUs where \(available * gpus) are free in "
            + "\(workload.pools.joined(separator: ", ")); use smaller or fewer jobs",
          at: "\(path).\(workload.sizeKey)")
      }
      var rest = wanted
      for pool in pools {
        let taken = min(rest, free[pool])
        free[pool] -= taken
        rest -= taken
      }
    }
    checkRemainder(free, diagnostics)
  }

  /// Nodes that a workload asks for; nil after a complaint, or if it takes what is left.
  private func wholeNodes(
    of workload: Workload, nodeGPUs: Int, _ path: String, _ diagnostics: Diagnostics
  ) -> Int? {
    var nodes = 0
    for (path, size) in workload.sizes(path) {
      guard size.gpus.isMultiple(of: nodeGPUs) else {
        diagnostics.report(
          "\(size.gpus) GPUs are no whole number of nodes of \(nodeGPUs); use a multiple", at: path)
        return nil
      }
      nodes += size.gpus / nodeGPUs * size.count
    }
    if case .inference(let inference) = workload.kind, inference.gpus == nil { return nil }
    return nodes
  }

  /// Whoever takes what is left must find something.
  private func checkRemainder(_ free: [Int], _ diagnostics: Diagnostics) {
    var free = free
    for (index, workload) in workloads.enumerated() {
      guard case .inference(let inference) = workload.kind, inference.gpus == nil else { continue }
      var found = 0
      for (pool, entry) in topology.pools.enumerated() where workload.pools.contains(entry.name) {
        found += free[pool]
        free[pool] = 0
      }
      if found == 0 {
        diagnostics.report(
          "finds no free node; give it pools of its own, or gpus", at: "workloads[\(index)].pools")
      }
    }
  }
}

extension Scenario.Workload {
  /// Bytes of its largest block.
  var blockBytes: UInt32 {
    switch kind {
    case .training(let training): training.blockBytes
    case .coldStart(let coldStart): coldStart.blockBytes
    case .scan(let scan): scan.blockBytes
    case .replay(let replay): replay.blockBytes
    case .objects(let objects): objects.blockBytes
    case .inference(let inference):
      UInt32(clamping: UInt64(inference.blockTokens) * inference.kvBytesPerToken)
    }
  }

  /// The key that says how many GPUs it takes.
  fileprivate var sizeKey: String {
    if case .inference = kind { return "gpus" }
    return "jobs"
  }

  /// Its job sizes, each with the path that states it.
  fileprivate func sizes(_ path: String) -> [(path: String, size: Scenario.JobSize)] {
    switch kind {
    case .training(let training):
      training.jobs.enumerated().map { ("\(path).jobs[\($0.offset)].gpus", $0.element) }
    case .coldStart(let coldStart):
      coldStart.jobs.enumerated().map { ("\(path).jobs[\($0.offset)].gpus", $0.element) }
    case .scan: []
    case .replay: []
    case .objects: []
    case .inference(let inference):
      inference.gpus.map { [("\(path).gpus", Scenario.JobSize(gpus: $0, count: 1))] } ?? []
    }
  }
}
