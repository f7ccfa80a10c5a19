// The tables of an export. Column names end in their unit; notebooks-export/README.md lists them.

extension SimulationOutcome {
  var intervalsCSV: String {
    var table = CSVTable([
      "time_s", "gpu_stall_fraction", "memory_hits_blocks", "flash_hits_blocks",
      "peer_hits_blocks", "origin_reads_blocks", "failed_reads_blocks",
      "origin_requests_per_s", "origin_throttled_per_s", "origin_bytes_per_s",
      "origin_budget_requests_per_s", "origin_budget_bytes_per_s", "nodes_down_count",
    ])
    for interval in series.intervals {
      table.append([
        .number(interval.time), .number(interval.gpuStallFraction),
        .count(interval.memoryHits), .count(interval.flashHits), .count(interval.peerHits),
        .count(interval.originReads), .count(interval.failures),
        .number(interval.originRequestsPerSecond), .number(interval.originThrottledPerSecond),
        .number(interval.originBytesPerSecond), .number(series.originBudgetRequestsPerSecond),
        .number(series.originBudgetBytesPerSecond), CSVTable.Field(interval.nodesDown),
      ])
    }
    return table.text
  }

  var latencyCSV: String {
    var table = CSVTable(["source", "share_fraction", "latency_us"])
    for distribution in series.latency {
      for quantile in distribution.quantiles {
        table.append([
          .text(distribution.name), .number(quantile.share), .number(quantile.value),
        ])
      }
    }
    return table.text
  }

  var linksCSV: String {
    var table = CSVTable(["link", "utilisation_fraction", "carried_bytes"])
    for link in series.busiestLinks {
      table.append([.text(link.name), .number(link.utilisation), .number(link.bytes)])
    }
    return table.text
  }

  var fanOutCSV: String {
    quantileCSV(of: series.blockFanOut, column: "copies_count")
  }

  var imbalanceCSV: String {
    quantileCSV(of: series.loadImbalance, column: "load_over_mean_ratio")
  }

  private func quantileCSV(of quantiles: [SimulationSeries.Quantile], column: String) -> String {
    var table = CSVTable(["share_fraction", column])
    for quantile in quantiles { table.append([.number(quantile.share), .number(quantile.value)]) }
    return table.text
  }

  var workloadsCSV: String {
    var table = CSVTable([
      "workload", "kind", "nodes_count", "gpus_count", "requests_blocks", "gpu_stall_fraction",
      "memory_hit_fraction", "flash_hit_fraction", "peer_hit_fraction", "origin_hit_fraction",
      "latency_p50_us", "latency_p99_us", "latency_p999_us", "completed_count",
      "slowest_node_s", "time_to_first_token_p50_us", "time_to_first_token_p99_us",
      "time_to_first_token_p999_us", "prefix_hit_fraction",
    ])
    for workload in result.workloads {
      let hits = workload.hitRatio
      let latency = workload.latencyMicroseconds
      table.append([
        .text(workload.name), .text(workload.kind), CSVTable.Field(workload.nodes),
        CSVTable.Field(workload.gpus), .count(workload.requests),
        .number(workload.gpuStallFraction),
        .number(hits.memory), .number(hits.flash), .number(hits.peer), .number(hits.origin),
        .number(latency.p50), .number(latency.p99), .number(latency.p999),
        .count(workload.completed), .number(workload.slowestNodeSeconds),
        .number(workload.timeToFirstToken?.p50), .number(workload.timeToFirstToken?.p99),
        .number(workload.timeToFirstToken?.p999), .number(workload.prefixHitRatio),
      ])
    }
    return table.text
  }

  var objectivesCSV: String {
    var table = CSVTable(["objective", "limit", "value", "pass"])
    for objective in result.slo {
      table.append([
        .text(objective.name), .number(objective.limit), .number(objective.value),
        .text(objective.pass ? "true" : "false"),
      ])
    }
    return table.text
  }
}
