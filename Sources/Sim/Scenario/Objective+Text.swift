public import TarnSettings

extension Scenario.Objective {
  /// An objective as a command line writes it: `gpu-stall<1%`, `p99<50ms`, `hit-ratio>90%`, or of one
  /// workload `chat.ttft-p99<2s`. Names are those of `slo` in a scenario, or short ones.
  ///
  /// - Throws: `SettingsError` that names what is wrong and lists the names that are known.
  public init(parsing text: String) throws(SettingsError) {
    func refusal(_ message: String) -> SettingsError {
      SettingsError([SettingsError.Issue(file: nil, path: "--slo \(text)", message: message)])
    }
    guard let sign = text.firstIndex(where: { $0 == "<" || $0 == ">" }) else {
      throw refusal("has no < or >; write it like gpu-stall<1% or p99<50ms")
    }
    let bound: Bound = text[sign] == "<" ? .max : .min
    var limit = text[text.index(after: sign)...]
    if limit.first == "=" { limit.removeFirst() }
    let value = limit.filter { $0 != " " }
    guard !value.isEmpty else {
      throw refusal("has no limit; write it like gpu-stall<1% or p99<50ms")
    }
    let name = text[..<sign].filter { $0 != " " }
    let dot = name.lastIndex(of: ".")
    let short = dot.map { String(name[name.index(after: $0)...]) } ?? name
    guard let metric = Scenario.Metric(short: short) else {
      let names = Scenario.Metric.allCases.map(\.short)
      throw refusal("\(quoted(short)) is no objective; \(suggestion(for: short, among: names))")
    }
    let workload = dot.map { String(name[..<$0]) }
    if workload == nil, metric.needsWorkload {
      throw refusal("is one workload's; say whose, as in NAME.\(metric.short)<\(value)")
    }
    do throws(ValueProblem) {
      self.init(metric, bound, try metric.limit(value), workload: workload)
    } catch {
      throw refusal(error.message)
    }
  }
}

extension Scenario.Metric {
  /// What command lines call it.
  public var short: String {
    switch self {
    case .gpuStallFraction: "gpu-stall"
    case .goodputFraction: "goodput"
    case .p50: "p50"
    case .p99: "p99"
    case .p999: "p999"
    case .hitRatioCache: "hit-ratio"
    case .hitRatioMemory, .hitRatioFlash, .hitRatioPeer, .hitRatioOrigin:
      rawValue.replacing("_", with: "-")
    case .originThrottled: "origin-throttled"
    case .originRequestsPerSecond: "origin-requests"
    case .originBytesPerSecond: "origin-bytes"
    case .slowestNodeSeconds: "slowest-node"
    case .timeToFirstTokenP50: "ttft-p50"
    case .timeToFirstTokenP99: "ttft-p99"
    case .prefixHitRatio: "prefix-hit-ratio"
    }
  }

  /// The metric with this short name or name in files.
  init?(short name: String) {
    let found = Scenario.Metric.allCases.first { $0.short == name || $0.rawValue == name }
    guard let found else { return nil }
    self = found
  }

  /// A limit in the metric's own unit: a duration for times, a share or a figure for the rest.
  func limit(_ text: String) throws(ValueProblem) -> Double {
    switch self {
    case .p50, .p99, .p999, .timeToFirstTokenP50, .timeToFirstTokenP99:
      Double(try UnitTable.duration.read(text)) / 1_000
    case .slowestNodeSeconds: Double(try UnitTable.duration.read(text)) / 1e9
    case .originBytesPerSecond: Double(try UnitTable.rate.read(text))
    case .originRequestsPerSecond: Double(try UnitTable.frequency.read(text))
    case .originThrottled: try readFigure(text)
    default: try readShare(text)
    }
  }
}
