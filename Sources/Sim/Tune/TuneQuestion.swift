import TarnCore
import TarnSettings

/// What a tuning is asked.
public struct TuneQuestion: Sendable {
  public var objective = TuneObjective.miss
  /// Policies to try; one with parameters stands for itself alone.
  public var policies = EvictionKind.allCases.map { ReplayPolicy(EvictionConfiguration($0)) }
  /// A trace's cache: bytes, or objects where sizes are ignored.
  public var capacity: UInt64 = 0
  public var isSized = false
  /// Score KV prompts by their cached prefixes.
  public var usesPrefixes = false
  /// Share of a trace that is tuned on; the rest judges.
  public var train = 0.5
  /// Candidates of the first round.
  public var configurations = 1_000
  /// Seed of the draws and of the samples; a scenario's runs add to the scenario's own seed.
  public var seed: UInt64 = 1
  /// The first round's sample, one of so many keys; nil to let the trace decide.
  public var firstDenominator: Int?
  /// Scenarios: nodes of the last rounds.
  public var nodes = 256
  /// Scenarios: seeds of the final judgement.
  public var seeds = 5

  /// The defaults.
  public init() {}

  /// Reads the names of policies; bounds are refused, because no cache can run them.
  public static func policies(parsing text: String) throws(ReplayError) -> [ReplayPolicy] {
    if text == "all" { return TuneQuestion().policies }
    let list = try ReplayPolicy.list(parsing: text)
    if let offline = list.first(where: \.isOffline) {
      throw ReplayError(
        "--policies \(offline.name) knows the future, so no cache can run it; it is shown as a bound "
          + "anyway: leave it out")
    }
    return list
  }

  /// Refuses what no tuning can answer.
  func check(_ source: TuneSource) throws(ReplayError) {
    switch source {
    case .trace(let source):
      try objective.check(traceHasSizes: isSized, name: source.trace.name)
      guard capacity > 0 else { throw ReplayError("capacity 0: nothing fits in it") }
      guard source.trace.count >= 100 else {
        throw ReplayError(
          "\(source.path): \(source.trace.count) requests are too few to tune on; use 100 or more")
      }
      if usesPrefixes, source.trace.promptStarts.count < 9 {
        throw ReplayError("\(source.path): has too few KV prompts to tune on; use 8 or more")
      }
    case .fleet(let fleet): try objective.check(fleet.scenario)
    }
    guard train > 0.05, train < 0.95 else {
      throw ReplayError("--train \(train): use more than 0.05 and less than 0.95")
    }
    guard (1...1_000_000).contains(configurations) else {
      throw ReplayError("--configurations \(configurations): use 1 to 1000000")
    }
    if let firstDenominator, !(1...1_000_000).contains(firstDenominator) {
      throw ReplayError("--rate: use a share from 0.000001 to 1, for example 0.01")
    }
    guard (2...100).contains(seeds) else { throw ReplayError("--seeds \(seeds): use 2 to 100") }
  }
}

extension TuneQuestion {
  /// Seconds of a time budget such as `5m`.
  public static func budget(parsing text: String) throws(ReplayError) -> Double {
    let nanoseconds: UInt64
    do throws(ValueProblem) { nanoseconds = try UnitTable.duration.read(text) } catch {
      throw ReplayError("--budget \(quoted(text)): \(error.message)")
    }
    guard nanoseconds > 0 else { throw ReplayError("--budget \(text): give more than nothing") }
    return Double(nanoseconds) / 1e9
  }

  /// The sampling denominator of a rate such as `0.01` or `1%`.
  public static func denominator(parsing text: String) throws(ReplayError) -> Int {
    let isPercent = text.hasSuffix("%")
    guard let number = Double(isPercent ? String(text.dropLast()) : text), number.isFinite,
      (0.000_001...1).contains(isPercent ? number / 100 : number)
    else {
      throw ReplayError(
        "--rate \(quoted(text)): use a share from 0.000001 to 1, for example 0.01 or 1%")
    }
    return Int((1 / (isPercent ? number / 100 : number)).rounded())
  }
}
