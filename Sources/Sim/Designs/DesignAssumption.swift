import TarnCore

/// Something about a design, or about the world around all of them, that is not certain.
public struct DesignAssumption: Sendable, Equatable, Encodable {
  /// Where the value comes from.
  public enum Status: String, Sendable, Encodable {
    /// A public document says it.
    case published
    /// Whoever asked for the comparison said it, without a public document.
    case given
    /// Nobody says it: a guess, whose range matters more than its value.
    case assumed
  }

  /// As scenarios name it, `blobfuse.timeout_s`; what comes before the point is the design, or
  /// `origin` for what all designs share.
  public var key: String
  /// What it is, with its unit.
  public var title: String
  public var value: Double
  /// The range over which reports vary it.
  public var low: Double
  public var high: Double
  /// What scenarios may say.
  public var least: Double
  public var most: Double
  public var status: Status
  /// The document, or the reason for the guess.
  public var source: String
  public var url = ""

  enum CodingKeys: String, CodingKey {
    case key, title, value, low, high, status, source, url
  }

  /// Every assumption of every design, and those that all share, each once.
  public static let all: [DesignAssumption] = {
    var list = shared
    for design in Design.all {
      for assumption in design.assumptions where !list.contains(where: { $0.key == assumption.key })
      {
        list.append(assumption)
      }
    }
    return list
  }()
}

/// The values of assumptions: their defaults but for what a scenario, or a study, says otherwise.
struct DesignValues: Sendable {
  private var changed: [String: Double] = [:]

  init(_ comparison: Scenario.Comparison = Scenario.Comparison()) {
    for assumption in comparison.assumptions { changed[assumption.key] = assumption.value }
  }

  subscript(key: String) -> Double {
    get {
      if let value = changed[key] { return value }
      guard let assumption = DesignAssumption.all.first(where: { $0.key == key }) else {
        preconditionFailure("no design has an assumption \(key)")
      }
      return assumption.value
    }
    set { changed[key] = newValue }
  }

  /// Whether the value differs from the default.
  func isChanged(_ key: String) -> Bool { changed[key] != nil }

  func nanoseconds(_ key: String, unit: Double) -> Nanoseconds {
    Nanoseconds((self[key] * unit).rounded())
  }

  func mebibytes(_ key: String) -> UInt32 { UInt32((self[key] * 1_048_576).rounded()) }
}

extension DesignAssumption {
  /// What all designs share: the origin. The value 1 stands for what the scenario says.
  static let shared: [DesignAssumption] = [
    DesignAssumption(
      key: "origin.first_byte_factor",
      title: "time to the origin's first byte, over the scenario's",
      value: 1, low: 0.5, high: 2, least: 0.01, most: 100, status: .assumed,
      source: "published Blob latencies are of the scenario's order; no distribution is public"),
    DesignAssumption(
      key: "origin.limit_factor", title: "limits of a Blob account, over the scenario's", value: 1,
      low: 0.25, high: 1, least: 0.01, most: 100, status: .published,
      source:
        "Scalability targets for standard storage accounts: 200 Gb/s and 40,000 requests/s in "
        + "large regions, 50 Gb/s and 20,000 in others",
      url: "https://learn.microsoft.com/azure/storage/common/scalability-targets-standard-account"),
    DesignAssumption(
      key: "origin.stream_mib_s", title: "bytes of one answer of the origin, MiB/s", value: 60,
      low: 30, high: 200, least: 1, most: 10_000, status: .assumed,
      source: "60 MiB/s was Azure's published target for one blob; today's documents name none"),
  ]

  /// Applies the shared ones.
  static func applyShared(to scenario: inout Scenario, _ values: DesignValues) {
    let latency = values["origin.first_byte_factor"]
    let scaled = { (span: Nanoseconds) in Nanoseconds(Double(span) * latency) }
    scenario.origin.firstByteMedianNanoseconds = scaled(scenario.origin.firstByteMedianNanoseconds)
    scenario.origin.firstByteP90Nanoseconds = scenario.origin.firstByteP90Nanoseconds.map(scaled)
    scenario.origin.firstByteP99Nanoseconds = scaled(scenario.origin.firstByteP99Nanoseconds)
    scenario.origin.firstByteP999Nanoseconds = scenario.origin.firstByteP999Nanoseconds.map(scaled)
    let limit = values["origin.limit_factor"]
    scenario.origin.requestsPerSecond = UInt64(Double(scenario.origin.requestsPerSecond) * limit)
    scenario.origin.bytesPerSecond = UInt64(Double(scenario.origin.bytesPerSecond) * limit)
    if values.isChanged("origin.stream_mib_s") {
      scenario.origin.bytesPerSecondPerRequest = UInt64(values["origin.stream_mib_s"] * 1_048_576)
    }
  }
}
