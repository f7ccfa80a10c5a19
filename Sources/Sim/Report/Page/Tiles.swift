/// The headline figures, one a tile.
struct Tiles {
  private let result: SimulationResult
  private let series: SimulationSeries

  init(_ outcome: SimulationOutcome) {
    result = outcome.result
    series = outcome.series
  }

  var markup: Markup {
    """
    <section class="tiles" aria-label="Headline figures">
    \(goodput)\(stall)\(latency)\(hits)\(originRequests)\(throttled)\(originBytes)\(fleet)\(hash)
    </section>
    """
  }

  private func tile(_ name: Markup, _ value: String, _ note: Markup, style: String = "") -> Markup {
    """
    <div class="tile \(style)"><h3>\(name)</h3><p class="figure">\(value)</p>\
    <p class="note">\(note)</p></div>

    """
  }

  private var goodput: Markup {
    tile("Goodput", Quantity.share.text(result.goodputFraction), "of GPU time did work")
  }

  private var stall: Markup {
    let peak = series.intervals.map(\.gpuStallFraction).filter(\.isFinite).max()
    return tile(
      "GPU stall", Quantity.share.text(result.gpuStallFraction),
      peak.map { "of GPU time; worst interval \(Quantity.share.text($0))" } ?? "of GPU time")
  }

  private var latency: Markup {
    let latency = result.latencyMicroseconds
    return tile(
      "Read latency, p99", Quantity.microseconds.text(latency.p99),
      """
      p50 \(Quantity.microseconds.text(latency.p50)), p99.9 \
      \(Quantity.microseconds.text(latency.p999))
      """)
  }

  private var hits: Markup {
    let ratio = result.hitRatio
    let parts: [(String, Hue, Double)] = [
      ("memory", .memory, ratio.memory), ("flash", .flash, ratio.flash),
      ("peers", .peer, ratio.peer), ("origin", .origin, ratio.origin),
    ]
    var bar: Markup = ""
    var start = 0.0
    for (name, hue, share) in parts where share.isFinite && share > 0 {
      bar += """
        <rect class="fill \(hue.rawValue)" x="\(start * 400)" y="0" width="\(share * 400)" \
        height="10"><title>\(name): \(Quantity.share.text(share))</title></rect>
        """
      start += share
    }
    let key = parts.map { name, hue, share -> Markup in
      """
      <span><i class="dot \(hue.rawValue)"></i>\(name) <b>\(Quantity.share.text(share))</b></span>
      """
    }
    return """
      <div class="tile wide"><h3>Reads answered by</h3>\
      <svg class="split" viewBox="0 0 400 10" preserveAspectRatio="none" role="img" \
      aria-label="Shares of reads by source">\(bar)</svg><p class="key">\(key.joined())</p></div>

      """
  }

  private func ofBudget(_ rate: Double, _ budget: Double) -> Markup {
    guard budget > 0, budget.isFinite, rate.isFinite else { return "" }
    return ", \(Quantity.share.text(rate / budget)) of budget"
  }

  private func meanRate(_ total: UInt64) -> Double {
    result.countedSeconds > 0 ? Double(total) / result.countedSeconds : 0
  }

  private var originRequests: Markup {
    let rate = meanRate(result.origin.requests)
    return tile(
      "Origin requests", Quantity.count.text(Double(result.origin.requests)),
      """
      mean \(Quantity.perSecond.text(rate))\
      \(ofBudget(rate, series.originBudgetRequestsPerSecond))
      """)
  }

  private var throttled: Markup {
    let (throttled, requests) = (result.origin.throttled, result.origin.requests)
    let share = requests > 0 ? Double(throttled) / Double(requests) : 0
    return tile(
      "Origin 503s", Quantity.count.text(Double(throttled)),
      "\(Quantity.share.text(share)) of origin requests", style: throttled > 0 ? "warn" : "")
  }

  private var originBytes: Markup {
    let rate = meanRate(result.origin.bytes)
    return tile(
      "Origin bytes", Quantity.bytes.text(Double(result.origin.bytes)),
      """
      mean \(Quantity.bytesPerSecond.text(rate))\(ofBudget(rate, series.originBudgetBytesPerSecond))
      """)
  }

  private var fleet: Markup {
    tile("Fleet", Figures.grouped(result.nodes), "nodes, \(Figures.grouped(result.gpus)) GPUs")
  }

  private var hash: Markup {
    tile(
      "Decision hash", result.decisionHash.isEmpty ? "none" : result.decisionHash,
      "seed \(String(result.seed)); the same on every machine", style: "hash")
  }
}
