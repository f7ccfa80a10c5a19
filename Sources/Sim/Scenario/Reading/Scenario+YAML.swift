import Foundation
import TarnCore
import Yams

extension Scenario {
  /// Reads a scenario.
  ///
  /// - Parameters:
  ///   - text: YAML as `scenarios/SCHEMA.md` describes it.
  ///   - file: The file's name, for messages and for finding what relative paths name.
  ///   - overrides: `path=value`, applied in order before anything is read.
  /// - Throws: Everything that is wrong, not only the first mistake.
  public init(yaml text: String, file: String, overrides: [String] = []) throws(ScenarioError) {
    var tree = try Scenario.compose(text, file: file)
    for override in overrides { tree = try Override(override).applied(to: tree) }

    let diagnostics = Diagnostics(file: file)
    diagnostics.note("", line: 1)
    self.init()
    read(Section(Field(node: tree, path: "", diagnostics: diagnostics)))
    if diagnostics.issues.isEmpty { check(diagnostics) }
    try diagnostics.throwIfAny()

    let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
    searchFolders = [folder.deletingLastPathComponent().path, "."]
  }

  /// Reads the scenario in a file and hands back its text with it.
  public static func load(
    _ file: String, overrides: [String] = []
  ) throws(ScenarioError) -> (scenario: Scenario, text: String) {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw ScenarioError([
        ScenarioError.Issue(file: file, message: "cannot be read; check the name and permissions")
      ])
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw ScenarioError([ScenarioError.Issue(file: file, message: "is not UTF-8 text")])
    }
    return (try Scenario(yaml: text, file: file, overrides: overrides), text)
  }

  private static func compose(_ text: String, file: String) throws(ScenarioError) -> Node {
    let issue: ScenarioError.Issue
    do {
      if let tree = try Yams.compose(yaml: text) { return tree }
      issue = ScenarioError.Issue(file: file, message: "is empty; see scenarios/SCHEMA.md")
    } catch let error as YamlError {
      issue = Scenario.issue(of: error, file: file)
    } catch {
      issue = ScenarioError.Issue(file: file, message: "is no YAML: \(error)")
    }
    throw ScenarioError([issue])
  }

  private static func issue(of error: YamlError, file: String) -> ScenarioError.Issue {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return ScenarioError.Issue(file: file, line: mark.line, message: "is no YAML: \(problem)")
    case .duplicatedKeysInMapping(let keys, let context):
      let message =
        "\(keys.joined(separator: ", ")): written twice in one mapping; keep one of them"
      return ScenarioError.Issue(file: file, line: context.mark.line, message: message)
    default:
      return ScenarioError.Issue(file: file, message: "is no YAML: \(error)")
    }
  }

  private mutating func read(_ root: Section) {
    name = root.required("name", .name)
    description = root.value("description", .text, default: "")
    seed = root.value("seed", .seed, default: seed)
    durationNanoseconds = root.required("duration", .duration(atLeast: "1ms", atMost: "365d"))
    warmupNanoseconds = root.value("warmup", .duration(), default: 0)
    if let section = root.section("sampling") { sampling = Sampling(section) }
    var poolCaches: [Field?] = []
    if let section = root.section("topology") {
      topology = Topology(section, poolCaches: &poolCaches)
    } else {
      root.report("is missing; give regions and pools", at: "topology")
    }
    if let section = root.section("cache") { cache = CacheSettings(section, over: cache) }
    for (index, field) in poolCaches.enumerated() {
      topology.pools[index].cache = field.map { CacheSettings($0.section(), over: cache) }
    }
    if let section = root.section("origin") { origin = Origin(section) }
    let pools = topology.pools.map(\.name)
    workloads = root.requiredItems("workloads", wanted: "a list of workloads").map {
      Workload($0.section(), pools: pools)
    }
    if let section = root.section("faults") { faults = Faults(section) }
    objectives = root.field("slo")?.items().map { Objective($0.section()) } ?? []
    root.finish()
  }
}

extension Scenario.Sampling {
  init(_ section: Section) {
    self.init()
    rate = section.value("rate", .positiveShare, default: rate)
    reference = section.section("reference").map { Scenario.Reference($0, rate: rate) }
    section.finish()
  }
}

extension Scenario.Reference {
  init(_ section: Section, rate: Double) {
    nodes = section.required("nodes", .count)
    durationNanoseconds = section.required("duration", .duration(atLeast: "1ms"))
    self.rate = section.value("rate", .positiveShare, default: rate)
    section.finish()
  }
}
