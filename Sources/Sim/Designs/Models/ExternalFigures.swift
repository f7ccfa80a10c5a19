import Foundation
public import TarnSettings

/// What is known of a cache whose code one cannot have: measured figures, in a file.
///
/// ```json
/// {"name": "other", "source": "replayed day.tarn at it on 2026-11-20",
///  "hit_ratio": {"memory": 0.6, "flash": 0.1, "peer": 0.25},
///  "latency_us": {"p50": 400, "p99": 9000},
///  "origin_load_factor": 1.0, "extra_hardware": "12 cache servers"}
/// ```
public struct ExternalFigures: Sendable, Equatable, Decodable {
  /// Shares of reads by who answers; the rest goes to the origin.
  public struct HitRatio: Sendable, Equatable, Decodable {
    public var memory = 0.0
    public var flash = 0.0
    public var peer = 0.0

    /// No hits.
    public init() {}
    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      memory = try container.decodeIfPresent(Double.self, forKey: .memory) ?? 0
      flash = try container.decodeIfPresent(Double.self, forKey: .flash) ?? 0
      peer = try container.decodeIfPresent(Double.self, forKey: .peer) ?? 0
    }
    private enum CodingKeys: String, CodingKey { case memory, flash, peer }

    var sum: Double { memory + flash + peer }
  }

  /// Latency of hits, microseconds; log-normal between the two.
  public struct Latency: Sendable, Equatable, Decodable {
    public var p50: Double
    public var p99: Double
  }

  /// What tables call it.
  public var name: String
  /// Where the figures come from.
  public var source: String
  public var hitRatio: HitRatio
  public var latency: Latency
  /// Reads of the origin for each read that misses: below 1 where misses are shared between nodes.
  public var originLoadFactor: Double
  /// What it runs on besides the nodes, in words.
  public var extraHardware: String

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, source
    case hitRatio = "hit_ratio"
    case latency = "latency_us"
    case originLoadFactor = "origin_load_factor"
    case extraHardware = "extra_hardware"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decodeIfPresent(String.self, forKey: .name) ?? "external"
    source = try container.decodeIfPresent(String.self, forKey: .source) ?? "the file does not say"
    hitRatio = try container.decode(HitRatio.self, forKey: .hitRatio)
    latency = try container.decode(Latency.self, forKey: .latency)
    originLoadFactor = try container.decodeIfPresent(Double.self, forKey: .originLoadFactor) ?? 1
    extraHardware =
      try container.decodeIfPresent(String.self, forKey: .extraHardware) ?? "the file does not say"
  }

  /// Reads the figures in a file.
  ///
  /// - Throws: `SettingsError`, which names the file, the key and the cure.
  public static func load(_ path: String) throws(SettingsError) -> ExternalFigures {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw refusal(path, "", "cannot be read; check the name and permissions")
    }
    let figures: ExternalFigures
    do {
      figures = try JSONDecoder().decode(ExternalFigures.self, from: data)
    } catch DecodingError.keyNotFound(let key, let context) {
      throw refusal(
        path, pathText(context.codingPath + [key]), "is missing; scenarios/SCHEMA.md shows the file"
      )
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context)
    {
      throw refusal(
        path, pathText(context.codingPath), "has the wrong type; scenarios/SCHEMA.md shows the file"
      )
    } catch {
      throw refusal(path, "", "is no JSON object; scenarios/SCHEMA.md shows the file")
    }
    if let (key, problem) = figures.problem { throw refusal(path, key, problem) }
    return figures
  }

  private static func pathText(_ path: [any CodingKey]) -> String {
    path.map(\.stringValue).joined(separator: ".")
  }

  private static func refusal(_ file: String, _ key: String, _ message: String) -> SettingsError {
    SettingsError([SettingsError.Issue(file: file, path: key, message: message)])
  }

  private var problem: (key: String, problem: String)? {
    for (key, share) in [
      ("memory", hitRatio.memory), ("flash", hitRatio.flash), ("peer", hitRatio.peer),
    ] where !(0...1).contains(share) {
      return ("hit_ratio.\(key)", "\(share) is no share; give 0 to 1")
    }
    if hitRatio.sum > 1.000_001 {
      return ("hit_ratio", "sums to \(hitRatio.sum); the shares of the three sum to 1 at most")
    }
    if !(latency.p50 >= 0.001 && latency.p99 >= latency.p50 && latency.p99 <= 1000 * latency.p50) {
      return ("latency_us", "needs 0.001 <= p50 <= p99 <= 1000 p50")
    }
    if latency.p99 > 3.6e9 { return ("latency_us.p99", "is more than an hour; give microseconds") }
    if !(0...100).contains(originLoadFactor) {
      return ("origin_load_factor", "\(originLoadFactor) is out of bounds; give 0 to 100")
    }
    return nil
  }
}
