import Synchronization
import TarnSettings

/// Finds the smallest cache and the fewest accounts with which a scenario meets its objectives: the
/// reverse of a simulation.
public struct Plan: Sendable {
  /// Thrown when `isWanted` said no.
  public struct Interrupted: Error {
    /// Sizes that were simulated until then.
    public let probes: Int
  }

  private let question: PlanQuestion

  /// A plan that answers a question.
  public init(_ question: PlanQuestion) { self.question = question }

  /// Searches.
  ///
  /// - Parameters:
  ///   - threads: Simulations at a time.
  ///   - progress: Hears of each size as it is judged.
  ///   - isWanted: Is asked now and then; no ends it with `Interrupted`.
  /// - Throws: `SimulationError` as a simulation does.
  public func run(
    threads: Int = 1, progress: @escaping (PlanReport.Probe) -> Void = { _ in },
    isWanted: @escaping @Sendable () -> Bool = { true }
  ) throws -> PlanReport {
    let dimensions = question.dimensions
    var probes = 0
    var search = PlanSearch(sizes: dimensions.map(\.values.count)) { point in
      let sizes = zip(dimensions, point).map { ($0.kind, $0.values[$1]) }
      guard let verdict = try judge(sizes, threads: threads, isWanted) else {
        throw Interrupted(probes: probes)
      }
      probes += 1
      progress(PlanReport.Probe(number: probes, sizes, verdict))
      return verdict
    }
    let present = dimensions.map { dimension in
      dimension.values.lastIndex { $0 <= dimension.present } ?? 0
    }
    return PlanReport(question, try search.run(present: present))
  }

  /// Runs the seeds, a few at a time, until an objective is broken; nil if it was interrupted.
  private func judge(
    _ sizes: [(kind: PlanDimension.Kind, value: UInt64)], threads: Int,
    _ isWanted: @escaping @Sendable () -> Bool
  ) throws -> PlanVerdict? {
    var verdict = PlanVerdict(met: true, figures: [], seeds: 0, refusal: nil)
    let sized = question.scenario.sized(sizes)
    let scaled: Scenario
    do {
      scaled = try sized.scaled(toNodes: question.nodes)
      let diagnostics = Diagnostics(file: "")
      scaled.check(diagnostics)
      try diagnostics.throwIfAny()
    } catch {
      verdict.met = false
      verdict.refusal = error.issues[0].message
      return verdict
    }
    while verdict.met, verdict.seeds < question.seeds {
      let first = verdict.seeds
      let count = min(max(1, threads), question.seeds - first)
      let results = Mutex<[Int: SimulationResult]>([:])
      try concurrently(count, threads: threads) { index in
        var run = scaled
        run.seed = scaled.seed &+ UInt64(first + index)
        let result = try Simulation(scenario: run).run { _ in isWanted() }.result
        results.withLock { $0[index] = result }
      }
      let found = results.withLock { $0 }
      guard isWanted(), found.values.allSatisfy(\.complete) else { return nil }
      for index in 0..<count {
        guard let result = found[index] else { continue }
        verdict.add(scaled.judge(result), bounds: scaled.objectives.map(\.bound))
      }
    }
    return verdict
  }
}

extension PlanVerdict {
  /// Takes in what became of the objectives under one more seed.
  fileprivate mutating func add(
    _ objectives: [SimulationResult.Objective], bounds: [Scenario.Objective.Bound]
  ) {
    seeds += 1
    met = met && objectives.allSatisfy(\.pass)
    let new = objectives.map { objective in
      let isReached = objective.pass || objective.value != .greatestFiniteMagnitude
      return Figure(
        name: objective.name, limit: objective.limit, value: isReached ? objective.value : nil,
        met: objective.pass)
    }
    guard !figures.isEmpty else {
      figures = new
      return
    }
    for (index, figure) in new.enumerated() {
      figures[index].met = figures[index].met && figure.met
      guard let old = figures[index].value, let value = figure.value else {
        figures[index].value = nil
        continue
      }
      figures[index].value = bounds[index] == .max ? max(old, value) : min(old, value)
    }
  }
}
