/// The unit in which a chart counts simulated time.
struct TimeUnit: Sendable {
  var seconds: Double
  var name: String

  /// The largest unit of which `span` seconds hold at least ten.
  init(for span: Double) {
    switch span {
    case 864_000...: (seconds, name) = (86_400, "d")
    case 36_000...: (seconds, name) = (3600, "h")
    case 600...: (seconds, name) = (60, "min")
    default: (seconds, name) = (1, "s")
    }
  }
}

/// The budget in a chart of what it limits: a line, where the line doesn't crush the data.
struct BudgetLimit: Sendable {
  var lines: [LineChart.Limit] = []
  /// Values that the vertical axis must cover besides the data.
  var room: [Double] = []
  /// Ends a sentence about the peak.
  var comparison = ""
  /// A sentence where the line is left out.
  var remark = ""

  init(_ budget: Double, against peak: Double, _ quantity: Quantity) {
    guard budget.isFinite, budget > 0 else { return }
    comparison = ", \(Quantity.share.text(peak / budget)) of the budget"
    let label = "budget \(quantity.text(budget))"
    // Below a twentieth of the budget the data would lie flat on the axis.
    guard peak >= budget / 20 || peak <= 0 else {
      remark = " The budget of \(quantity.text(budget)) lies far above this chart."
      return
    }
    lines = [LineChart.Limit(value: budget, label: label)]
    room = [budget * 1.05]
  }
}

extension SimulationSeries.Interval {
  /// Reads with an outcome, failures among them. As a real number: sums can't overflow.
  var answered: Double { cached + Double(originReads) + Double(failures) }
  /// Reads answered by a cache: the node's own or a peer's.
  var cached: Double { Double(memoryHits) + Double(flashHits) + Double(peerHits) }
}

extension [SimulationSeries.Interval] {
  /// Every `size` intervals as one: counts added, rates averaged, the most nodes down.
  func merged(by size: Int) -> [SimulationSeries.Interval] {
    stride(from: 0, to: count, by: size).map { start in
      let part = self[start..<Swift.min(start + size, count)]
      func mean(_ value: (Element) -> Double) -> Double {
        part.reduce(0) { $0 + value($1) / Double(part.count) }
      }
      func sum(_ value: (Element) -> UInt64) -> UInt64 {
        part.reduce(0) {
          let (sum, overflow) = $0.addingReportingOverflow(value($1))
          return overflow ? .max : sum
        }
      }
      var whole = self[start]
      whole.gpuStallFraction = mean(\.gpuStallFraction)
      whole.memoryHits = sum(\.memoryHits)
      whole.flashHits = sum(\.flashHits)
      whole.peerHits = sum(\.peerHits)
      whole.originReads = sum(\.originReads)
      whole.failures = sum(\.failures)
      whole.originRequestsPerSecond = mean(\.originRequestsPerSecond)
      whole.originThrottledPerSecond = mean(\.originThrottledPerSecond)
      whole.originBytesPerSecond = mean(\.originBytesPerSecond)
      whole.nodesDown = part.map(\.nodesDown).max() ?? 0
      return whole
    }
  }
}
