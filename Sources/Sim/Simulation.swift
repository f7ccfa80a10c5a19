import Foundation
import TarnCore

/// A simulation of a scenario: `tarn simulate` as a library.
///
/// ```swift
/// let simulation = Simulation(scenario: scenario)
/// let outcome = try simulation.run { progress in true }
/// print(outcome.result.decisionHash)
/// ```
public struct Simulation {
  private let scenario: Scenario
  private let options: SimulationOptions
  private let traits: DesignTraits

  /// A simulation of `scenario`, not started.
  public init(scenario: Scenario, options: SimulationOptions = SimulationOptions()) {
    self.init(scenario: scenario, options: options, traits: DesignTraits())
  }

  /// A simulation of `scenario` in which the caches are of another design.
  init(
    scenario: Scenario, options: SimulationOptions = SimulationOptions(), traits: DesignTraits
  ) {
    self.scenario = scenario
    self.options = options
    self.traits = traits
  }

  /// Runs the scenario to its end, or until `progress` returns false; then the outcome says what was
  /// reached, with `complete` false.
  ///
  /// - Throws: `SimulationError` if a file that the scenario names cannot be read, or, with
  ///   `checkInvariants`, if an invariant was broken.
  public func run(
    progress: (SimulationProgress) -> Bool = { _ in true }
  ) throws(SimulationError) -> SimulationOutcome {
    let meter = ResourceMeter()
    var isWanted = true
    let watch = { (current: SimulationProgress) in
      isWanted = isWanted && progress(current)
      return isWanted
    }
    let sampling = try samplingError(watch, meter)
    var outcome = try Run(scenario, options, traits, meter).outcome(watch)
    if let sampling { outcome.result.sampling = sampling }
    outcome.result.slo =
      scenario.judge(outcome.result) + outcome.result.contract.flatMap(\.objectives)
    outcome.result.complete = isWanted
    outcome.result.wallSeconds = meter.wallSeconds
    outcome.result.cpuSeconds = meter.cpuSeconds
    outcome.result.peakResidentBytes = ResourceMeter.peakResidentBytes
    return outcome
  }

  /// Runs the smaller fleet of the scenario sampled and unsampled; nil if it names none.
  private func samplingError(
    _ watch: (SimulationProgress) -> Bool, _ meter: ResourceMeter
  ) throws(SimulationError) -> SimulationResult.Sampling? {
    guard let reference = scenario.sampling.reference, scenario.sampling.rate < 1 else {
      return nil
    }
    var small = try scaled(to: reference)
    var checks = options
    checks.recordDecisionsOf = nil
    small.sampling.rate = 1
    let exact = try Run(small, checks, traits, meter).outcome(watch).result
    small.sampling.rate = reference.rate
    let sampled = try Run(small, checks, traits, meter).outcome(watch).result
    var sampling = SimulationResult.Sampling()
    sampling.rate = scenario.sampling.rate
    sampling.referenceNodes = small.nodes
    sampling.hitRatioError = exact.hitRatio.largestDifference(from: sampled.hitRatio)
    sampling.referenceStallFraction = exact.gpuStallFraction
    sampling.sampledStallFraction = sampled.gpuStallFraction
    return sampling
  }

  private func scaled(to reference: Scenario.Reference) throws(SimulationError) -> Scenario {
    do {
      var small = try scenario.scaled(toNodes: reference.nodes)
      small.durationNanoseconds = min(
        reference.durationNanoseconds, scenario.durationNanoseconds)
      small.sampling.reference = nil
      return small
    } catch {
      throw SimulationError("sampling.reference: \(error)")
    }
  }
}

extension SimulationResult.HitRatio {
  /// The largest absolute difference of the four shares.
  func largestDifference(from other: Self) -> Double {
    max(
      abs(memory - other.memory), abs(flash - other.flash), abs(peer - other.peer),
      abs(origin - other.origin))
  }
}
