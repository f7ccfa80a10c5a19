/// What was sampled, what that costs in accuracy, and what is approximated.
struct SamplingSection {
  private let sampling: SimulationResult.Sampling

  init(_ result: SimulationResult) { sampling = result.sampling }

  private var isSampled: Bool { !(sampling.rate >= 1) }

  var markup: Markup {
    guard isSampled else {
      return """
        <p>Every key was simulated: nothing was sampled, and no figure is scaled.</p>
        """
    }
    return """
      <p>One key in \(oneIn) was simulated (rate \(Quantity.share.text(sampling.rate))), chosen by \
      its hash, and capacities and demands were scaled with it, as \
      SHARDS (Waldspurger et al., FAST 2015) and miniature simulation (ATC 2017) do.</p>
      \(error)
      <dl class="facts">
      <dt>Scaled to the whole fleet</dt><dd>origin requests, bytes and 503s; bytes over links.</dd>
      <dt>Of the sampled keys alone</dt><dd>requests (the run's and each workload's), events, \
      reads by source, block fan-out.</dd>
      <dt>Approximated</dt><dd>hit ratios, latencies and stall: they come from the sampled keys and \
      stand for all. Rare blocks and the extreme ends of a distribution are the least certain.</dd>
      </dl>
      """
  }

  private var oneIn: String {
    guard sampling.rate > 0, sampling.rate.isFinite else { return "n/a" }
    return Quantity.count.text((1 / sampling.rate).rounded())
  }

  private var error: Markup {
    guard let error = sampling.hitRatioError, error.isFinite else {
      return "<p><b>The error of sampling was not measured in this run.</b></p>"
    }
    let points = Figures.significant(error * 100, digits: 3)
    return """
      <p>Measured on a smaller fleet of \(Figures.grouped(sampling.referenceNodes)) nodes, run \
      once with every key and once sampled at the same rate: no hit ratio differs by more than \
      <b>\(points) percentage points</b>.\(stallComparison)</p>
      """
  }

  private var stallComparison: Markup {
    guard let whole = sampling.referenceStallFraction, let sampled = sampling.sampledStallFraction
    else { return "" }
    return """
       GPU stall there was \(Quantity.share.text(whole)) with every key and \
      \(Quantity.share.text(sampled)) sampled.
      """
  }
}
