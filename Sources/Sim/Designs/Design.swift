import TarnCore
public import TarnSettings

/// A whole caching architecture that a scenario can be run under.
///
/// Wherever that is honest a design is a configuration of Tarn's own core; where it is not, a small
/// model takes the cores' place. Each design's file opens with what it models, from which documents,
/// what it leaves out, and which way that errs; the same sentences stand in its report.
public struct Design: Sendable {
  /// A public document that the design was made from.
  public struct Document: Sendable, Equatable, Encodable {
    public var title: String
    public var url: String
  }

  /// What options and tables call it.
  public var name: String
  /// What reports call it.
  public var title: String
  /// What it models, in a sentence or two.
  public var models: String
  /// What it leaves out.
  public var leavesOut: String
  /// Which way that errs.
  public var errs: String
  /// What it needs besides the nodes, or "none".
  public var extraHardware: String
  public var documents: [Document]
  /// What is not certain about it.
  public var assumptions: [DesignAssumption] = []
  /// Makes the design out of a scenario and Tarn's own traits.
  var apply: @Sendable (inout Scenario, inout DesignTraits, DesignValues) -> Void

  /// The scenario and the traits under which this design runs it.
  func plan(_ scenario: Scenario, _ values: DesignValues) -> (Scenario, DesignTraits) {
    var scenario = scenario
    var traits = DesignTraits()
    apply(&scenario, &traits, values)
    scenario.sampling.reference = nil
    return (scenario, traits)
  }
}

extension Design {
  /// The designs that need no file, in the order of reports.
  public static let all: [Design] = [
    .none, .blobfuse, .blobfuseDist, .alluxio, .alluxioDAX, .acstor, .tarn,
  ]

  /// The designs of a list such as "none,tarn@direct,external:other.json", each once.
  ///
  /// - Throws: `SettingsError` for an unknown name, or for a file of figures that cannot be used.
  public static func list(parsing text: String) throws(SettingsError) -> [Design] {
    var designs: [Design] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let design = try named(part.trimmingPrefix { $0 == " " })
      guard !designs.contains(where: { $0.name == design.name }) else { continue }
      designs.append(design)
    }
    return designs
  }

  private static func named(_ name: Substring) throws(SettingsError) -> Design {
    if name.hasPrefix("external:") {
      return .external(try ExternalFigures.load(String(name.dropFirst("external:".count))))
    }
    if let design = all.first(where: { $0.name == name }) { return design }
    if let mark = name.firstIndex(of: "@") {
      return try named(name[..<mark]).using(paths(parsing: name[name.index(after: mark)...]))
    }
    let known = all.map(\.name) + ["external:FILE"]
    let message =
      name == "external"
      ? "needs a file of figures; write external:FILE"
      : "\(quoted(String(name))) is no design; "
        + suggested(for: String(name), among: known)
    throw SettingsError([SettingsError.Issue(file: nil, path: "--designs", message: message)])
  }

  /// The nearest name, and all of them where there is one.
  private static func suggested(for name: String, among known: [String]) -> String {
    let near = suggestion(for: name, among: known)
    let list = known.joined(separator: ", ")
    return near.contains(list) ? near : near + " The designs are \(list)"
  }
}
