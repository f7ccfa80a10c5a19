import TarnCore

/// A tuning: rounds of halving, the best candidate's neighbourhood, judgement on what was held out, and
/// what surrounds the answer (bounds, curves, the knee).
///
/// Everything is decided by the answers to jobs, which are the same on every machine; time only ends
/// the search between rounds, and that is said.
public struct TuneSearch {
  let ground: TuneGround
  let evaluator: TuneEvaluator
  let question: TuneQuestion
  private let isOutOfTime: () -> Bool
  var isSpent: Bool { isOutOfTime() }
  private let progress: @Sendable (String, Int, Int) -> Void

  /// A tuning that is ready to run.
  ///
  /// `isOutOfTime` is asked between rounds; `progress` hears the round and how many of its jobs are
  /// done, from any thread.
  ///
  /// - Throws: `ReplayError` for a question that the source cannot answer; `SettingsError` where the
  ///   fleet cannot be scaled.
  public init(
    _ source: TuneSource, _ question: TuneQuestion, evaluator: TuneEvaluator,
    isOutOfTime: @escaping () -> Bool = { false },
    progress: @escaping @Sendable (String, Int, Int) -> Void = { _, _, _ in }
  ) throws {
    try question.check(source)
    ground = try TuneGround(source, question)
    self.question = question
    self.evaluator = evaluator
    self.isOutOfTime = isOutOfTime
    self.progress = progress
  }

  /// Finds the answer.
  ///
  /// - Throws: `TuneEvaluator.Missing` where jobs are only listed, and what a job throws.
  public func run() throws -> TuneReport {
    var report = TuneReport()
    report.input = input
    var ranking = try halve(&report)
    if case .trace = ground.source, !report.outOfTime {
      report.outOfTime = isOutOfTime()
      if !report.outOfTime { try refine(&ranking, &report) }
    }
    try judge(ranking, &report)
    try surround(&report)
    report.yaml = TuneYAML(report, ground).text
    return report
  }

  /// A candidate and its value on what was tuned on.
  struct Ranked {
    var candidate: TuneCandidate
    var value: Double
    var isBaseline: Bool
  }

  func answers(_ name: String, _ jobs: [TuneJob]) throws -> [TuneAnswer] {
    let progress = progress
    let count = jobs.count
    progress(name, 0, count)
    return try evaluator.answers(jobs) { progress(name, $0, count) }
  }

  func value(_ answer: TuneAnswer) -> Double {
    TuneMeasure.value(question.objective, of: answer.pieces) ?? .nan
  }

  func levelName(_ level: Int) -> String {
    switch ground.source {
    case .trace: level == 1 ? "all keys" : "1/\(level) of the keys"
    case .fleet: "\(level) nodes"
    }
  }

  // MARK: Halving

  /// The candidates that saw the last level, best first; the baselines are always among them.
  private func halve(_ report: inout TuneReport) throws -> [Ranked] {
    let baselines = ground.baselines
    var candidates = ground.space.candidates(
      max(question.configurations, baselines.count), baselines: baselines)
    report.tried = candidates.count
    var isTrace = false
    if case .trace = ground.source { isTrace = true }
    for (step, level) in ground.levels.enumerated() {
      let isLast = step == ground.levels.count - 1
      let found = try answers(
        levelName(level), candidates.map { ground.trial($0, level: level) })
      let scores = found.map(value)
      let best = Halving.ranked(scores)[0]
      report.rounds.append(
        TuneReport.Round(
          level: levelName(level), candidates: candidates.count, best: candidates[best].label,
          value: scores[best]))
      if isLast { return ranked(candidates, found) }
      var kept = Halving.survivors(
        scores: scores, groups: isTrace ? candidates.map(\.policyName) : nil,
        keep: Halving.kept(of: candidates.count), pinned: Set(baselines.indices))
      if isOutOfTime() {
        // Straight to the whole with as few as there may be.
        report.outOfTime = true
        kept = Halving.survivors(
          scores: scores, groups: nil, keep: 4, pinned: Set(baselines.indices))
        candidates = kept.map { candidates[$0] }
        let last = try answers(
          "last round", candidates.map { ground.trial($0, level: ground.levels.last ?? 1) })
        return ranked(candidates, last)
      }
      candidates = kept.map { candidates[$0] }
    }
    preconditionFailure("there is at least one level")
  }

  private func ranked(_ candidates: [TuneCandidate], _ answers: [TuneAnswer]) -> [Ranked] {
    Halving.ranked(answers.map(value)).map { ranked(candidates[$0], answers[$0]) }
  }

  private func ranked(_ candidate: TuneCandidate, _ answer: TuneAnswer) -> Ranked {
    Ranked(
      candidate: candidate, value: value(answer),
      isBaseline: ground.baselines.contains(candidate))
  }

  /// A baseline wins only where its policy was asked for.
  func mayWin(_ ranked: Ranked) -> Bool {
    if ranked.candidate.fleet?.keepsMemory == true { return true }
    return question.policies.contains {
      ranked.candidate.policy == $0.label
        || $0.label == $0.name && ranked.candidate.policyName == $0.name
    }
  }

  // MARK: The neighbourhood

  /// Changes the best candidate's settings one at a time, on the tuned part; moves to a better
  /// neighbour, twice at most.
  private func refine(_ ranking: inout [Ranked], _ report: inout TuneReport) throws {
    for _ in 0..<3 {
      guard let center = ranking.first(where: mayWin) else { return }
      let neighbours = try ground.space.neighbours(of: center.candidate)
        .filter { neighbour in !isFixed(neighbour.1) }
      let side = ground.sideDenominator
      let jobs = ([center.candidate] + neighbours.map(\.1)).map { ground.trial($0, level: side) }
      let values = try answers("sensitivity", jobs).map(value)
      report.sensitivity = try sensitivity(center.candidate, neighbours, values)
      let best = Halving.ranked(values)[0]
      guard best > 0, values[best] < values[0] else { return }
      let candidate = neighbours[best - 1].1
      let exact = try answers("sensitivity", [ground.trial(candidate, level: 1)])[0]
      guard value(exact) < center.value, !ranking.contains(where: { $0.candidate == candidate })
      else {
        return
      }
      ranking.insert(ranked(candidate, exact), at: 0)
      report.tried += 1
    }
  }

  /// Whether a neighbour's policy is one that was asked for with other parameters alone.
  private func isFixed(_ candidate: TuneCandidate) -> Bool {
    !mayWin(Ranked(candidate: candidate, value: 0, isBaseline: false))
  }

  private func sensitivity(
    _ center: TuneCandidate, _ neighbours: [(what: String, TuneCandidate)], _ values: [Double]
  ) throws -> [TuneReport.Sensitivity] {
    func setting(_ what: String, _ candidate: TuneCandidate) throws -> Double? {
      let configuration = try candidate.eviction()
      guard let parameter = configuration.kind.parameters.first(where: { $0.name == what }) else {
        return nil
      }
      return Double(parameter.read(configuration)) / (parameter.isShare ? 1_000 : 1)
    }
    var rows: [TuneReport.Sensitivity] = []
    var whats: [String] = []
    for neighbour in neighbours where !whats.contains(neighbour.what) {
      whats.append(neighbour.what)
    }
    for what in whats {
      rows.append(
        TuneReport.Sensitivity(
          what: what, label: center.label, setting: try setting(what, center), value: values[0],
          isBest: true))
      for (index, neighbour) in neighbours.enumerated() where neighbour.what == what {
        rows.append(
          TuneReport.Sensitivity(
            what: what, label: neighbour.1.label, setting: try setting(what, neighbour.1),
            value: values[index + 1], isBest: false))
      }
    }
    return rows
  }

  private var input: TuneReport.Input {
    var input = TuneReport.Input()
    input.content = ground.source.content
    input.objective = question.objective
    input.seed = question.seed
    switch ground.source {
    case .trace(let source):
      let footprint = source.trace.footprint()
      input.name = source.trace.name
      input.kind = "trace"
      input.capacity = question.capacity
      input.unit = question.isSized ? "bytes" : "objects"
      input.requests = source.trace.count
      input.objects = footprint.objects
      input.footprint = question.isSized ? footprint.bytes : footprint.objects
      input.prefixes = question.usesPrefixes
      input.train = Double(ground.split) / Double(source.trace.count)
    case .fleet(let fleet):
      input.name = fleet.scenario.name
      input.kind = "scenario"
      input.nodes = ground.levels.last ?? 0
    }
    return input
  }
}
