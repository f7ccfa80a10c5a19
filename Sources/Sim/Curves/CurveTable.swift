import Foundation

/// A policy's curve over one trace, for people and for programs.
public struct CurveTable: Sendable {
  private let trace: String
  private let policy: ReplayPolicy
  private let curve: MissRatioCurve
  private let footprint: UInt64
  private let isSized: Bool
  private let seed: UInt64
  private let knee: MissRatioCurve.Point?

  /// `footprint` is in the unit of the capacities; `seed` is what samples were drawn with.
  public init(
    _ curve: MissRatioCurve, trace: String, policy: ReplayPolicy, footprint: UInt64, isSized: Bool,
    seed: UInt64
  ) {
    self.trace = trace
    self.policy = policy
    self.curve = curve
    self.footprint = footprint
    self.isSized = isSized
    self.seed = seed
    knee = curve.knee()
  }

  private static let widths = [22, 14, 10, 9, 9, 19]

  /// The table's head.
  public static var header: String {
    line(["policy", "capacity", "footprint", "miss", "byte miss", "95 % band", "method"])
  }

  /// A line for each point, and one that names the knee.
  public var rows: [String] {
    var rows = curve.points.map { point in
      Self.line([
        policy.label, String(point.capacity), Self.percent(share(of: point)),
        Self.ratio(point.missRatio), Self.ratio(point.byteMissRatio), Self.band(point),
        Self.text(point.method),
      ])
    }
    if let knee {
      rows.append(
        "\(policy.label): knee at \(knee.capacity) \(isSized ? "bytes" : "objects"), "
          + "\(Self.percent(share(of: knee))) of the footprint, miss ratio \(Self.ratio(knee.missRatio))"
      )
    } else {
      rows.append("\(policy.label): no knee between these capacities")
    }
    return rows
  }

  /// An object for each point: JSON Lines.
  public var jsonLines: [String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return curve.points.map { point in
      guard let data = try? encoder.encode(jsonLine(point)) else { return "{}" }
      return String(decoding: data, as: UTF8.self)
    }
  }

  private func share(of point: MissRatioCurve.Point) -> Double {
    Double(point.capacity) / Double(max(1, footprint))
  }

  private static func line(_ fields: [String]) -> String {
    var text = ""
    for (index, field) in fields.enumerated() {
      guard index < widths.count else { return text + "  " + field }
      let padding = String(repeating: " ", count: max(0, widths[index] - field.count))
      text += index == 0 ? field + padding : " " + padding + field
    }
    return text
  }

  private static func ratio(_ value: Double) -> String { String(format: "%.6f", value) }
  private static func percent(_ share: Double) -> String { String(format: "%.3f %%", share * 100) }

  private static func band(_ point: MissRatioCurve.Point) -> String {
    guard case .sampled = point.method else { return "-" }
    return "\(ratio(point.low)) - \(ratio(point.high))"
  }

  private static func text(_ method: MissRatioCurve.Method) -> String {
    switch method {
    case .exact: "exact"
    case .stackDistance: "stack distances"
    case .sampled(let rate, let repeats):
      String(format: "%g %% of keys x %d", rate * 100, repeats)
    }
  }

  private func jsonLine(_ point: MissRatioCurve.Point) -> Line {
    var line = Line(
      trace: trace, policy: policy.name, parameters: policy.label, capacity: point.capacity,
      unit: isSized ? "bytes" : "objects", footprint_share: share(of: point),
      miss_ratio: point.missRatio, byte_miss_ratio: point.byteMissRatio, miss_ratio_low: point.low,
      miss_ratio_high: point.high, method: "exact", is_knee: point == knee)
    switch point.method {
    case .exact: break
    case .stackDistance: line.method = "stack-distance"
    case .sampled(let rate, let repeats):
      line.method = "sampled"
      (line.rate, line.repeats, line.seed) = (rate, repeats, seed)
    }
    return line
  }

  private struct Line: Encodable {
    let trace: String
    let policy: String
    let parameters: String
    let capacity: UInt64
    let unit: String
    let footprint_share: Double
    let miss_ratio: Double
    let byte_miss_ratio: Double
    let miss_ratio_low: Double
    let miss_ratio_high: Double
    var method: String
    let is_knee: Bool
    var rate: Double?
    var repeats: Int?
    var seed: UInt64?
  }
}
