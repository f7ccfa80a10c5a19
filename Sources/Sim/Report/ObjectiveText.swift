extension SimulationResult.Objective {
  /// What the objective measures, told from the ending of its name, as all our names end in their
  /// unit: `gpu_stall_fraction`, `latency_p99_us`.
  var quantity: Quantity {
    let endings: [(String, Quantity)] = [
      ("bytes_per_s", .bytesPerSecond), ("bytes_per_second", .bytesPerSecond),
      ("per_s", .perSecond), ("per_second", .perSecond),
      ("fraction", .share), ("ratio", .share), ("share", .share), ("stall", .share),
      ("goodput", .share), ("_us", .microseconds), ("microseconds", .microseconds),
      ("_s", .seconds), ("seconds", .seconds), ("bytes", .bytes),
    ]
    return endings.first { name.lowercased().hasSuffix($0.0) }?.1 ?? .count
  }

  /// Whether the limit is the least that will do (a hit ratio) rather than the most (a latency).
  /// The outcome itself tells, save where value and limit are equal; there the name decides.
  var isFloor: Bool {
    if value < limit { return !pass }
    if value > limit { return pass }
    return ["hit", "goodput"].contains { name.lowercased().contains($0) }
  }

  /// "at most 2 %".
  var limitText: String { (isFloor ? "at least " : "at most ") + quantity.text(limit) }

  /// How far the value is on the right or wrong side of the limit.
  var marginText: String {
    guard limit.isFinite, value.isFinite, limit != 0 else { return "n/a" }
    if value == limit { return "exactly at the limit" }
    let distance = abs(value - limit) / abs(limit)
    let side = value < limit ? "below" : "above"
    if distance >= 10 { return Quantity.multiple.text(value / limit) + " the limit" }
    return "\(Figures.percent(distance)) \(side) the limit"
  }
}
