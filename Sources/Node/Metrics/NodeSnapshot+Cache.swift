internal import TarnCore

extension NodeSnapshot {
  /// All families of the node.
  public var families: [MetricFamily] {
    buildFamilies + tierFamilies + readFamilies + tenantFamilies + fetchFamilies + originFamilies
      + (flash?.families ?? []) + (peers?.families ?? []) + http.families + processFamilies
  }

  private var buildFamilies: [MetricFamily] {
    let labels = [
      MetricFamily.Label("version", version), MetricFamily.Label("flash_engine", flashEngine),
    ]
    return [
      .gauge("tarn_build_info", "1; version and flash engine of the node.", [(labels, .count(1))]),
      .gauge("tarn_ready", "1 if the node takes requests.", .count(isReady ? 1 : 0)),
    ]
  }

  private var tierFamilies: [MetricFamily] {
    [
      .gauge(
        "tarn_tier_bytes", "Bytes of blocks in the tier, garbage of the flash log aside.",
        by: "tier", tiers.map { ($0.name, $0.bytes) }),
      .gauge(
        "tarn_tier_capacity_bytes", "Bytes that the tier may hold.", by: "tier",
        tiers.map { ($0.name, $0.capacityBytes) }),
      .gauge(
        "tarn_tier_blocks", "Blocks in the tier.", by: "tier", tiers.map { ($0.name, $0.blocks) }),
      .counter(
        "tarn_evictions_total", "Blocks that left the tier to make room.", by: "tier",
        [("memory", core.memoryEvictions), ("flash", core.flashEvictions)]),
      .counter(
        "tarn_flash_fills_total", "Blocks that entered the flash tier.", core.flashWrites),
      .counter(
        "tarn_flash_fills_skipped_total", "Blocks that found no room in the flash tier.",
        core.flashWritesSkipped),
      .counter(
        "tarn_flash_losses_total", "Blocks of the flash tier that could not be read back.",
        core.flashLosses),
    ]
  }

  private var readFamilies: [MetricFamily] {
    var latency = MetricFamily(
      "tarn_block_read_seconds", "Time of block reads by where the bytes came from.", .histogram)
    let buckets = ShardFigures.bounds.count + 1
    for source in Source.allCases {
      let index = Int(source.rawValue)
      let counts = Array(reads.latencies[index * buckets..<(index + 1) * buckets])
      let histogram = MetricHistogram(
        bounds: TimerInstrument.bounds, counts: counts,
        sum: Double(reads.latencySums[index]) / 1e9)
      latency.add(.histogram(histogram), [MetricFamily.Label("source", source.name)])
    }
    return [
      latency,
      .counter(
        "tarn_block_reads_total", "Block reads of clients by where the bytes came from.",
        by: "source",
        Source.allCases.map { ($0.name, reads.reads(from: $0)) }),
      .counter(
        "tarn_block_reads_deferred_total",
        "Times that a block read found no memory free and waited for its turn.", reads.refusals),
      .counter(
        "tarn_block_read_bytes_total", "Bytes given to clients by where they came from.",
        by: "source",
        Source.allCases.filter { $0 != .none }.map { ($0.name, reads.bytes[Int($0.rawValue)]) }),
      .gauge(
        "tarn_payload_resident_bytes", "Memory that holds payloads or is kept for the next ones.",
        .count(payloadResidentBytes)),
    ]
  }

  private var tenantFamilies: [MetricFamily] {
    func counts(_ values: (TenantReads) -> [UInt64]) -> [([MetricFamily.Label], UInt64)] {
      tenants.flatMap { tenant in
        zip(Source.allCases, values(tenant)).map { source, count in
          let labels = [
            MetricFamily.Label("tenant", tenant.tenant), MetricFamily.Label("source", source.name),
          ]
          return (labels, count)
        }
      }
    }
    return [
      .counter(
        "tarn_tenant_block_reads_total", "Block reads of a tenant by where the bytes came from.",
        counts(\.reads)),
      .counter(
        "tarn_tenant_block_read_bytes_total", "Bytes given to a tenant by where they came from.",
        counts(\.bytes)),
    ]
  }

  private var fetchFamilies: [MetricFamily] {
    [
      .counter(
        "tarn_coalesced_total", "Reads and peers' asks that joined a fetch under way.",
        core.coalesced),
      .counter("tarn_copies_given_total", "Copies of blocks given to peers.", core.given),
      .counter(
        "tarn_asks_redirected_total", "Peers' asks sent on to another holder.", core.redirected),
      .counter("tarn_hedges_total", "Asks that were repeated elsewhere.", core.hedges),
      .counter("tarn_suspicions_total", "Times that a peer became a suspect.", core.suspicions),
      .counter(
        "tarn_bypasses_total", "Reads past the cache, or refused in favour of recomputation.",
        core.bypasses),
      .counter("tarn_prefetches_total", "Blocks fetched ahead of a reader.", core.prefetches),
      .counter(
        "tarn_prefetch_hits_total", "Blocks fetched ahead that a reader then asked for.",
        core.prefetchHits),
      .counter(
        "tarn_origin_fetches_total", "Reads of the origins that the cache started.",
        core.originFetches),
      .counter(
        "tarn_origin_path_shifts_total", "Reads of the origins that went on by another path.",
        core.originShifts),
      .counter(
        "tarn_origin_path_suspensions_total", "Times that a path to an origin was suspended.",
        core.originSuspensions),
    ]
  }

  private var originFamilies: [MetricFamily] {
    func counter(_ name: String, _ help: String, _ count: (OriginCounts) -> UInt64) -> MetricFamily
    {
      .counter(name, help, by: "origin", origins.map { ($0.name, count($0)) })
    }
    return [
      counter("tarn_origin_requests_total", "Requests to the origin.", \.requests),
      counter(
        "tarn_origin_questions_total",
        "Requests for objects' attributes, with or without a first block.", \.questions),
      counter(
        "tarn_origin_questions_deferred_total", "Such requests that the budget held back.",
        \.questionsDeferred),
      counter(
        "tarn_origin_questions_refused_total",
        "Such requests that were not made, because the budget had no room for them in two seconds.",
        \.questionsRefused),
      counter("tarn_origin_read_bytes_total", "Bytes read from the origin.", \.bytes),
      counter(
        "tarn_origin_throttled_total", "Requests that the origin answered 503 or 429.",
        \.throttled),
      counter("tarn_origin_failures_total", "Requests that the origin failed.", \.failures),
      counter(
        "tarn_origin_changed_total", "Reads that found another version of the object.", \.changed),
      .gauge(
        "tarn_origin_up", "1 if the origin's last answer was one.", by: "origin",
        origins.compactMap { origin in origin.isReachable.map { (origin.name, $0 ? 1 : 0) } }),
    ]
  }
}
