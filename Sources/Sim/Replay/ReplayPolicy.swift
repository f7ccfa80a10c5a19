public import TarnCore
import TarnSettings

/// An eviction policy as a command line names it: `s3fifo`, `s3fifo:small=0.2,ghost=0.5`, `belady`.
public struct ReplayPolicy: Sendable, Equatable {
  /// What decides.
  public enum Kind: Sendable, Equatable {
    /// One of Core's policies, the code that node and simulator run.
    case core(EvictionConfiguration)
    /// The offline bound for equal sizes: see `Belady`.
    case belady
    /// An offline heuristic that minds sizes: see `BeladySize`.
    case beladySize
  }

  /// What decides.
  public var kind: Kind
  /// The policy's plain name, without parameters.
  public var name: String {
    switch kind {
    case .core(let configuration): configuration.kind.name
    case .belady: "belady"
    case .beladySize: "belady-size"
    }
  }

  /// Whether it knows the future, and so needs the whole trace at once.
  public var isOffline: Bool { if case .core = kind { false } else { true } }

  /// The name and every parameter that differs from the policy's own, as `init(parsing:)` reads it.
  public var label: String {
    guard case .core(let configuration) = kind else { return name }
    let parameters = configuration.kind.parameters.filter {
      $0.read(configuration) != $0.read(EvictionConfiguration(configuration.kind))
    }
    if parameters.isEmpty { return name }
    return name + ":"
      + parameters.map { "\($0.name)=\($0.text(configuration))" }.joined(separator: ",")
  }

  /// Every policy's name.
  public static var names: [String] {
    EvictionKind.allCases.map(\.name) + ["belady", "belady-size"]
  }

  /// One of Core's policies.
  public init(_ configuration: EvictionConfiguration) { kind = .core(configuration) }

  /// Reads `name` or `name:parameter=value,...`; shares are fractions of the capacity.
  ///
  /// Throws an error that names the nearest right spelling, or a parameter's bounds.
  public init(parsing text: String) throws(ReplayError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0]).lowercased()
    let parameters = parts.count > 1 ? String(parts[1]) : ""
    if let core = EvictionKind.allCases.first(where: { $0.name == name }) {
      var configuration = EvictionConfiguration(core)
      if parts.count > 1 { try configuration.read(parameters, in: text) }
      kind = .core(configuration)
      return
    }
    switch name {
    case "belady": kind = .belady
    case "belady-size": kind = .beladySize
    default:
      throw ReplayError(
        "policy \(quoted(name)) is unknown; \(suggestion(for: name, among: Self.names))")
    }
    if parts.count > 1 {
      throw ReplayError("policy \(name) has no parameters; leave out :\(parameters)")
    }
  }

  /// Reads a list: commas separate policies and parameters alike, so a piece with "=" and without ":"
  /// belongs to the policy before it.
  public static func list(parsing text: String) throws(ReplayError) -> [ReplayPolicy] {
    var pieces: [String] = []
    for piece in text.split(separator: ",", omittingEmptySubsequences: true) {
      let trimmed = String(piece.drop { $0 == " " })
      if trimmed.contains("="), !trimmed.contains(":"), let last = pieces.popLast() {
        pieces.append(last + "," + trimmed)
      } else {
        pieces.append(trimmed)
      }
    }
    guard !pieces.isEmpty else {
      throw ReplayError("no policy is named; use one of \(names.joined(separator: ", "))")
    }
    var policies: [ReplayPolicy] = []
    for piece in pieces { policies.append(try ReplayPolicy(parsing: piece)) }
    return policies
  }
}
