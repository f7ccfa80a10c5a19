import TarnSettings

/// What a tuning makes small.
public enum TuneObjective: String, Sendable, CaseIterable, Codable {
  /// Requests that the cache could not answer, as a share; of KV prompts, blocks outside cached prefixes.
  case miss
  /// Bytes of such requests, as a share of the bytes asked for.
  case byteMiss = "byte-miss"
  /// What the misses cost the origin, counted in the limits of an Azure Blob account: a request takes a
  /// 40,000th of a second, a byte a 25,000,000,000th (learn.microsoft.com/azure/storage/common/
  /// scalability-targets-standard-account). Of a trace as a share of the cost without a cache, of a
  /// scenario as the number of accounts that it keeps busy.
  case originCost = "origin-cost"
  /// Share of GPU time that waited for data. Scenarios only.
  case gpuStall = "gpu-stall"
  /// Time to first token of inference, 99th percentile, microseconds; the mean over workloads,
  /// weighted by prompts. Scenarios with inference only.
  case ttft

  /// Requests a second of one Blob account.
  static let accountRequests = 40_000.0
  /// Bytes a second of one Blob account: 200 Gb/s.
  static let accountBytes = 25e9

  /// The objective of that name.
  public init(parsing text: String) throws(ReplayError) {
    guard let known = TuneObjective(rawValue: text.lowercased()) else {
      throw ReplayError(
        "--objective \(quoted(text)) is unknown; "
          + suggestion(for: text, among: TuneObjective.allCases.map(\.rawValue)))
    }
    self = known
  }

  /// The value as it is read: a share as per cent, a time with its unit.
  public func text(_ value: Double) -> String {
    switch self {
    case .miss, .byteMiss, .gpuStall: ReadableFigures.percent(value)
    case .originCost: ReadableFigures.rounded(value)
    case .ttft: ReadableFigures.time(microseconds: value)
    }
  }

  /// A difference of two values, with its sign; of shares in percentage points.
  public func difference(_ value: Double) -> String {
    let sign = value < 0 ? "-" : "+"
    switch self {
    case .miss, .byteMiss, .gpuStall:
      return sign + ReadableFigures.rounded(abs(value) * 100) + " points"
    case .originCost: return sign + ReadableFigures.rounded(abs(value))
    case .ttft: return sign + ReadableFigures.time(microseconds: abs(value))
    }
  }

  /// What the value is, for headings.
  public var title: String {
    switch self {
    case .miss: "miss ratio"
    case .byteMiss: "byte miss ratio"
    case .originCost: "origin cost"
    case .gpuStall: "GPU stall"
    case .ttft: "time to first token"
    }
  }

  /// What a scenario is best tuned for, unless told: stall where GPUs read, else the first token.
  public static func suiting(_ scenario: Scenario) -> TuneObjective {
    let kinds = scenario.workloads.map(\.kind.name)
    if scenario.gpus > 0, kinds.contains(where: { $0 != "inference" }) { return .gpuStall }
    return kinds.contains("inference") ? .ttft : .originCost
  }

  /// Refuses an objective that single requests cannot answer.
  func check(traceHasSizes: Bool, name: String) throws(ReplayError) {
    switch self {
    case .miss: return
    case .byteMiss, .originCost:
      if traceHasSizes { return }
      throw ReplayError(
        "--objective \(rawValue): \(name) tells no sizes (or they are ignored), so every request "
          + "counts the same; use --objective miss")
    case .gpuStall, .ttft:
      throw ReplayError(
        "--objective \(rawValue): \(name) is a trace, and knows neither GPUs nor prefill; use "
          + "miss, byte-miss or origin-cost, or name a scenario")
    }
  }

  /// Refuses an objective that the scenario's workloads do not report.
  func check(_ scenario: Scenario) throws(ReplayError) {
    let kinds = scenario.workloads.map(\.kind.name)
    switch self {
    case .miss, .originCost: return
    case .byteMiss:
      throw ReplayError(
        "--objective byte-miss: a simulation counts blocks; use miss or origin-cost")
    case .gpuStall:
      if scenario.gpus > 0, kinds.contains(where: { $0 != "inference" }) { return }
      throw ReplayError(
        "--objective gpu-stall: scenario \(scenario.name) has no workload whose GPUs wait for "
          + "reads (training, cold-start); use ttft, miss or origin-cost")
    case .ttft:
      if kinds.contains("inference") { return }
      throw ReplayError(
        "--objective ttft: scenario \(scenario.name) has no inference workload; use gpu-stall, "
          + "miss or origin-cost")
    }
  }
}
