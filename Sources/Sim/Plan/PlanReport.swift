/// What a plan found. Encodes as the one JSON object of `tarn plan --json`.
public struct PlanReport: Sendable, Encodable {
  /// A size of one dimension.
  public struct Size: Sendable, Equatable, Encodable {
    /// `cache.memory`, `cache.flash` or `origin.accounts`.
    public var name: String
    /// Bytes of a node, or accounts of the whole fleet.
    public var value: UInt64
    /// The value as people read it.
    public var text: String

    init(_ kind: PlanDimension.Kind, _ value: UInt64) {
      (name, self.value, text) = (kind.rawValue, value, kind.text(value))
    }
  }

  /// A point that was simulated.
  public struct Probe: Sendable, Encodable {
    /// From 1, in the order in which they were run.
    public var number: Int
    public var sizes: [Size]
    public var verdict: PlanVerdict

    init(number: Int, _ sizes: [(kind: PlanDimension.Kind, value: UInt64)], _ verdict: PlanVerdict)
    {
      self.number = number
      self.sizes = sizes.map { Size($0.kind, $0.value) }
      self.verdict = verdict
    }
  }

  /// A dimension, and why it ends where it does.
  public struct Dimension: Sendable, Encodable {
    public var name: String
    public var least: Size
    public var most: Size
    /// What the scenario says.
    public var present: Size
    /// Nil if no sizes do.
    public var answer: Size?
    /// The next size below the answer, with all others at theirs, and what became of it; nil where the
    /// answer is the least that was allowed.
    public var below: Probe?
    /// The sizes that each pool gets; empty for accounts.
    public var pools: [Pool]
  }

  /// A pool's share of a dimension.
  public struct Pool: Sendable, Encodable {
    public var name: String
    public var value: UInt64
  }

  /// A smaller size that holds where a larger one does not: more has hurt.
  public struct Contradiction: Sendable, Encodable {
    /// Numbers of probes.
    public var holds: Int
    public var breaks: Int
  }

  public var scenario: String
  /// Nodes of the scenario, and of the fleet that was simulated.
  public var nodes: Int
  public var simulatedNodes: Int
  public var seeds: Int
  public var met: Bool
  /// The answer's figures at their worst seed; without an answer, those of the largest sizes.
  public var objectives: [PlanVerdict.Figure]
  public var dimensions: [Dimension]
  public var probes: [Probe]
  public var contradictions: [Contradiction]

  enum CodingKeys: String, CodingKey {
    case scenario, nodes, seeds, met, objectives, dimensions, probes, contradictions
    case simulatedNodes = "simulated_nodes"
  }

  init(_ question: PlanQuestion, _ finding: PlanSearch.Finding) {
    scenario = question.scenario.name
    nodes = question.scenario.nodes
    simulatedNodes = question.nodes
    seeds = question.seeds
    met = finding.answer != nil
    let kinds = question.dimensions
    let probes = finding.asked.enumerated().map { index, asked in
      Probe(
        number: index + 1, zip(kinds, asked.point).map { ($0.kind, $0.values[$1]) },
        asked.verdict)
    }
    func probe(at point: PlanSearch.Point?) -> Probe? {
      finding.asked.firstIndex { $0.point == point }.map { probes[$0] }
    }
    self.probes = probes
    objectives = (probe(at: finding.answer) ?? probes[0]).verdict.figures
    contradictions = finding.contradictions.compactMap { pair in
      guard let holds = probe(at: pair.smaller), let breaks = probe(at: pair.larger) else {
        return nil
      }
      return Contradiction(holds: holds.number, breaks: breaks.number)
    }
    dimensions = kinds.enumerated().map { index, dimension in
      let kind = dimension.kind
      let position = finding.answer?[index]
      let answer = position.map { dimension.values[$0] }
      var below = finding.answer
      below?[index] -= 1
      return Dimension(
        name: kind.rawValue, least: Size(kind, dimension.values[0]),
        most: Size(kind, dimension.values[dimension.values.count - 1]),
        present: Size(kind, dimension.present), answer: answer.map { Size(kind, $0) },
        below: position == 0 ? nil : probe(at: below),
        pools: answer.map { PlanReport.pools(question.scenario.sized([(kind, $0)]), kind) } ?? [])
    }
  }

  private static func pools(_ scenario: Scenario, _ kind: PlanDimension.Kind) -> [Pool] {
    zip(scenario.topology.pools, scenario.cacheSizes).compactMap { pool, sizes in
      switch kind {
      case .memory: Pool(name: pool.name, value: sizes.memory)
      case .flash: Pool(name: pool.name, value: sizes.flash)
      case .accounts: nil
      }
    }
  }

  /// The answer as values that `--set` and a scenario take; empty without one.
  public var settings: [String] {
    dimensions.flatMap { dimension -> [String] in
      guard let answer = dimension.answer else { return [] }
      guard let kind = PlanDimension.Kind(rawValue: dimension.name) else { return [] }
      let key = kind == .accounts ? kind.rawValue : "\(kind.rawValue).capacity"
      guard dimension.pools.contains(where: { $0.value != answer.value }) else {
        return ["\(key)=\(kind.setting(answer.value))"]
      }
      return dimension.pools.map {
        "topology.pools.\($0.name).\(key)=\(kind.setting($0.value))"
      }
    }
  }

  /// The report as one JSON object.
  public func json() throws -> String { try encodedJSON(self, pretty: true) }
}
