import TarnCore

/// Turns a finished world and its workloads' books into a result and its series.
struct OutcomeBuilder {
  let scenario: Scenario
  let figures: [WorkloadFigures]
  let end: Instant

  // MARK: The result

  func result(of world: borrowing World) -> SimulationResult {
    var result = SimulationResult()
    result.scenario = scenario.name
    result.seed = scenario.seed
    result.nodes = world.fleet.nodeCount
    result.gpus = world.fleet.topology.gpuCount
    result.simulatedSeconds = seconds(end.nanoseconds)
    result.warmupSeconds = seconds(min(end, world.figures.countsFrom).nanoseconds)
    result.events = world.figures.events
    result.requests = world.figures.requests
    result.decisionHash = hexadecimal(world.decisionHash)
    let gpuTime = figures.reduce(0) { $0 + $1.gpuNanoseconds }
    let stall = figures.reduce(0) { $0 + $1.stallGPUNanoseconds }
    let lost = figures.reduce(0) { $0 + $1.lostGPUNanoseconds }
    result.gpuStallFraction = share(stall, of: gpuTime)
    result.gpuSeconds = gpuTime / 1e9
    result.goodputFraction = gpuTime > 0 ? max(0, 1 - (stall + lost) / gpuTime) : 0
    let totals = figures.reduce(into: WorkloadInterval()) { $0 += $1.totals }
    result.hitRatio = totals.hitRatio
    result.origin = origin(world.figures)
    if world.figures.paths.count > 0 { result.originPaths = originPaths(of: world) }
    result.latencyMicroseconds = latency.all.microseconds
    result.sampling.rate = scenario.sampling.rate
    result.workloads = figures.map(\.result)
    result.contract = ContractBuilder(scenario, figures).lines
    result.counters = counters(of: world)
    if let regions = world.regions {
      result.counters += regions.books.counters(
        regions.plan, seconds: seconds(end.nanoseconds))
    }
    result.notes = figures.flatMap(\.notes)
    return result
  }

  private func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }

  private func share(_ part: Double, of whole: Double) -> Double { whole > 0 ? part / whole : 0 }

  private var latency: LatencyBySource {
    figures.reduce(into: LatencyBySource()) { $0.add($1.latency) }
  }

  private func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private func origin(_ figures: WorldFigures) -> SimulationResult.Origin {
    var origin = SimulationResult.Origin()
    for interval in figures.intervals {
      origin.requests += UInt64(interval.requests.rounded())
      origin.bytes += UInt64(interval.bytes.rounded())
      origin.throttled += UInt64(interval.throttled.rounded())
    }
    return origin
  }

  private func originPaths(of world: borrowing World) -> [SimulationResult.OriginPath] {
    let all = world.figures.paths.reduce(0) { $0 + $1.requests }
    let totals = world.models.directTotals
    return scenario.origin.routesInUse.enumerated().map { index, route in
      let seen = world.figures.paths[index]
      var path = SimulationResult.OriginPath(name: route.name, kind: route.kind.rawValue)
      path.requests = UInt64(seen.requests.rounded())
      path.bytes = UInt64(seen.bytes.rounded())
      path.throttled = UInt64(seen.throttled.rounded())
      path.failed = UInt64(seen.failed.rounded())
      path.share = share(seen.requests, of: all)
      path.latencyMicroseconds = seen.latency.microseconds
      guard let direct = totals[index] else { return path }
      path.layoutLookUps = direct.lookUps
      path.refusedLookUps = direct.refusedLookUps
      path.staleLayouts = direct.stale
      path.sessions = direct.sessions
      path.readsOfGoneEndpoints = direct.lost
      return path
    }
  }

  private func counters(of world: borrowing World) -> [SimulationResult.Counter] {
    let sum = world.counters
    let residency = world.residency
    let mean = Double(residency.bytes) / Double(world.fleet.nodeCount)
    return [
      .init("blocks_coalesced", Double(sum.coalesced), unit: "count"),
      .init("blocks_given_to_peers", Double(sum.given), unit: "count"),
      .init("asks_redirected", Double(sum.redirected), unit: "count"),
      .init("memory_evictions", Double(sum.memoryEvictions), unit: "count"),
      .init("flash_evictions", Double(sum.flashEvictions), unit: "count"),
      .init("flash_writes", Double(sum.flashWrites), unit: "count"),
      .init("flash_bytes_written", Double(world.figures.flashBytesWritten), unit: "bytes"),
      .init("flash_bytes_moved", Double(world.figures.flashBytesMoved), unit: "bytes"),
      .init("hedged_asks", Double(sum.hedges), unit: "count"),
      .init("peers_suspected", Double(sum.suspicions), unit: "count"),
      .init("origin_fetches", Double(sum.originFetches), unit: "count"),
      .init("origin_reads_moved_to_another_path", Double(sum.originShifts), unit: "count"),
      .init("origin_paths_suspended", Double(sum.originSuspensions), unit: "count"),
      .init("name_partitions_split", Double(world.models.partitionSplits), unit: "count"),
      .init("blocks_prefetched", Double(sum.prefetches), unit: "count"),
      .init("prefetched_blocks_read", Double(sum.prefetchHits), unit: "count"),
      .init("nodes_lost", Double(world.figures.losses), unit: "count"),
      .init("prefix_look_ups", Double(world.figures.prefixLookUps), unit: "count"),
      .init("blocks_in_memory", Double(residency.memoryBlocks), unit: "count"),
      .init("blocks_on_flash", Double(residency.flashBlocks), unit: "count"),
      .init("core_bytes_per_node", mean, unit: "bytes"),
    ]
  }

  // MARK: The series

  func series(of world: borrowing World) -> SimulationSeries {
    var series = SimulationSeries()
    series.intervalSeconds = seconds(world.figures.intervalNanoseconds)
    series.intervals = intervals(world.figures, seconds: series.intervalSeconds)
    series.latency = distributions()
    for cell in 0..<world.fleet.cellCount {
      let settings = world.fleet.settings(ofCell: cell)
      let configuration = settings.configuration
      let weight = 1 / settings.samplingRate
      series.originBudgetRequestsPerSecond +=
        Double(configuration.originRequestsPerSecond) * weight
      series.originBudgetBytesPerSecond += Double(configuration.originBytesPerSecond) * weight
    }
    series.busiestLinks = world.models.busiestLinks(20, until: end)
    series.busiestFlashUtilisation = world.models.busiestFlash(until: end)
    series.blockFanOut = quantiles(world.figures.copies.values.map(Double.init).sorted())
    let given = world.givenBytes
    let mean = given.reduce(0, +) / Double(max(1, given.count))
    if mean > 0 { series.loadImbalance = quantiles(given.map { $0 / mean }.sorted()) }
    return series
  }

  private func intervals(
    _ world: WorldFigures, seconds: Double
  ) -> [SimulationSeries.Interval] {
    let length = world.intervalNanoseconds
    let count = Int((end - world.countsFrom + length - 1) / length)
    let gpuTimePerSecond = figures.reduce(0) { $0 + Double($1.gpus) }
    return (0..<count).map { index in
      var interval = SimulationSeries.Interval()
      interval.time = self.seconds(world.countsFrom.nanoseconds) + Double(index) * seconds
      var sum = WorkloadInterval()
      for workload in figures where index < workload.intervals.count {
        sum += workload.intervals[index]
      }
      interval.gpuStallFraction = share(
        Double(sum.stallGPUNanoseconds) / 1e9, of: gpuTimePerSecond * seconds)
      interval.gpuLostFraction = share(
        Double(sum.lostGPUNanoseconds) / 1e9, of: gpuTimePerSecond * seconds)
      interval.memoryHits = sum.memory
      interval.flashHits = sum.flash
      interval.peerHits = sum.peer
      interval.originReads = sum.origin
      interval.failures = sum.failures
      if index < world.intervals.count {
        interval.originRequestsPerSecond = world.intervals[index].requests / seconds
        interval.originThrottledPerSecond = world.intervals[index].throttled / seconds
        interval.originBytesPerSecond = world.intervals[index].bytes / seconds
        interval.originPathRequestsPerSecond = world.paths.indices.map {
          world.intervals[index].pathRequests[$0] / seconds
        }
        interval.nodesDown = world.intervals[index].nodesDown
      }
      return interval
    }
  }

  private func distributions() -> [SimulationSeries.Distribution] {
    let sum = latency
    let named: [(String, LatencyHistogram)] = [
      ("all reads", sum.all), ("memory", sum.memory), ("flash", sum.flash), ("peer", sum.peer),
      ("origin", sum.origin),
    ]
    return named.filter { $0.1.count > 0 }.map { name, histogram in
      SimulationSeries.Distribution(name: name, quantiles: curve(histogram))
    }
  }

  private static let shares =
    stride(from: 0.01, through: 0.99, by: 0.01) + [0.995, 0.999, 0.9995, 0.9999, 1]

  private func curve(_ histogram: LatencyHistogram) -> [SimulationSeries.Quantile] {
    Self.shares.map { share in
      .init(share: share, value: Double(histogram.quantile(share)) / 1000)
    }
  }

  private func quantiles(_ sorted: [Double]) -> [SimulationSeries.Quantile] {
    guard let last = sorted.last else { return [] }
    return Self.shares.map { share in
      let index = Int(share * Double(sorted.count))
      return .init(share: share, value: index < sorted.count ? sorted[index] : last)
    }
  }
}
