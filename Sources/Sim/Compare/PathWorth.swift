import TarnSettings

/// What a path to the origin whose figures are not known is worth, and from what value of each on it
/// would change the decision to use it.
extension ComparisonReport {
  /// One figure of one path.
  public struct BreakEven: Encodable, Sendable, Equatable {
    /// The assumption's key, `paths.PATH.FIGURE`, what it is, and its range in the title's unit.
    public var key: String
    public var title: String
    public var low: Double
    public var high: Double
    /// The design that was run with and without the path.
    public var design: String
    /// Share of the GPU dollars lost that the path saves with the figure at either end of its range,
    /// and with all figures at the middles of theirs.
    public var worthAtLow: Double
    public var worthAtHigh: Double
    public var worth: Double
    /// Where the path begins to be worth it, or ceases; nil: nowhere within the range.
    public var value: Double?

    enum CodingKeys: String, CodingKey {
      case key, title, low, high, design, worth, value
      case worthAtLow = "worth_at_low"
      case worthAtHigh = "worth_at_high"
    }

    /// What a path must save to be used.
    public static let threshold = 0.05

    /// The decision, in a sentence.
    public var sentence: String {
      let percent = { (share: Double) in Figures.percent(share) }
      let number = { (value: Double) in Figures.significant(value, digits: 3) }
      let ends =
        "\(percent(worthAtLow)) at \(number(low)), \(percent(worthAtHigh)) at \(number(high))"
      guard let value else {
        let verdict = worthAtLow >= Self.threshold ? "worth it" : "not worth it"
        return "\(key): \(verdict) over its whole range (\(ends) of \(design)'s loss)"
      }
      let (side, word) = worthAtLow >= Self.threshold ? ("up to", "below") : ("from", "above")
      return "\(key): worth it \(side) \(number(value)), not worth it otherwise; it saves more "
        + "\(word) (\(ends) of \(design)'s loss)"
    }
  }
}

/// Finds break-even values by bisection: six runs a figure, after one at each end.
struct PathWorth {
  let scenario: Scenario
  let design: Design
  let values: DesignValues
  /// Runs a scenario under a design: dollars lost a day.
  typealias Cost = (Scenario, DesignTraits) throws -> Double

  /// Half of the range at each step: 1/64 of it is left.
  private static let steps = 6

  /// The break-even of one range; `routes` are those in use by the design.
  func breakEven(
    of range: Scenario.OriginRoute.Range, path: Scenario.OriginRoute, _ base: Base,
    _ cost: Cost
  ) throws -> ComparisonReport.BreakEven {
    func worth(_ value: Double) throws -> Double {
      try self.worth(base, path: path.name, range.parameter, value, cost)
    }
    let scale = range.parameter.unit.factor
    var found = ComparisonReport.BreakEven(
      key: Scenario.key(path, range.parameter), title: Scenario.title(path, range.parameter),
      low: range.low / scale, high: range.high / scale, design: design.name,
      worthAtLow: try worth(range.low), worthAtHigh: try worth(range.high), worth: base.worth)
    let threshold = ComparisonReport.BreakEven.threshold
    let isWorthAtLow = found.worthAtLow >= threshold
    guard isWorthAtLow != (found.worthAtHigh >= threshold) else { return found }
    var (low, high) = (range.low, range.high)
    for _ in 0..<Self.steps {
      let middle = Scenario.OriginRoute.Range(
        parameter: range.parameter, low: low, high: high
      ).middle
      let isWorth = try worth(middle) >= threshold
      if isWorth == isWorthAtLow { low = middle } else { high = middle }
    }
    found.value =
      Scenario.OriginRoute.Range(parameter: range.parameter, low: low, high: high).middle / scale
    return found
  }

  /// What the design loses without the path, and what the path saves at the middles.
  struct Base {
    var dollars: Double
    var worth: Double
  }

  func base(path: Scenario.OriginRoute, _ cost: Cost) throws -> Base {
    var (without, traits) = design.plan(scenario, values)
    without.origin.use = without.origin.routesInUse.map(\.name).filter { $0 != path.name }
    var base = Base(dollars: try cost(without, traits), worth: 0)
    let (with, plain) = design.plan(scenario, values)
    base.worth = Self.share(saved: base.dollars - (try cost(with, plain)), of: base.dollars)
    return base
  }

  private func worth(
    _ base: Base, path: String, _ parameter: PathParameter, _ value: Double, _ cost: Cost
  ) throws -> Double {
    var (changed, traits) = design.plan(scenario, values)
    for index in changed.origin.routes.indices where changed.origin.routes[index].name == path {
      changed.origin.routes[index][parameter] = value
    }
    return Self.share(saved: base.dollars - (try cost(changed, traits)), of: base.dollars)
  }

  private static func share(saved: Double, of all: Double) -> Double { all > 0 ? saved / all : 0 }
}

extension PathParameter {
  /// The unit in which assumptions state it, and how many base units that is.
  var unit: (name: String, factor: Double) {
    switch self {
    case .lookupP50, .lookupP99, .firstByteP50, .firstByteP99, .session, .longestWait, .timeout,
      .penalty:
      ("ms", 1e6)
    case .layoutLifetime, .overwrittenEvery: ("s", 1e9)
    case .endpointBytes, .perRequest: ("MB/s", 1e6)
    case .lookups: ("1/s", 1)
    case .layoutsPerNode, .blobs, .endpoints, .concurrency: ("", 1)
    }
  }
}

extension Scenario {
  static func key(_ route: OriginRoute, _ parameter: PathParameter) -> String {
    "paths.\(route.name).\(parameter.rawValue)"
  }

  static func title(_ route: OriginRoute, _ parameter: PathParameter) -> String {
    let words = parameter.rawValue.split(separator: "_").joined(separator: " ")
    let unit = parameter.unit.name
    return "\(route.name) path: \(words)" + (unit.isEmpty ? "" : ", \(unit)")
  }

  /// The figures of paths that are ranges, as assumptions that a comparison varies.
  var pathAssumptions: [DesignAssumption] {
    origin.routes.flatMap { route in
      route.ranges.map { range in
        let scale = range.parameter.unit.factor
        let (low, high) = (range.low / scale, range.high / scale)
        return DesignAssumption(
          key: Scenario.key(route, range.parameter), title: Scenario.title(route, range.parameter),
          value: range.middle / scale, low: low, high: high, least: low, most: high,
          status: .assumed, source: "not public: the scenario gives a range, whose middle is used")
      }
    }
  }

  /// Sets the figures of paths that a study changes.
  mutating func applyPathAssumptions(_ values: DesignValues) {
    for index in origin.routes.indices {
      for range in origin.routes[index].ranges {
        let key = Scenario.key(origin.routes[index], range.parameter)
        guard values.isChanged(key) else { continue }
        origin.routes[index][range.parameter] = values[key] * range.parameter.unit.factor
      }
    }
  }
}
