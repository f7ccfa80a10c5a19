import TarnCore

/// What designs other than Tarn's need to know of a scenario before it runs.
extension Planner {
  /// Notes who reads what of the data sets of training jobs.
  mutating func note(readers configuration: TrainingConfiguration, _ number: UInt8, warm: Double) {
    guard !traits.poolsCells else { return }
    for job in configuration.jobs {
      let sample = SampledBlocks(
        of: job.dataset, rate: configuration.samplingRate, seed: configuration.seed)
      let nodes = Planner.nodes(in: job.nodes)
      let readers =
        job.order == .epochShuffle
        ? ReadPlan.everything(nodes, sample)
        : ReadPlan.parts(nodes, of: UInt32(nodes.count), sample)
      readPlans.append(
        ReadPlan(
          workload: number, dataset: job.dataset, sample: sample, readers: readers, warm: warm))
    }
  }

  /// Notes who reads what of weights, or of a table.
  mutating func note(
    reader configuration: ColdStartConfiguration, _ number: UInt8, warm: Double, _ fleet: Fleet
  ) {
    guard !traits.poolsCells else { return }
    let sample = SampledBlocks(
      of: configuration.weights, rate: configuration.samplingRate, seed: configuration.seed)
    let nodes = Planner.nodes(in: configuration.nodes)
    readPlans.append(
      ReadPlan(
        workload: number, dataset: configuration.weights, sample: sample,
        readers: ReadPlan.parts(nodes, of: configuration.shards, sample), warm: warm))
  }

  private static func nodes(in ranges: [NodeRange]) -> [UInt32] {
    ranges.flatMap { range in (0..<range.count).map { range[$0] } }
  }

  /// What each node's own flash holds of what it reads, when the run begins.
  ///
  /// A node that has read a data set for many epochs holds as much of it as fits; one whose cache
  /// forgets after a time-out holds nothing that an epoch later would want again.
  func ownWarmData(_ fleet: Fleet) -> [WarmData] {
    guard traits.idleTimeout == nil else { return [] }
    return readPlans.compactMap { plan in
      guard plan.warm > 0, let first = plan.readers.first else { return nil }
      let flash = Double(fleet.configuration(of: first.node).value.flashBytes) * Planner.flashShare
      let largest = plan.readers.map { plan.bytes(of: $0) }.max() ?? 1
      let isStaged = traits.standIn?.isStaging ?? false
      var share = isStaged ? 1 : plan.warm
      if isStaged, Double(largest) > flash { return nil }
      share = min(share, flash / Double(largest))
      return WarmData(
        dataset: plan.dataset, sample: plan.sample, cells: [], share: share, readers: plan.readers)
    }
  }

  /// How much of the flash log's bytes blocks can fill: the rest is for cleaning.
  static let flashShare = 0.85

  /// The model that takes the cores' place, if the design has one.
  mutating func standIn(for fleet: Fleet, warm: [WarmData]) -> (any StandIn)? {
    switch traits.standIn {
    case nil: return nil
    case .figures(let figures): return ExternalCache(fleet, figures, seed: scenario.seed)
    case .ring(let settings):
      let ring = RingCache(fleet, settings, detection: scenario.faults.detectionNanoseconds)
      for data in warm { ring.warm(data) }
      return ring
    case .staging(let depth):
      let scaled = max(1, Int((Double(depth) * scenario.sampling.rate).rounded(.up)))
      let volumes = StagedVolumes(readPlans, depth: scaled) { node in
        UInt64(Double(fleet.configuration(of: node).value.flashBytes) * Planner.flashShare)
      }
      if volumes.unstaged > 0 {
        add(
          note:
            "\(volumes.unstaged) parts of data sets \(StagedVolumes.unstagedRemark): they are not "
            + "staged, and every read of them goes to the origin.")
      }
      return volumes
    }
  }
}

extension StandInKind {
  var isStaging: Bool { if case .staging = self { true } else { false } }
}
