public import TarnSettings

/// What `tarn plan` is asked: which objectives, which sizes, on which fleet.
public struct PlanQuestion: Sendable {
  /// The objectives; those of the scenario where none are given.
  public var objectives: [Scenario.Objective]
  /// What may be varied, in the order in which it is made small: the first is the dearest.
  public var dimensions: [PlanDimension]
  /// Nodes of the simulated fleet.
  public var nodes: Int
  /// Seeds under each of which every objective has to hold: the scenario's and those after it.
  public var seeds: Int
  let scenario: Scenario

  /// Fleets are no larger unless it is asked for.
  public static let usualNodes = 256

  /// A question about a scenario.
  ///
  /// - Parameters:
  ///   - objectives: Such as `p99<50ms`; empty for the scenario's own.
  ///   - vary: Such as `cache.memory` or `cache.memory=1GiB..64GiB`; empty for all three.
  ///   - nodes: Nil for the scenario's, or `usualNodes` if that is fewer.
  /// - Throws: `SettingsError` for what cannot be asked.
  public init(
    _ scenario: Scenario, objectives: [String] = [], vary: [String] = [], nodes: Int? = nil,
    seeds: Int = 3
  ) throws(SettingsError) {
    guard (1...100).contains(seeds) else {
      throw PlanQuestion.refusal("--seeds \(seeds)", "use 1 to 100")
    }
    var scenario = scenario
    scenario.sampling.reference = nil
    if !objectives.isEmpty { scenario.objectives = [] }
    for text in objectives { scenario.objectives.append(try Scenario.Objective(parsing: text)) }
    guard !scenario.objectives.isEmpty else {
      throw PlanQuestion.refusal(
        "--slo", "the scenario has no objectives of its own; give some, as in --slo 'gpu-stall<1%'")
    }
    let diagnostics = Diagnostics(file: "")
    scenario.check(diagnostics)
    if let issue = diagnostics.issues.first {
      throw PlanQuestion.refusal("--slo", issue.message)
    }
    self.scenario = scenario
    self.objectives = scenario.objectives
    self.seeds = seeds
    dimensions = []
    for text in vary.flatMap({ $0.split(separator: ",").map(String.init) }) {
      dimensions.append(try PlanQuestion.dimension(text, of: scenario))
    }
    if vary.isEmpty {
      for kind in PlanDimension.Kind.allCases where kind.value(in: scenario) > 0 {
        dimensions.append(try PlanDimension(kind, of: scenario, within: nil))
      }
    }
    guard !dimensions.isEmpty else {
      let names = PlanDimension.Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw PlanQuestion.refusal("--vary", "names nothing; use \(names)")
    }
    for (index, dimension) in dimensions.enumerated()
    where dimensions[..<index].contains(where: { $0.kind == dimension.kind }) {
      throw PlanQuestion.refusal(
        "--vary \(dimension.kind.rawValue)", "is named twice; once will do")
    }
    let wanted = nodes ?? min(scenario.nodes, PlanQuestion.usualNodes)
    guard wanted <= scenario.nodes else {
      throw PlanQuestion.refusal(
        "--nodes \(wanted)", "the scenario has \(scenario.nodes); use that or fewer")
    }
    self.nodes = try scenario.scaled(toNodes: wanted).nodes
  }

  private static func dimension(
    _ text: String, of scenario: Scenario
  ) throws(SettingsError) -> PlanDimension {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    let names = PlanDimension.Kind.allCases.map(\.rawValue)
    guard let name = parts.first, let kind = PlanDimension.Kind(rawValue: name) else {
      let hint = suggestion(for: parts.first ?? "", among: names)
      throw refusal("--vary \(text)", "is nothing that can be varied; \(hint)")
    }
    guard parts.count == 2 else {
      return try PlanDimension(kind, of: scenario, within: nil)
    }
    let ends = parts[1].split(separator: "..", omittingEmptySubsequences: false).map(String.init)
    guard ends.count == 2, !ends[0].isEmpty, !ends[1].isEmpty else {
      throw refusal("--vary \(text)", "write a range, as in cache.memory=1GiB..64GiB")
    }
    do throws(ValueProblem) {
      let table = kind == .accounts ? UnitTable.count : UnitTable.size
      let (least, most) = (try table.read(ends[0]), try table.read(ends[1]))
      guard least <= most else { throw ValueProblem("write the smaller end first") }
      return try within(least...most, kind, scenario)
    } catch {
      throw refusal("--vary \(text)", error.message)
    }
  }

  private static func within(
    _ range: ClosedRange<UInt64>, _ kind: PlanDimension.Kind, _ scenario: Scenario
  ) throws(ValueProblem) -> PlanDimension {
    do { return try PlanDimension(kind, of: scenario, within: range) } catch {
      throw ValueProblem(error.issues[0].message)
    }
  }

  private static func refusal(_ path: String, _ message: String) -> SettingsError {
    SettingsError([SettingsError.Issue(file: nil, path: path, message: message)])
  }
}
