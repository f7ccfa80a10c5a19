import TarnTraceFormat

/// Files that lie beside traces and are none, with a sentence on what they are.
enum NonTrace {
  static let events =
    "is a list of tracing events (JSON), not requests; open the flattened CSV of its file operations"

  /// By the titles of a table's columns.
  private static let tables: [(titles: [String], reason: String)] = [
    (
      ["client", "t_s", "rate_rps"],
      "holds clients' request rates over time, not requests: an arrival process without keys"
    ),
    (
      ["timestamp_anon", "value", "container_ip"],
      "holds how long components took to load, not requests: no column names what was loaded"
    ),
    (
      ["arrival_s", "gpus", "total_steps"],
      "lists GPU jobs, not requests for data"
    ),
    (["name", "cpu_milli", "memory_mib", "num_gpu"], "lists GPU tasks, not requests for data"),
    (["sn", "cpu_milli", "memory_mib", "gpu"], "lists a cluster's nodes, not requests for data"),
    (
      ["division", "submitter", "system", "workload"],
      "holds published benchmark results, not requests"
    ),
    (
      ["model", "accelerator", "framework", "file_format"],
      "describes training workloads, it does not list requests"
    ),
    (
      ["model", "hidden", "ffn_hidden"],
      "describes checkpoint workloads, it does not list requests"
    ),
  ]

  /// Why a table with these titles is no trace; nil if it is not known.
  static func reason(titles: [String]) -> String? {
    tables.first { titles.starts(with: $0.titles) }?.reason
  }

  /// Why a JSON document with these members is no trace; nil if it is not known.
  static func reason(json has: (String) -> Bool) -> String? {
    if has("popularityBuckets") || has("popularityWeights") {
      return "holds the popularity of keys as a distribution, not requests"
    }
    if has("valSizeRange") || has("valSizeRangeProbability") {
      return "holds value sizes as a distribution, not requests"
    }
    if has("traceEvents") { return events }
    return nil
  }

  static func refusal(of path: String, because reason: String) -> TraceError {
    TraceError(.notRequests, path: path, reason)
  }
}
