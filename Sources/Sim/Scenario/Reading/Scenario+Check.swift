import TarnCore
import TarnSettings

/// What one key alone cannot tell: names that must resolve, parts that must fit the whole.
extension Scenario {
  func check(_ diagnostics: Diagnostics) {
    if warmupNanoseconds >= durationNanoseconds {
      diagnostics.report("leaves no time to count; use less than the duration", at: "warmup")
    }
    if let reference = sampling.reference, reference.nodes > nodes {
      diagnostics.report(
        "\(reference.nodes) is more than the fleet's \(nodes) nodes; use a smaller fleet",
        at: "sampling.reference.nodes")
    }
    checkNames(diagnostics)
    checkRegions(diagnostics)
    checkCaches(diagnostics)
    checkJobs(diagnostics)
    checkObjectives(diagnostics)
    checkUse(diagnostics)
    checkLosses(diagnostics)
    checkHomes(diagnostics)
    let racks = topology.pools.reduce(0) { $0 + $1.cells * $1.racksPerCell }
    let lost = faults.rackLosses.map(\.racks).max() ?? 0
    if lost > racks {
      diagnostics.report(
        "\(lost) racks are more than the fleet's \(racks); lose fewer", at: "faults.rack_loss")
    }
  }

  private func checkUse(_ diagnostics: Diagnostics) {
    let names = origin.routes.map(\.name)
    for name in origin.use where !names.contains(name) {
      let cure =
        names.isEmpty
        ? "the scenario names no paths; give some in origin.paths"
        : suggestion(for: name, among: names)
      diagnostics.report("\(quoted(name)) is no path; \(cure)", at: "origin.use")
    }
  }

  private func checkLosses(_ diagnostics: Diagnostics) {
    let zones = Set(
      topology.pools.flatMap { pool in
        pool.zones.prefix(pool.cells).map { "\(pool.region)/\($0)" }
      }
    ).count
    let racks = topology.pools.reduce(0) { $0 + $1.cells * $1.racksPerCell }
    for (index, loss) in faults.losses.enumerated() {
      let (most, name) =
        switch loss.scope {
        case .node: (nodes, "nodes")
        case .rack: (racks, "racks")
        case .zone: (zones, "zones")
        }
      guard loss.count > most else { continue }
      diagnostics.report(
        "\(loss.count) is more than the fleet's \(most) \(name); lose fewer",
        at: "faults.losses[\(index)].count")
    }
  }

  private func checkNames(_ diagnostics: Diagnostics) {
    func unique(_ names: [String], in list: String) {
      for (index, name) in names.enumerated() where names[..<index].contains(name) {
        diagnostics.report(
          "\(quoted(name)) is taken; give every item its own name", at: "\(list)[\(index)].name")
      }
    }
    unique(topology.regions.map(\.name), in: "topology.regions")
    unique(topology.pools.map(\.name), in: "topology.pools")
    unique(workloads.map(\.name), in: "workloads")
  }

  private func checkRegions(_ diagnostics: Diagnostics) {
    let names = topology.regions.map(\.name)
    for (index, entry) in topology.regionRoundTrips.enumerated() {
      for name in [entry.first, entry.second] where !names.contains(name) {
        diagnostics.report(
          "\(quoted(name)) is no region; \(suggestion(for: name, among: names))",
          at: "topology.region_rtt[\(index)].between")
      }
    }
    for (index, first) in names.enumerated() {
      for second in names[(index + 1)...] {
        let entries = topology.regionRoundTrips.filter {
          ($0.first, $0.second) == (first, second) || ($0.second, $0.first) == (first, second)
        }
        guard entries.count != 1 else { continue }
        let fault = entries.isEmpty ? "has no entry" : "has \(entries.count) entries"
        diagnostics.report(
          "\(fault) for \(first) and \(second); give one such as "
            + "{between: [\(first), \(second)], rtt: 60ms}", at: "topology.region_rtt")
      }
    }
  }

  private func checkCaches(_ diagnostics: Diagnostics) {
    for (index, pool) in topology.pools.enumerated() {
      let path = pool.cache == nil ? "cache" : "topology.pools[\(index)].cache"
      let settings = pool.cache ?? cache
      let core = coreConfiguration(of: pool)
      let device = topology.nodeClass(of: pool).flashBytes
      if core.flashBytes > device {
        diagnostics.report(
          "is more than the \(device) bytes of the drives of class \(pool.className); use 80% or so",
          at: "\(path).flash.capacity")
      }
      if core.flashBytes > 0, core.flashBytes / 4 < UInt64(core.flashSegmentBytes) {
        diagnostics.report(
          "leaves flash fewer than 4 segments; use a quarter of its capacity or less",
          at: "\(path).flash.segment")
      }
      for workload in workloads where workload.pools.contains(pool.name) {
        let block = UInt64(workload.blockBytes)
        guard block > core.memoryBytes / 4 else { continue }
        diagnostics.report(
          "holds fewer than 4 blocks of workload \(workload.name); use \(4 * block)B or more",
          at: "\(path).memory.capacity")
      }
      for quota in settings.quotas where !tenants.contains(quota.tenant) {
        diagnostics.report(
          "no workload has this tenant; \(suggestion(for: quota.tenant, among: tenants))",
          at: "\(path).quotas.\(quota.tenant)")
      }
    }
  }

  private func checkObjectives(_ diagnostics: Diagnostics) {
    for (index, objective) in objectives.enumerated() {
      let metric = objective.metric
      if let name = objective.workload {
        let names = workloads.map(\.name)
        if !names.contains(name) {
          diagnostics.report(
            "\(quoted(name)) is no workload; \(suggestion(for: name, among: names))",
            at: "slo[\(index)].workload")
        } else if !metric.isOfWorkload {
          diagnostics.report(
            "\(metric.rawValue) is the fleet's alone; leave the workload out",
            at: "slo[\(index)].workload")
        }
      } else if metric.needsWorkload {
        diagnostics.report(
          "\(metric.rawValue) is one workload's; say whose with workload: NAME",
          at: "slo[\(index)].name")
      }
    }
  }
}
