import TarnCore
import TarnSettings

/// A figure of a direct path to the origin, in base units: nanoseconds, bytes, counts, a second.
///
/// Published of Azure's direct path is little: layouts last about 9 minutes, and reads that cannot go
/// on fall back to the front end. All else is assumed, so every figure of a path may be a range.
public enum PathParameter: String, CaseIterable, Sendable {
  case lookupP50 = "lookup_p50"
  case lookupP99 = "lookup_p99"
  case lookups
  case layoutLifetime = "layout_lifetime"
  case layoutsPerNode = "layouts_per_node"
  case blobs
  case overwrittenEvery = "overwritten_every"
  case endpoints
  case endpointBytes = "endpoint_bytes"
  case concurrency
  case firstByteP50 = "first_byte_p50"
  case firstByteP99 = "first_byte_p99"
  case perRequest = "per_request"
  case longestWait = "longest_wait"
  case session
  case timeout
  case penalty

  /// What scenarios may write, as a base unit's figure.
  var reader: ValueReader<Double> {
    switch self {
    case .lookupP50, .lookupP99, .firstByteP50, .firstByteP99:
      ValueReader<UInt64>.duration(atLeast: "1us", atMost: "1m").map { Double($0) }
    case .layoutLifetime:
      ValueReader<UInt64>.duration(atLeast: "1ms", atMost: "1d").map { Double($0) }
    case .overwrittenEvery:
      ValueReader<UInt64>.duration(atLeast: "1s", atMost: "365d").map { Double($0) }
    case .longestWait, .session, .penalty:
      ValueReader<UInt64>.duration(atMost: "1h").map { Double($0) }
    case .timeout: ValueReader<UInt64>.duration(atLeast: "1ms", atMost: "1h").map { Double($0) }
    case .lookups: ValueReader<UInt64>.frequency.map { Double($0) }
    case .endpointBytes, .perRequest: ValueReader<UInt64>.rate.map { Double($0) }
    case .layoutsPerNode: ValueReader<Int>.count(1...4096).map { Double($0) }
    case .blobs: ValueReader<Int>.count(1...1_000_000_000).map { Double($0) }
    case .endpoints: ValueReader<Int>.count(1...65_536).map { Double($0) }
    case .concurrency: ValueReader<Int>.count(1...65_536).map { Double($0) }
    }
  }

  /// The default; 0: look-ups go through the front end, blobs are never overwritten.
  var standard: Double {
    switch self {
    case .lookupP50: 5e6
    case .lookupP99: 40e6
    case .lookups: 0
    case .layoutLifetime: 540e9
    case .layoutsPerNode: 64
    case .blobs: 10_000
    case .overwrittenEvery: 0
    case .endpoints: 64
    case .endpointBytes: 5e9
    case .concurrency: 64
    case .firstByteP50: 2e6
    case .firstByteP99: 20e6
    case .perRequest: 400 * 1_048_576
    case .longestWait: 1e9
    case .session: 2e6
    case .timeout: 2e9
    case .penalty: 0
    }
  }

  /// A value with its unit.
  public func text(_ value: Double) -> String {
    switch self {
    case .lookupP50, .lookupP99, .firstByteP50, .firstByteP99, .layoutLifetime, .overwrittenEvery,
      .longestWait, .session, .timeout, .penalty:
      Quantity.seconds.text(value / 1e9)
    case .lookups: Quantity.perSecond.text(value)
    case .endpointBytes, .perRequest: Quantity.bytesPerSecond.text(value)
    case .layoutsPerNode, .blobs, .endpoints, .concurrency: Quantity.count.text(value)
    }
  }
}

extension Scenario {
  /// One way to the origin.
  public struct OriginRoute: Sendable, Equatable {
    /// The kinds of ways.
    public enum Kind: String, CaseIterable, Sendable {
      /// The accounts' front end, which the scenario's `origin` describes.
      case frontEnd = "front-end"
      /// Reads from back-end endpoints that a layout names.
      case direct
      /// The same with figures that nobody knows yet.
      case followOn = "follow-on"
    }
    /// A figure that is not known: anything from `low` to `high`.
    public struct Range: Sendable, Equatable {
      public var parameter: PathParameter
      public var low: Double
      public var high: Double
      /// The middle; by ratio, where the range does not begin at nothing.
      public var middle: Double {
        low > 0 ? (low * high).squareRoot() : (low + high) / 2
      }
    }

    public var kind: Kind
    public var name: String
    /// The ranges, in the order of the parameters.
    public var ranges: [Range] = []
    private var values: [PathParameter: Double] = [:]

    /// A way with the default figures, named like its kind.
    public init(_ kind: Kind) {
      self.kind = kind
      name = kind.rawValue
    }

    mutating func scale(_ factor: Double) {
      for parameter in [PathParameter.endpointBytes, .concurrency, .lookups] {
        if let value = values[parameter] ?? (kind == .frontEnd ? nil : parameter.standard) {
          values[parameter] = value == 0 ? 0 : max(1, (value * factor).rounded())
        }
        for index in ranges.indices where ranges[index].parameter == parameter {
          ranges[index].low *= factor
          ranges[index].high *= factor
        }
      }
    }

    /// A figure: of a range its middle.
    public subscript(parameter: PathParameter) -> Double {
      get { values[parameter] ?? parameter.standard }
      set { values[parameter] = newValue }
    }
  }
}

extension Scenario.Origin {
  /// What a fleet of `factor` times as many nodes has: as many times the bandwidth, requests under way
  /// and look-ups.
  mutating func scaleRoutes(_ factor: Double) {
    for index in routes.indices { routes[index].scale(factor) }
  }

  /// The ways that reads may take: those of `routes` that are in use, or the front end alone.
  public var routesInUse: [Scenario.OriginRoute] {
    let used = routes.filter { use.isEmpty || use.contains($0.name) }
    return used.isEmpty ? [Scenario.OriginRoute(.frontEnd)] : used
  }

  /// What the cores know of them.
  var pathConfigurations: [OriginPathConfiguration] {
    guard !routes.isEmpty else { return [OriginPathConfiguration()] }
    return routesInUse.map { route in
      var path = OriginPathConfiguration(isBudgeted: route.kind == .frontEnd)
      path.penaltyMicroseconds = UInt32(route[.penalty] / 1000)
      if route.kind != .frontEnd { path.timeoutNanoseconds = Nanoseconds(route[.timeout]) }
      return path
    }
  }
}
