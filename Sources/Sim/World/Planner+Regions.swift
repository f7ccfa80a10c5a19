import TarnCore

/// Whose data lies where, and who reads it from there.
extension Planner {
  /// Whether any data has a home region.
  var hasHomes: Bool { scenario.workloads.contains { $0.home != nil } }

  /// Nil where all data is equally near to all.
  mutating func regionPlan(_ fleet: Fleet) -> RegionPlan? {
    guard hasHomes else { return nil }
    var plan = RegionPlan()
    plan.homes = homes.map { home in home.region.map { number(of: $0, fleet) } ?? RegionPlan.none }
    plan.tenants = homes.map(\.tenant)
    plan.joins = scenario.federation.joins
    plan.poolTimeout = scenario.federation.poolTimeoutNanoseconds
    plan.egressDollarsPerGB = scenario.topology.egressDollarsPerGB
    plan.cells = fleet.topology.regions.indices.map { region in
      (0..<fleet.cellCount).filter { cell in
        fleet.topology.region(of: fleet.topology.cells[cell].nodes.lowerBound) == region
      }
    }
    plan.cuts = cuts(fleet).map {
      RegionPlan.Cut(region: $0.region, start: $0.start, end: $0.end)
    }
    if let source = scenario.topology.regionSource {
      add(note: "Round trips between regions: \(source)")
    }
    add(
      note:
        "Storage accounts stand in each home region, \(scenario.origin.accounts) of them; bytes "
        + "that leave a region cost \(scenario.topology.egressDollarsPerGB) dollars a GB, an "
        + "assumption (topology.region_egress).")
    return plan
  }

  /// The ways to the origin of a pool's nodes: where caches are joined, the home's cache beside its
  /// accounts, for those that read data of another region.
  func originPaths(of pool: Scenario.Pool) -> [OriginPathConfiguration] {
    let readsFarData = scenario.workloads.contains { workload in
      guard let home = workload.home else { return false }
      return home != pool.region && workload.pools.contains(pool.name)
    }
    guard scenario.federation.joins, readsFarData else { return [OriginPathConfiguration()] }
    return [
      OriginPathConfiguration(),
      OriginPathConfiguration(
        isBudgeted: false, isAuthoritative: false,
        timeoutNanoseconds: scenario.federation.poolTimeoutNanoseconds),
    ]
  }

  private func number(of region: String, _ fleet: Fleet) -> UInt8 {
    guard let number = fleet.topology.regions.firstIndex(of: region) else {
      preconditionFailure("a checked scenario's homes have pools")
    }
    return UInt8(number)
  }

  private func cuts(_ fleet: Fleet) -> [ObjectsConfiguration.Cut] {
    scenario.faults.cuts.compactMap { cut in
      // A region without nodes is cut off from nobody.
      guard fleet.topology.regions.contains(cut.region) else { return nil }
      let start = Instant(nanoseconds: cut.atNanoseconds)
      return ObjectsConfiguration.Cut(
        region: number(of: cut.region, fleet), start: start, end: start + cut.durationNanoseconds)
    }
  }

  func objects(
    _ workload: Scenario.Workload, _ objects: Scenario.Objects, _ fleet: Fleet
  ) -> ObjectsConfiguration {
    let topology = fleet.topology
    let cells = topology.cells.filter { cell in
      workload.pools.contains(topology.shape.pools[cell.pool].name)
    }.map { cell in
      ObjectsConfiguration.Cell(
        nodes: NodeRange(first: UInt32(cell.nodes.lowerBound), count: UInt32(cell.nodes.count)),
        region: UInt8(topology.region(of: cell.nodes.lowerBound)))
    }
    var configuration = ObjectsConfiguration(
      name: workload.name, number: 0, seed: seed(of: workload),
      tenant: scenario.tenant(of: workload), salt: salt(of: workload), cells: cells,
      home: number(of: workload.home ?? "", fleet), regionNames: topology.regions,
      consistency: objects.consistency)
    configuration.objects = UInt32(objects.objects)
    configuration.objectBytes = objects.objectBytes
    configuration.blockBytes = objects.blockBytes
    configuration.zipf = objects.zipf
    configuration.opensPerSecond = objects.opensPerSecond
    configuration.overwritesPerSecond = objects.overwritesPerSecond
    configuration.readerDepth = UInt32(objects.readerDepth)
    configuration.openDeadline =
      scenario.term(.open, objects.consistency)?.deadlineNanoseconds
      ?? objects.openDeadlineNanoseconds
    configuration.readDeadline =
      scenario.term(.read, objects.consistency)?.deadlineNanoseconds
      ?? objects.readDeadlineNanoseconds
    configuration.cuts = cuts(fleet)
    return configuration
  }
}
