import TarnCore

/// Miss-ratio curves of several policies over one trace, as work that threads can share.
///
/// `run` answers one task, in any order and on any thread; `curves` puts the answers together. The result
/// does not depend on who ran what. Memory: what the trace takes, the key census (4 bytes a request, 20
/// to 50 a key), and for each thread a sample.
public struct CurveStudy: Sendable {
  /// Something that can be worked on by itself.
  enum Task: Sendable, Equatable {
    /// All capacities of LRU.
    case stack
    /// One whole replay.
    case whole(policy: Int, capacity: Int)
    /// One sample, through every policy that is sampled: for the capacities of its level, and as a check
    /// at half the scale for those of the next.
    case sample(level: Int, repeat: Int)
  }

  /// A miss ratio that a task found.
  struct Finding: Sendable {
    var policy: Int
    var capacity: Int
    var missRatio: Double
    var byteMissRatio: Double
    var method: MissRatioCurve.Method
    /// Whether the miniature was half as large as the point's own.
    var isCheck = false
  }

  /// What a task found.
  public struct Answer: Sendable { var findings: [Finding] }

  let input: ReplayInput
  let settings: CurveSettings
  let census: KeyCensus?
  let plan: SamplingPlan
  /// How each capacity is answered, by its index.
  let choices: [SamplingPlan.Choice]
  let tasks: [Task]

  /// Plans the work and, if there is anything to sample, counts the keys: one pass over `input`.
  /// `footprint` is in the unit of the capacities. Throws for offline policies over input that is not
  /// loaded, and if a streamed trace can't be read again.
  public init(
    _ input: ReplayInput, footprint: (objects: UInt64, bytes: UInt64), settings: CurveSettings
  ) throws {
    precondition(settings.rate > 0 && settings.rate < 1, "a rate is above 0 and below 1")
    precondition(settings.repeats >= 2, "a band takes two samples")
    self.input = input
    self.settings = settings
    plan = SamplingPlan(
      rate: settings.rate, repeats: settings.repeats, fewestObjects: settings.fewestObjects)
    let total = max(1, settings.isSized ? footprint.bytes : footprint.objects)
    let plan = plan
    choices = settings.capacities.map { capacity in
      if settings.isExact { return .whole }
      return plan.choice(objects: Double(capacity) / Double(total) * Double(footprint.objects))
    }
    tasks = Self.tasks(settings, choices)
    let samples = tasks.contains { if case .sample = $0 { true } else { false } }
    census = samples ? try KeyCensus(of: input, isSized: settings.isSized) : nil
  }

  /// Tasks to run, each once.
  public var taskCount: Int { tasks.count }

  static func usesStack(_ settings: CurveSettings, _ policy: ReplayPolicy) -> Bool {
    settings.usesStackDistances && policy == ReplayPolicy(EvictionConfiguration(.lru))
  }

  /// Long tasks come first.
  private static func tasks(_ settings: CurveSettings, _ choices: [SamplingPlan.Choice]) -> [Task] {
    let stacked = settings.policies.indices.filter { usesStack(settings, settings.policies[$0]) }
    let others = settings.policies.indices.filter { !stacked.contains($0) }
    var tasks: [Task] = stacked.isEmpty ? [] : [.stack]
    for (capacity, choice) in choices.enumerated() where choice == .whole {
      tasks += others.map { .whole(policy: $0, capacity: capacity) }
    }
    var levels: [Int] = []
    for case .level(let level) in choices {
      for needed in [level, level - 1] where !levels.contains(needed) { levels.append(needed) }
    }
    for level in levels.sorted(by: >) where !others.isEmpty {
      tasks += (0..<settings.repeats).map { .sample(level: level, repeat: $0) }
    }
    return tasks
  }

  /// Works on task `index`.
  public func run(_ index: Int) throws -> Answer {
    switch tasks[index] {
    case .stack: Answer(findings: try runStack())
    case .whole(let policy, let capacity):
      Answer(findings: [try replay(policy: policy, capacity: capacity)])
    case .sample(let level, let number):
      Answer(findings: try sample(level: level, number: number))
    }
  }

  private func runStack() throws -> [Finding] {
    let lru = try LRUCurve(
      of: input, isSized: settings.isSized, capacities: settings.capacities)
    let curve = lru.curve(at: settings.capacities)
    var findings: [Finding] = []
    for policy in settings.policies.indices
    where Self.usesStack(settings, settings.policies[policy]) {
      for (capacity, point) in curve.points.enumerated() {
        if settings.isExact && point.method != .exact {
          findings.append(try replay(policy: policy, capacity: capacity))
          continue
        }
        findings.append(
          Finding(
            policy: policy, capacity: capacity, missRatio: point.missRatio,
            byteMissRatio: point.byteMissRatio, method: point.method))
      }
    }
    return findings
  }

  private func replay(policy: Int, capacity: Int) throws -> Finding {
    let cell = ReplayCell(
      policy: settings.policies[policy], capacity: settings.capacities[capacity],
      isSized: settings.isSized)
    let counters = try Replay.run(cell, over: input).counters
    return Finding(
      policy: policy, capacity: capacity, missRatio: counters.missRatio,
      byteMissRatio: counters.byteMissRatio, method: .exact)
  }

  /// The curves, in the order of the policies; `answers` in the order of the tasks.
  public func curves(_ answers: [Answer]) -> [MissRatioCurve] {
    precondition(answers.count == tasks.count, "an answer to each task")
    let count = settings.capacities.count
    var found = [[Finding]](repeating: [], count: settings.policies.count * count)
    for finding in answers.flatMap(\.findings) {
      found[finding.policy * count + finding.capacity].append(finding)
    }
    return settings.policies.indices.map { policy in
      MissRatioCurve(
        settings.capacities.indices.map { point(found[policy * count + $0], capacity: $0) })
    }
  }

  private func point(_ findings: [Finding], capacity: Int) -> MissRatioCurve.Point {
    let main = findings.filter { !$0.isCheck }
    precondition(!main.isEmpty, "a task for each point")
    var point = MissRatioCurve.Point(
      capacity: settings.capacities[capacity], missRatio: main[0].missRatio,
      byteMissRatio: main[0].byteMissRatio, method: main[0].method)
    guard main.count > 1 else { return point }
    let band = SampleBand(
      main.map(\.missRatio), halfScale: findings.filter(\.isCheck).map(\.missRatio))
    point.missRatio = band.mean
    point.low = max(0, band.mean - band.halfWidth)
    point.high = min(1, band.mean + band.halfWidth)
    point.byteMissRatio = main.map(\.byteMissRatio).reduce(0, +) / Double(main.count)
    return point
  }
}
