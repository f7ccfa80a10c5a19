/// What a comparison found. Encodes as the object of `tarn compare --json`.
public struct ComparisonReport: Encodable, Sendable {
  /// A metric over seeds.
  public struct Band: Encodable, Sendable, Equatable {
    public var mean: Double
    /// Half the width of the 95 % band by Student's t; null with one seed.
    public var halfWidth: Double
    /// A value each seed.
    public var values: [Double]

    init(_ values: [Double]) {
      self.values = values
      let band = TuneBand(values, minus: [Double](repeating: 0, count: values.count))
      mean = band.mean
      halfWidth = band.halfWidth
    }

    enum CodingKeys: String, CodingKey {
      case mean, values
      case halfWidth = "half_width"
    }
  }

  /// One design.
  public struct Row: Encodable, Sendable {
    public var name: String
    public var title: String
    public var models: String
    public var leavesOut: String
    public var errs: String
    public var extraHardware: String
    public var documents: [Design.Document]
    /// By metric; what does not apply is left out. A figure that no run reached is null.
    public var figures: [ComparisonMetric: Band] = [:]
    /// Each counted second of the first seed.
    public var stallOverTime: [Double] = []
    public var originBytesOverTime: [Double] = []
    /// What each path to the origin saw in the first seed's run; empty if the scenario names none.
    public var paths: [SimulationResult.OriginPath] = []
    public var notes: [String] = []
    /// What the design cannot do of the scenario, in words; its metric reads "cannot".
    public var cannot: [ComparisonMetric: String] = [:]

    enum CodingKeys: String, CodingKey {
      case name, title, models, errs, documents, figures, paths, notes, cannot
      case leavesOut = "leaves_out"
      case extraHardware = "extra_hardware"
      case stallOverTime = "stall_over_time"
      case originBytesOverTime = "origin_bytes_over_time"
    }

    func mean(_ metric: ComparisonMetric) -> Double? { figures[metric]?.mean }
  }

  /// An assumption at one end of its range: what became of the first seed.
  public struct Sensitivity: Encodable, Sendable {
    public var key: String
    public var title: String
    public var value: Double
    /// Dollars a day of every design that it touches, by name, and with the default.
    public var dollars: [String: Double]
    public var before: [String: Double]
    /// All designs by dollars a day, cheapest first.
    public var ranking: [String]
    /// Whether that is another order than with the defaults.
    public var changesRanking: Bool
    public var changesFirst: Bool

    enum CodingKeys: String, CodingKey {
      case key, title, value, dollars, before, ranking
      case changesRanking = "changes_ranking"
      case changesFirst = "changes_first"
    }
  }

  public var scenario = ""
  public var description = ""
  public var nodes = 0
  public var gpus = 0
  public var seeds = 0
  public var simulatedSeconds = 0.0
  public var gpuDollarsPerHour = 0.0
  /// How often a day that happens which the scenario shows; nil: span after span, all day.
  public var timesPerDay: Double?
  /// What all GPUs cost a day while it happens.
  public var dollarsAtStake = 0.0
  /// GPUs of the fleet for which these stand; nil for themselves.
  public var fleetGPUs: Int?
  /// What every design has: bytes of a node's memory and flash for the cache, and of its NIC.
  public var hardware: [String] = []
  public var accounts = 0
  /// Designs in the order in which they were named.
  public var rows: [Row] = []
  /// Names of designs by dollars a day, cheapest first; of equals, the one that asks less of the origin.
  public var ranking: [String] = []
  /// Three sentences that the figures support.
  public var verdict: [String] = []
  public var sensitivity: [Sensitivity] = []
  /// From what value of each unknown figure of a path on the path is worth using.
  public var breakEvens: [BreakEven] = []
  public var assumptions: [DesignAssumption] = []
  public var notes: [String] = []

  enum CodingKeys: String, CodingKey {
    case scenario, description, nodes, gpus, seeds, hardware, accounts, rows, ranking, verdict
    case sensitivity, assumptions, notes
    case breakEvens = "break_evens"
    case simulatedSeconds = "simulated_seconds"
    case gpuDollarsPerHour = "gpu_dollars_per_hour"
    case timesPerDay = "times_per_day"
    case fleetGPUs = "fleet_gpus"
    case dollarsAtStake = "dollars_at_stake_per_day"
  }

  /// The report as one JSON object; equal reports are equal bytes.
  public func json() throws -> String { try encodedJSON(self, pretty: true) }

  func row(_ name: String) -> Row? { rows.first { $0.name == name } }

  /// The designs from the best on.
  var rankedRows: [Row] { ranking.compactMap(row) }

  /// Metrics that at least one design has.
  var metrics: [ComparisonMetric] {
    ComparisonMetric.allCases.filter { metric in rows.contains { $0.figures[metric] != nil } }
  }
}
