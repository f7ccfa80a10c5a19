/// One line of the contract: an operation on containers of one consistency, what is promised of it,
/// and what was measured. Spans are microseconds, ages seconds.
public struct ContractLine: Codable, Sendable {
  /// A bound of a percentile of latency.
  public struct Bound: Codable, Sendable, Equatable {
    /// "p50", "p99" or "p999".
    public var percentile: String
    public var limitMicroseconds: Double
    enum CodingKeys: String, CodingKey {
      case percentile
      case limitMicroseconds = "limit_us"
    }
  }
  /// What a region's readers saw.
  public struct Region: Codable, Sendable {
    public var name: String
    /// Whether the containers' accounts stand here.
    public var isHome = false
    /// Of operations that succeeded.
    public var latencyMicroseconds = SimulationResult.Latency()
    public var served: UInt64 = 0
    /// Those that failed, without those that began while the region was cut off from the home.
    public var failed: UInt64 = 0
    /// Reads of a version that was replaced before they came; the object was opened again.
    public var changed: UInt64 = 0
    /// Operations that began while the region was cut off from the home.
    public var cutServed: UInt64 = 0
    public var cutFailed: UInt64 = 0
    /// From the end of a cut to the last failure of what had begun before.
    public var drainedMicroseconds = 0.0
    /// The oldest version that an open got: how long it had been replaced when the open began.
    public var stalestSeconds = 0.0
    enum CodingKeys: String, CodingKey {
      case name, served, failed, changed
      case isHome = "is_home"
      case latencyMicroseconds = "latency_us"
      case cutServed = "cut_off_served"
      case cutFailed = "cut_off_failed"
      case drainedMicroseconds = "drained_us"
      case stalestSeconds = "stalest_s"
    }
  }
  /// Promises that were broken; none is allowed.
  public struct Violations: Codable, Sendable, Equatable {
    /// Opens of a version that was replaced longer ago than the bound.
    public var stale: UInt64 = 0
    /// Blocks of another version than their handle's.
    public var mixed: UInt64 = 0
    /// Operations that had not ended by their deadline.
    public var late: UInt64 = 0
    /// Operations that a cut should have made impossible.
    public var cutOff: UInt64 = 0
    public var total: UInt64 { stale + mixed + late + cutOff }
    enum CodingKeys: String, CodingKey {
      case stale, mixed, late
      case cutOff = "cut_off"
    }
  }

  /// "open" or "read".
  public var operation: String
  /// "immutable", "validate" or "ttl".
  public var consistency: String
  /// The workloads whose containers it is about.
  public var workloads: [String] = []
  public var bounds: [Bound] = []
  /// Every operation ends by then.
  public var deadlineMicroseconds = 0.0
  /// How long an opened version may have been replaced; null where versions never are.
  public var stalenessBoundSeconds: Double?
  /// What readers get that are cut off from the home, in words.
  public var whenCutOff = ""
  public var regions: [Region] = []
  public var violations = Violations()
  /// Whether all of it was kept.
  public var holds = true

  enum CodingKeys: String, CodingKey {
    case operation, consistency, workloads, bounds, regions, violations, holds
    case deadlineMicroseconds = "deadline_us"
    case stalenessBoundSeconds = "staleness_bound_s"
    case whenCutOff = "when_cut_off"
  }

  public init(operation: String, consistency: String) {
    self.operation = operation
    self.consistency = consistency
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(operation, forKey: .operation)
    try container.encode(consistency, forKey: .consistency)
    try container.encode(workloads, forKey: .workloads)
    try container.encode(bounds, forKey: .bounds)
    try container.encode(deadlineMicroseconds, forKey: .deadlineMicroseconds)
    // Null says that there is no bound; the compiler's own encoding would drop the key.
    try container.encode(stalenessBoundSeconds, forKey: .stalenessBoundSeconds)
    try container.encode(whenCutOff, forKey: .whenCutOff)
    try container.encode(regions, forKey: .regions)
    try container.encode(violations, forKey: .violations)
    try container.encode(holds, forKey: .holds)
  }
}

extension ContractLine {
  /// The oldest version that any region opened.
  public var stalestSeconds: Double { regions.map(\.stalestSeconds).max() ?? 0 }

  /// The line as objectives: each bound in the region that kept it worst, and no violation.
  public var objectives: [SimulationResult.Objective] {
    let name = "contract.\(operation).\(consistency)"
    var objectives = bounds.map { bound in
      let worst = regions.map { $0.latencyMicroseconds.value(of: bound.percentile) }.max() ?? 0
      return SimulationResult.Objective(
        name: "\(name).\(bound.percentile)_us", limit: bound.limitMicroseconds, value: worst,
        pass: worst <= bound.limitMicroseconds)
    }
    if operation == "open", let bound = stalenessBoundSeconds {
      objectives.append(
        SimulationResult.Objective(
          name: "\(name).staleness_s", limit: bound, value: stalestSeconds,
          pass: stalestSeconds <= bound))
    }
    objectives.append(
      SimulationResult.Objective(
        name: "\(name).violations", limit: 0, value: Double(violations.total),
        pass: violations.total == 0))
    return objectives
  }
}

extension SimulationResult.Latency {
  /// The percentile of this name.
  func value(of percentile: String) -> Double {
    switch percentile {
    case "p50": p50
    case "p99": p99
    default: p999
    }
  }
}
