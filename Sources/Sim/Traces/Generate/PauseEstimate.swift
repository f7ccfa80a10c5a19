/// How long until a session's next turn, and whether there is one, from pauses of which some were
/// cut short by the recording's end: the product-limit estimator of Kaplan and Meier.
struct PauseEstimate {
  /// Share of pauses that end with another turn within the longest one seen.
  let eventShare: Double
  /// Their lengths, seconds.
  let table: QuantileTable

  /// From the lengths of pauses that ended with a turn, and of those that the end cut short.
  init(ended: [Double], cut: [Double]) {
    let ended = ended.sorted()
    let cut = cut.sorted()
    var survival = 1.0
    var mass: [Double] = []
    var cutBefore = 0
    for (index, length) in ended.enumerated() {
      while cutBefore < cut.count, cut[cutBefore] < length { cutBefore += 1 }
      let atRisk = ended.count - index + cut.count - cutBefore
      mass.append(survival / Double(atRisk))
      survival -= survival / Double(atRisk)
    }
    // Below 1, or no session would ever end.
    eventShare = min(0.99, 1 - survival)
    table = Self.quantiles(of: ended, mass: mass)
  }

  /// Quantiles of `values`, ascending, which have `mass` each.
  private static func quantiles(of values: [Double], mass: [Double]) -> QuantileTable {
    guard let last = values.last else { return QuantileTable(of: []) }
    let total = mass.reduce(0, +)
    var index = 0
    var reached = mass[0]
    return QuantileTable(
      values: QuantileTable.shares.map { share in
        while index + 1 < values.count, reached < share * total {
          index += 1
          reached += mass[index]
        }
        return share == 1 ? last : values[index]
      })
  }
}
