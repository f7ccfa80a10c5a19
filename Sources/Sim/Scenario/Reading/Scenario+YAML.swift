import Foundation
import TarnCore
public import TarnSettings

extension Scenario {
  /// Reads a scenario.
  ///
  /// - Parameters:
  ///   - text: YAML as `scenarios/SCHEMA.md` describes it.
  ///   - file: The file's name, for messages and for finding what relative paths name.
  ///   - overrides: `path=value`, applied in order before anything is read.
  /// - Throws: Everything that is wrong, not only the first mistake.
  public init(yaml text: String, file: String, overrides: [String] = []) throws(SettingsError) {
    let document = try SettingsDocument(
      yaml: text, file: file, schema: "scenarios/SCHEMA.md", overrides: overrides)
    self.init()
    let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
    searchFolders = [folder.deletingLastPathComponent().path, "."]
    read(document.root)
    if document.diagnostics.issues.isEmpty { check(document.diagnostics) }
    try document.diagnostics.throwIfAny()
  }

  /// Reads the scenario in a file and hands back its text with it.
  public static func load(
    _ file: String, overrides: [String] = []
  ) throws(SettingsError) -> (scenario: Scenario, text: String) {
    let text = try SettingsDocument.text(of: file)
    return (try Scenario(yaml: text, file: file, overrides: overrides), text)
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
      topology = Topology(section, poolCaches: &poolCaches, folders: searchFolders)
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
    if let section = root.section("federation") { federation = Federation(section) }
    if let section = root.section("faults") { faults = Faults(section) }
    if let section = root.section("compare") { comparison = Comparison(section) }
    contract = root.field("contract")?.items().map { ContractTerm($0.section()) } ?? []
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
