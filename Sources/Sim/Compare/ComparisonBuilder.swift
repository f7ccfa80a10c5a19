import TarnSettings

/// Makes a comparison's report of its runs.
struct ComparisonBuilder {
  let scenario: Scenario
  let designs: [Design]
  let seeds: Int
  let values: DesignValues
  private let results: [(job: ComparisonJob, figures: ComparisonFigures)]

  init(
    scenario: Scenario, designs: [Design], seeds: Int, values: DesignValues,
    results: [(job: ComparisonJob, figures: ComparisonFigures)]
  ) {
    self.scenario = scenario
    self.designs = designs
    self.seeds = seeds
    self.values = values
    self.results = Self.charged(results)
  }

  /// Prompts that the best design of a seed finds cached cost those that compute them again.
  private static func charged(
    _ results: [(job: ComparisonJob, figures: ComparisonFigures)]
  ) -> [(job: ComparisonJob, figures: ComparisonFigures)] {
    func least(_ seed: Int) -> Double? {
      results.filter { $0.job.variant == .seed(seed) }.compactMap(\.figures.computedShare).min()
    }
    return results.map { job, figures in
      var figures = figures
      var seed = 0
      if case .seed(let number) = job.variant { seed = number }
      if let least = least(seed) { figures.charge(recomputingBeyond: least) }
      return (job, figures)
    }
  }

  var report: ComparisonReport {
    var report = ComparisonReport()
    report.scenario = scenario.name
    report.description = scenario.description
    report.nodes = scenario.nodes
    report.gpus = scenario.gpus
    report.seeds = seeds
    report.simulatedSeconds = Double(scenario.durationNanoseconds) / 1e9
    report.gpuDollarsPerHour = scenario.comparison.gpuDollarsPerHour
    report.timesPerDay = scenario.comparison.timesPerDay
    report.fleetGPUs = scenario.comparison.fleetGPUs
    report.dollarsAtStake = scenario.comparison.dollarsPerDay(
      ofGPUs: scenario.gpus, spanSeconds: countedSeconds)
    report.accounts = scenario.origin.accounts
    report.hardware = hardware
    report.rows = designs.indices.map(row)
    report.ranking = Self.ranked(report.rows.map { ($0.name, Self.cost($0)) })
    report.assumptions = assumptions
    report.sensitivity = sensitivity(report)
    report.notes = notes
    report.verdict = ComparisonVerdict(report).sentences
    return report
  }

  // MARK: Designs

  private func figures(_ design: Int, _ variant: ComparisonJob.Variant) -> ComparisonFigures? {
    results.first { $0.job.design == design && $0.job.variant == variant }?.figures
  }

  private func row(_ index: Int) -> ComparisonReport.Row {
    let design = designs[index]
    var row = ComparisonReport.Row(
      name: design.name, title: design.title, models: design.models, leavesOut: design.leavesOut,
      errs: design.errs, extraHardware: design.extraHardware, documents: design.documents)
    let runs = (0..<seeds).compactMap { figures(index, .seed($0)) }
    for metric in ComparisonMetric.allCases {
      let values = runs.compactMap { $0.values[metric] }
      if values.count == runs.count { row.figures[metric] = ComparisonReport.Band(values) }
    }
    if let fleet = scenario.comparison.fleetGPUs, let band = row.figures[.dollarsPerDay] {
      let factor = Double(fleet) / Double(max(1, scenario.gpus))
      row.figures[.fleetDollars] = ComparisonReport.Band(band.values.map { $0 * factor })
    }
    if let demand = figures(index, .demand) {
      row.figures[.accounts] = ComparisonReport.Band([accountsNeeded(demand)])
    }
    for scope in Comparison.losses(of: scenario) {
      let seconds = runs.indices.compactMap { seed in
        figures(index, .loss(scope, seed: seed))?.recovery(
          from: ComparisonJob.lossSeconds(scenario), intervalSeconds: 1, undisturbed: runs[seed],
          isEvent: scenario.comparison.timesPerDay != nil)
      }
      if seconds.count == runs.count {
        row.figures[Self.metric(of: scope)] = ComparisonReport.Band(seconds)
      }
    }
    row.stallOverTime = runs.first?.stall ?? []
    row.originBytesOverTime = runs.first?.originBytes ?? []
    row.paths = runs.first?.paths ?? []
    row.notes = runs.first?.notes ?? []
    row.cannot = cannot(design, row)
    return row
  }

  /// What a design cannot do of the scenario's workloads.
  private func cannot(
    _ design: Design, _ row: ComparisonReport.Row
  ) -> [ComparisonMetric: String] {
    if row.mean(.hitFlash) == 0, row.mean(.hitMemory) == 0,
      row.notes.contains(where: { $0.contains(StagedVolumes.unstagedRemark) })
    {
      return [.hitFlash: "stage what is larger than a node's volume: every read goes to the origin"]
    }
    let serves = scenario.workloads.contains { workload in
      if case .inference = workload.kind { true } else { false }
    }
    guard serves, !design.plan(scenario, values).1.holdsKV else { return [:] }
    return [.prefixHits: "keep KV blocks: every prompt is computed anew"]
  }

  private var countedSeconds: Double {
    Double(scenario.durationNanoseconds - scenario.warmupNanoseconds) / 1e9
  }

  private static func metric(of scope: Scenario.Loss.Scope) -> ComparisonMetric {
    switch scope {
    case .node: .recoverNode
    case .rack: .recoverRack
    case .zone: .recoverZone
    }
  }

  /// The busiest five seconds of demand over an account's limits.
  private func accountsNeeded(_ demand: ComparisonFigures) -> Double {
    let requests = ComparisonFigures.peak(demand.accountRequests, over: 5)
    let bytes = ComparisonFigures.peak(demand.accountBytes, over: 5)
    let limit = values["origin.limit_factor"]
    let accounts = max(
      requests / (Double(scenario.origin.requestsPerSecond) * limit),
      bytes / (Double(scenario.origin.bytesPerSecond) * limit))
    return max(1, accounts.rounded(.up))
  }

  private static func cost(_ row: ComparisonReport.Row) -> (dollars: Double, origin: Double) {
    (row.mean(.dollarsPerDay) ?? .infinity, row.mean(.originBytes) ?? .infinity)
  }

  /// Names by dollars, then by what they ask of the origin, then by name.
  private static func ranked(
    _ costs: [(name: String, cost: (dollars: Double, origin: Double))]
  ) -> [String] {
    costs.sorted { left, right in
      // Less than a thousandth apart is the same.
      let larger = max(left.cost.dollars, right.cost.dollars)
      if abs(left.cost.dollars - right.cost.dollars) > larger / 1000 {
        return left.cost.dollars < right.cost.dollars
      }
      if left.cost.origin != right.cost.origin { return left.cost.origin < right.cost.origin }
      return left.name < right.name
    }.map(\.name)
  }

  // MARK: Assumptions

  private var assumptions: [DesignAssumption] {
    var list: [DesignAssumption] = []
    let known = DesignAssumption.shared + designs.flatMap(\.assumptions) + scenario.pathAssumptions
    for assumption in known where !list.contains(where: { $0.key == assumption.key }) {
      var assumption = assumption
      if values.isChanged(assumption.key) { assumption.value = values[assumption.key] }
      list.append(assumption)
    }
    return list
  }

  /// One entry for each end of each assumption's range: what all designs that it touches lose then.
  private func sensitivity(_ report: ComparisonReport) -> [ComparisonReport.Sensitivity] {
    let base = designs.indices.compactMap { index in
      figures(index, .seed(0)).map { (name: designs[index].name, figures: $0) }
    }
    let before = base.map { Self.cost($0.figures).dollars }
    return assumptions.flatMap { assumption in
      [assumption.low, assumption.high].filter { $0 != assumption.value }.compactMap { end in
        var changed: [String: Double] = [:]
        var defaults: [String: Double] = [:]
        var costs: [(name: String, cost: (dollars: Double, origin: Double))] = []
        for (index, entry) in base.enumerated() {
          let varied = figures(index, .assumption(assumption.key, end))
          costs.append((entry.name, Self.cost(varied ?? entry.figures)))
          guard let varied else { continue }
          changed[entry.name] = varied.values[.dollarsPerDay]
          defaults[entry.name] = entry.figures.values[.dollarsPerDay]
        }
        guard !changed.isEmpty else { return nil }
        let ranking = Self.ranked(costs)
        let after = costs.map(\.cost.dollars)
        let first = before.indices.min { before[$0] < before[$1] }
        return ComparisonReport.Sensitivity(
          key: assumption.key, title: assumption.title, value: end, dollars: changed,
          before: defaults, ranking: ranking, changesRanking: Self.swaps(before, after),
          changesFirst: first.map { one in
            after.contains { Self.isClearlyLess($0, than: after[one]) }
          } ?? false)
      }
    }
  }

  /// Whether two designs of which one was clearly cheaper have changed places.
  private static func swaps(_ before: [Double], _ after: [Double]) -> Bool {
    before.indices.contains { one in
      before.indices.contains { other in
        isClearlyLess(before[one], than: before[other])
          && isClearlyLess(after[other], than: after[one])
      }
    }
  }

  /// By more than five per cent: seeds differ by as much.
  private static func isClearlyLess(_ one: Double, than other: Double) -> Bool {
    one < 0.95 * other
  }

  private static func cost(_ figures: ComparisonFigures) -> (dollars: Double, origin: Double) {
    (figures.values[.dollarsPerDay] ?? .infinity, figures.values[.originBytes] ?? .infinity)
  }

  // MARK: What all share

  private var hardware: [String] {
    scenario.topology.pools.map { pool in
      let nodeClass = scenario.topology.nodeClass(of: pool)
      let settings = pool.cache ?? scenario.cache
      let flash = settings.flashCapacity.bytes(of: nodeClass.flashBytes)
      return "\(pool.name): \(pool.nodes) nodes of \(nodeClass.gpus) GPUs; a node's cache has "
        + "\(Quantity.bytes.text(Double(settings.memoryBytes))) of memory and "
        + "\(Quantity.bytes.text(Double(flash))) of flash, its NIC "
        + "\(Quantity.bytesPerSecond.text(Double(nodeClass.nicBytesPerSecond)))"
    }
  }

  private var often: String {
    scenario.comparison.timesPerDay.map {
      "\(Figures.significant($0, digits: 3)) times a day"
    } ?? "as if every such span of a day went like it"
  }

  private var notes: [String] {
    let spareSeconds = ComparisonJob.spareDelay / 1_000_000_000
    return [
      "Every design has the same nodes, memory, flash, network and Blob accounts, the same seeds, and "
        + "readers that keep at least as much under way; what it needs besides is named.",
      """
      Dollars a day: GPU time that waited or was lost in the simulated span, at its price, \(often); also \
      GPU time that computes prompts again which the best of the designs finds cached.
      """,
      """
      Accounts needed: the busiest five seconds of what a design asks for when nobody refuses, over an \
      account's limits; runs otherwise have \(scenario.origin.accounts).
      """,
      """
      Recovery: seconds from a loss until stall, lost GPU time and hits stay within two points of the same \
      run without it. Empty spares take the lost nodes' places after \(spareSeconds) s (assumed), which are \
      in it. In an event, how long after the loss more GPUs were idle than without it. A design that \
      stalls anyway has little to recover.
      """,
    ] + scaleNotes
  }

  /// How the scenario is smaller than what it stands for.
  private var scaleNotes: [String] {
    var notes: [String] = []
    if scenario.comparison.timesPerDay != nil {
      notes.append(
        "Stall, goodput and rates are means over the simulated span, which is long enough for the slowest "
          + "design: dollars, times and bytes in all compare designs better.")
    }
    if let fleet = scenario.comparison.fleetGPUs, fleet != scenario.gpus {
      notes.append(
        """
        These \(Figures.grouped(scenario.gpus)) GPUs stand for \(Figures.grouped(fleet)): the fleet's dollars \
        a day are theirs in proportion. `--nodes N` compares a larger part of the fleet.
        """)
    }
    if scenario.sampling.rate < 1 {
      notes.append(
        """
        Keys are sampled at rate \(Figures.significant(scenario.sampling.rate, digits: 3)) (SHARDS, FAST '15); \
        waits behind random traffic come out too long: a sampled block occupies a link for as long as all \
        those that it stands for. Larger blocks, and owners of few blocks, suffer more from it.
        """)
    }
    if !Comparison.losses(of: scenario).contains(.zone) {
      notes.append("The fleet is in one zone: nothing is left when that is lost.")
    }
    return notes
  }
}
