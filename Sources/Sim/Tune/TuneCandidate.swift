import TarnCore
import TarnSettings

/// One configuration that a tuning tries.
public struct TuneCandidate: Sendable, Equatable, Hashable, Codable {
  /// What evicts (a trace's cache, a scenario's memory), as `ReplayPolicy` writes it.
  public var policy: String
  /// What may enter, by `AdmissionKind`'s name.
  public var admission = AdmissionKind.always.name
  /// KV traces: the order in which a prompt's blocks are touched; nil for block by block.
  public var touch: String?
  /// Scenarios: what may differ from the file beside the above; nil for a trace.
  public var fleet: Fleet?

  /// What a scenario's candidate changes; nil leaves it as the scenario has it.
  public struct Fleet: Sendable, Equatable, Hashable, Codable {
    /// Memory in quarters of what the scenario gives it. Flash takes or gives the difference, so that
    /// the bytes of a node's cache stay the same.
    public var memoryQuarters: Int?
    /// The policy of flash, its filter.
    public var flashPolicy: String?
    public var flashAdmission: String?
    /// Nodes that own a block; copies that one of them gives before it redirects.
    public var owners: Int?
    public var fanOut: Int?
    /// Whether memory's policy and filter are the scenario's own.
    public var keepsMemory = false

    public init() {}

    enum CodingKeys: String, CodingKey {
      case owners
      case memoryQuarters = "memory_quarters"
      case flashPolicy = "flash_policy"
      case flashAdmission = "flash_admission"
      case fanOut = "fan_out"
      case keepsMemory = "keeps_memory"
    }
  }

  /// A candidate that admits everything.
  public init(policy: String) { self.policy = policy }

  /// The policy's plain name, without parameters.
  public var policyName: String { String(policy.prefix { $0 != ":" }) }

  /// A short name, unique among candidates.
  public var label: String {
    var parts = [policy]
    if admission != AdmissionKind.always.name { parts.append("admission=\(admission)") }
    if let touch { parts.append("touch=\(touch)") }
    guard let fleet else { return parts.joined(separator: " ") }
    if fleet.keepsMemory { parts = [] }
    if let quarters = fleet.memoryQuarters {
      parts.append("memory=x\(ReadableFigures.rounded(Double(quarters) / 4))")
    }
    if let policy = fleet.flashPolicy { parts.append("flash=\(policy)") }
    if let admission = fleet.flashAdmission { parts.append("flash-admission=\(admission)") }
    if let owners = fleet.owners { parts.append("owners=\(owners)") }
    if let fanOut = fleet.fanOut { parts.append("fan_out=\(fanOut)") }
    return parts.isEmpty ? "as configured" : parts.joined(separator: " ")
  }

  /// The parsed policy of Core's.
  func eviction() throws(ReplayError) -> EvictionConfiguration {
    guard case .core(let configuration) = try ReplayPolicy(parsing: policy).kind else {
      throw ReplayError("policy \(policy) is offline, and no cache can run it")
    }
    return configuration
  }

  /// The parsed filter.
  func filter() throws(ReplayError) -> AdmissionKind { try Self.filter(admission) }

  static func filter(_ name: String) throws(ReplayError) -> AdmissionKind {
    guard let kind = AdmissionKind.allCases.first(where: { $0.name == name }) else {
      throw ReplayError(
        "admission \(quoted(name)) is unknown; "
          + suggestion(for: name, among: AdmissionKind.allCases.map(\.name)))
    }
    return kind
  }
}
