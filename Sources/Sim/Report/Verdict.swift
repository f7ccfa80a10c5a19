/// What a simulation comes to, in sentences made of its figures.
struct Verdict: Sendable {
  enum Standing: String, Sendable {
    case pass, fail
    /// No objective was set, or the run ended early with none broken.
    case open
  }

  let standing: Standing
  let headline: String
  let sentences: [String]

  init(on outcome: SimulationOutcome) {
    let result = outcome.result
    let broken = result.slo.filter { !$0.pass }
    if !broken.isEmpty {
      standing = .fail
      headline =
        broken.count == result.slo.count && broken.count > 1
        ? "All \(broken.count) objectives are broken"
        : "\(broken.count) of \(result.slo.count) objectives \(broken.count == 1 ? "is" : "are") "
          + "broken"
    } else if result.slo.isEmpty {
      standing = .open
      headline = "No objective was set"
    } else {
      standing = result.complete ? .pass : .open
      headline =
        result.slo.count == 1 ? "The objective holds" : "All \(result.slo.count) objectives hold"
    }
    var sentences: [String] = []
    if !result.complete {
      sentences.append(
        "The run was interrupted after \(Quantity.seconds.text(result.simulatedSeconds)) of "
          + "simulated time: every figure covers that part only.")
    }
    sentences += broken.map {
      "\($0.name) came to \($0.quantity.text($0.value)), where \($0.limitText) was asked."
    }
    if result.gpus > 0 { sentences.append(Self.stall(result)) }
    sentences.append(Self.reads(result))
    if let origin = Self.origin(outcome) { sentences.append(origin) }
    self.sentences = sentences
  }

  private static func stall(_ result: SimulationResult) -> String {
    let share = Quantity.share.text(result.gpuStallFraction)
    let idle = result.gpuStallFraction * Double(result.gpus)
    return "GPUs waited for data \(share) of their time, as if "
      + "\(Quantity.count.text(idle.rounded())) of \(Figures.grouped(result.gpus)) stood idle."
  }

  private static func reads(_ result: SimulationResult) -> String {
    guard result.requests > 0 else { return "No read was simulated." }
    let cached = result.hitRatio.memory + result.hitRatio.flash + result.hitRatio.peer
    return "Caches answered \(Quantity.share.text(cached)) of reads; half took "
      + "\(Quantity.microseconds.text(result.latencyMicroseconds.p50)) or less, 99 % took "
      + "\(Quantity.microseconds.text(result.latencyMicroseconds.p99)) or less."
  }

  private static func origin(_ outcome: SimulationOutcome) -> String? {
    let origin = outcome.result.origin
    guard origin.requests > 0 else { return "The origin was not asked at all." }
    let peak = outcome.series.intervals.map(\.originRequestsPerSecond).filter(\.isFinite).max()
    let budget = outcome.series.originBudgetRequestsPerSecond
    var sentence = "The origin saw \(Quantity.count.text(Double(origin.requests))) requests"
    if let peak, budget > 0, budget.isFinite {
      sentence += ", at its busiest \(Quantity.share.text(peak / budget)) of the budget,"
    }
    let throttled =
      origin.throttled == 0
      ? "none" : "\(Quantity.share.text(Double(origin.throttled) / Double(origin.requests)))"
    return sentence + " and answered \(throttled) of them with 503."
  }
}
