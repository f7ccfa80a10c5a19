import TarnCore

/// Works out a plan from a scenario: who stands where, who runs what, what breaks when.
struct Planner {
  let scenario: Scenario
  let traits: DesignTraits
  private(set) var notes: [String] = []
  /// Who reads what, for designs in which each node keeps its own; empty for others.
  var readPlans: [ReadPlan] = []
  /// The home region of each workload's data and its tenant, by the workload's number.
  var homes: [(region: String?, tenant: TenantID)] = []

  init(_ scenario: Scenario, _ traits: DesignTraits = DesignTraits()) {
    self.scenario = scenario
    self.traits = traits
  }

  mutating func add(note: String) { notes.append(note) }

  /// - Throws: `SimulationError` for what no scenario check can see: a trace that is missing, a
  ///   topology that the models refuse.
  mutating func plan() throws(SimulationError) -> SimulationPlan {
    let fleet = try fleet()
    for cell in 0..<fleet.cellCount {
      if let problem = fleet.settings(ofCell: cell).configuration.problem() {
        throw SimulationError("cache of cell \(cell): \(problem)")
      }
    }
    var workloads = Workloads()
    var warm: [WarmData] = []
    try addWorkloads(to: &workloads, warm: &warm, fleet: fleet)
    let blob = blobConfiguration
    if let (field, problem) = blob.problem() {
      throw SimulationError("origin.\(field) \(problem)")
    }
    let rate = scenario.sampling.rate
    let accounts = BlobAccounts(blob, scale: SamplingScale(rate: rate))
    let models = Models(
      fleet, rate: rate, accounts: accounts, paths: try paths(of: fleet), seed: scenario.seed)
    if !traits.poolsCells { warm = ownWarmData(fleet) }
    let standIn = standIn(for: fleet, warm: warm)
    // A stand-in that never asks the cores keeps the warm data itself.
    if standIn != nil, traits.standIn?.isStaging == false { warm = [] }
    let regions = regionPlan(fleet)
    if regions != nil, standIn != nil {
      throw SimulationError(
        "this design is a model of its own that knows no home regions; compare without home")
    }
    return SimulationPlan(
      fleet: fleet, models: models, workloads: workloads, faults: faults(of: fleet), warm: warm,
      pathCount: scenario.origin.routes.isEmpty ? 0 : scenario.origin.routesInUse.count,
      notes: notes, traits: traits, standIn: standIn, regions: regions)
  }

  // MARK: Fleet

  private func fleet() throws(SimulationError) -> Fleet {
    var shape = FleetShape(pools: scenario.topology.pools.map(nodePool))
    let network = scenario.topology.network
    shape.latency.rack = network.rackRoundTripNanoseconds
    shape.latency.zone = network.zoneRoundTripNanoseconds
    shape.latency.crossZone = network.crossZoneRoundTripNanoseconds
    shape.pieceBytes = network.interleaveBytes
    shape.regionLinks = regionLinks
    do {
      let topology = try FleetTopology(shape)
      let pools = scenario.topology.pools
      return Fleet(topology, settings: topology.cells.map { settings(of: pools[$0.pool]) })
    } catch {
      throw SimulationError("topology: \(error)")
    }
  }

  private func nodePool(_ pool: Scenario.Pool) -> NodePool {
    let nodeClass = scenario.topology.nodeClass(of: pool)
    let rack = Double(nodeClass.nicBytesPerSecond) * Double(pool.nodesPerRack)
    let network = scenario.topology.network
    var nodePool = NodePool(
      name: pool.name, cells: pool.cells, nodesPerCell: pool.nodesPerCell,
      nodesPerRack: pool.nodesPerRack, nodeClass: NodeClass(nodeClass), region: pool.region,
      zones: pool.zones.map(String.init),
      rackBytesPerSecond: UInt64(rack / network.rackOversubscription))
    let cell = Double(nodePool.rackBytesPerSecond) * Double(pool.racksPerCell)
    nodePool.cellBytesPerSecond = UInt64(cell / network.spineOversubscription)
    return nodePool
  }

  private var regionLinks: [RegionLink] {
    scenario.topology.regionRoundTrips.map { pair in
      RegionLink(
        one: pair.first, other: pair.second, roundTrip: pair.nanoseconds,
        bytesPerSecond: scenario.topology.regionBytesPerSecond)
    }
  }

  /// A cell's core configuration. Where keys are sampled at rate r, capacities and budgets are
  /// scaled by r with them, so that the sample sees the pressure that the whole would (SHARDS,
  /// FAST '15; miniature simulation, ATC '17).
  private func settings(of pool: Scenario.Pool) -> Fleet.Settings {
    var configuration = scenario.coreConfiguration(of: pool)
    if hasHomes { configuration.originPaths = originPaths(of: pool) }
    let rate = samplingRate(of: pool)
    guard rate < 1 else { return Fleet.Settings(samplingRate: 1, configuration: configuration) }
    let scaled = { (value: UInt64) in max(1, UInt64((Double(value) * rate).rounded())) }
    let block = UInt64(largestBlock)
    configuration.memoryBytes = max(scaled(configuration.memoryBytes), 8 * block)
    if configuration.flashBytes > 0 { configuration.flashBytes = scaled(configuration.flashBytes) }
    let segment = max(scaled(UInt64(configuration.flashSegmentBytes)), 4 * block)
    configuration.flashSegmentBytes = UInt32(clamping: (segment + 4095) / 4096 * 4096)
    configuration.originRequestsPerSecond = scaled(configuration.originRequestsPerSecond)
    configuration.originBytesPerSecond = scaled(configuration.originBytesPerSecond)
    return Fleet.Settings(samplingRate: rate, configuration: configuration)
  }

  /// KV prompts are whole or nothing, so pools that only serve inference are simulated in full.
  private func samplingRate(of pool: Scenario.Pool) -> Double {
    let readsObjects = scenario.workloads.contains { workload in
      if case .inference = workload.kind { return false }
      return workload.pools.contains(pool.name)
    }
    return readsObjects ? scenario.sampling.rate : 1
  }

  private var largestBlock: UInt32 {
    scenario.workloads.reduce(4096) { largest, workload in
      switch workload.kind {
      case .training(let training): max(largest, training.blockBytes)
      case .coldStart(let coldStart): max(largest, coldStart.blockBytes)
      case .scan(let scan): max(largest, scan.blockBytes)
      case .replay(let replay): max(largest, replay.blockBytes)
      case .objects(let objects): max(largest, objects.blockBytes)
      case .inference: largest
      }
    }
  }

  // MARK: Origin

  private var blobConfiguration: BlobConfiguration {
    let origin = scenario.origin
    var blob = BlobConfiguration()
    blob.accounts = origin.accounts
    // Where data has homes, each region has accounts of its own.
    if hasHomes { blob.regions = scenario.topology.regions.count }
    blob.requestsPerSecond = origin.requestsPerSecond
    blob.bytesPerSecond = origin.bytesPerSecond
    blob.requestsPerSecondOfBlob = origin.requestsPerSecondPerBlob
    blob.bytesPerSecondOfRequest = origin.bytesPerSecondPerRequest
    blob.firstByteMedian = origin.firstByteMedianNanoseconds
    blob.firstByteP99 = origin.firstByteP99Nanoseconds
    blob.firstByteP90 = origin.firstByteP90Nanoseconds
    blob.firstByteP999 = origin.firstByteP999Nanoseconds
    blob.retryAfter = origin.retryAfterNanoseconds
    // The driver names single blocks, every request of which is simulated.
    blob.samplesWithinBlob = false
    blob.partitions = origin.partitions.map { read in
      var partitions = BlobConfiguration.Partitions()
      partitions.initial = read.initial
      partitions.most = read.most
      partitions.requestsPerSecond = read.requestsPerSecond
      partitions.splitAfter = read.splitAfterNanoseconds
      return partitions
    }
    blob.faults = origin.faults.filter { !$0.isOfDirectPath }.map { fault in
      OriginFault(
        start: Instant(nanoseconds: fault.atNanoseconds),
        end: Instant(nanoseconds: fault.atNanoseconds + fault.durationNanoseconds),
        capacity: fault.kind == .outage ? 0 : fault.capacity, slowdown: fault.slowdown)
    }
    return blob
  }

  /// What lies behind each path; nil: the front end.
  private func paths(of fleet: Fleet) throws(SimulationError) -> [DirectPathConfiguration?] {
    var paths: [DirectPathConfiguration?] = []
    for route in scenario.origin.routesInUse {
      guard route.kind != .frontEnd else {
        paths.append(nil)
        continue
      }
      let path = DirectPathConfiguration(route, faults: scenario.origin.faults)
      if let problem = path.problem(nodes: fleet.nodeCount) {
        throw SimulationError("origin.paths: \(route.name): \(problem)")
      }
      paths.append(path)
    }
    return paths
  }

  // MARK: Faults

  private func faults(of fleet: Fleet) -> FaultSchedule {
    var schedule = FaultSchedule()
    schedule.detection = scenario.faults.detectionNanoseconds
    schedule.losses = rackLosses(of: fleet) + nodeLosses(of: fleet) + plannedLosses(of: fleet)
    return schedule
  }

  private func rackLosses(of fleet: Fleet) -> [FaultSchedule.Loss] {
    var random = RandomStream(seed: scenario.seed, purpose: "rack loss")
    var lost: [Int] = []
    var losses: [FaultSchedule.Loss] = []
    for loss in scenario.faults.rackLosses {
      for _ in 0..<min(loss.racks, fleet.topology.rackCount - lost.count) {
        var rack = random.index(below: fleet.topology.rackCount)
        while lost.contains(rack) { rack = (rack + 1) % fleet.topology.rackCount }
        lost.append(rack)
        let span = loss.latestNanoseconds - loss.earliestNanoseconds
        let at = loss.earliestNanoseconds + (span == 0 ? 0 : random.below(span))
        losses.append(
          FaultSchedule.Loss(
            nodes: fleet.topology.nodes(inRack: rack).map(UInt32.init),
            at: Instant(nanoseconds: at),
            returnsAt: Instant(nanoseconds: at) + loss.returnAfterNanoseconds))
      }
    }
    return losses
  }

  /// Nodes, racks or zones that the scenario takes down at a time, those chosen by its seed.
  private func plannedLosses(of fleet: Fleet) -> [FaultSchedule.Loss] {
    var random = RandomStream(seed: scenario.seed, purpose: "planned loss")
    return scenario.faults.losses.flatMap { loss -> [FaultSchedule.Loss] in
      let groups = groups(of: loss.scope, in: fleet)
      var first = random.index(below: groups.count)
      return (0..<min(loss.count, groups.count)).flatMap { _ -> [FaultSchedule.Loss] in
        let group = groups[first]
        first = (first + 1) % groups.count
        // A loss lies within one cell: its members learn of it together.
        return Dictionary(grouping: group) { fleet.cell(of: $0) }.sorted { $0.key < $1.key }.map {
          FaultSchedule.Loss(
            nodes: $0.value, at: Instant(nanoseconds: loss.atNanoseconds),
            returnsAt: Instant(nanoseconds: loss.atNanoseconds) + loss.returnAfterNanoseconds)
        }
      }
    }
  }

  private func groups(of scope: Scenario.Loss.Scope, in fleet: Fleet) -> [[UInt32]] {
    let topology = fleet.topology
    let all = 0..<UInt32(topology.nodeCount)
    switch scope {
    case .node: return all.map { [$0] }
    case .rack: return (0..<topology.rackCount).map { topology.nodes(inRack: $0).map(UInt32.init) }
    case .zone:
      return topology.zones.indices.map { zone in all.filter { topology.zone(of: Int($0)) == zone }
      }
      .filter { !$0.isEmpty }
    }
  }

  /// Single nodes, by a Poisson process over the fleet.
  private func nodeLosses(of fleet: Fleet) -> [FaultSchedule.Loss] {
    guard let loss = scenario.faults.nodeLoss, loss.perDayPer100kNodes > 0 else { return [] }
    var random = RandomStream(seed: scenario.seed, purpose: "node loss")
    let perDay = loss.perDayPer100kNodes * Double(fleet.nodeCount) / 100_000
    let meanGap = 86_400e9 / perDay
    var losses: [FaultSchedule.Loss] = []
    var time = random.exponential(mean: meanGap)
    while time < Double(scenario.durationNanoseconds), losses.count < 1_000_000 {
      let at = Instant(nanoseconds: UInt64(time))
      losses.append(
        FaultSchedule.Loss(
          nodes: [UInt32(random.index(below: fleet.nodeCount))], at: at,
          returnsAt: at + loss.returnAfterNanoseconds))
      time += random.exponential(mean: meanGap)
    }
    return losses
  }
}

extension NodeClass {
  /// A scenario's node class, as the models want it.
  init(_ other: Scenario.NodeClass) {
    self.init(
      name: other.name, gpus: other.gpus, nicBytesPerSecond: other.nicBytesPerSecond,
      drives: other.drives, driveReadBytesPerSecond: other.drive.readBytesPerSecond,
      driveWriteBytesPerSecond: other.drive.writeBytesPerSecond,
      driveReadsPerSecond: other.drive.readsPerSecond,
      driveWritesPerSecond: max(1, other.drive.readsPerSecond / 5), flashBytes: other.flashBytes,
      memoryBytesPerSecond: other.memoryBytesPerSecond, memoryBytes: 0)
    driveReadLatency = other.drive.readLatencyNanoseconds
    driveWriteLatency = other.drive.writeLatencyNanoseconds
    clientPath = other.client.map {
      ClientPath(answer: $0.answerNanoseconds, bytesPerSecond: $0.bytesPerSecond)
    }
  }
}
