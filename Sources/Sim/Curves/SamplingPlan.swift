/// At which rate each capacity is sampled.
///
/// A miniature of a few dozen objects has no room for the queues that policies keep: a tenth of it, or a
/// hundredth. So a small capacity is sampled at twice, four times ... the rate that was asked for, until
/// its miniature holds `fewestObjects`; and where the repeats would then cost as much as one replay of
/// the whole trace, the whole is replayed and the point is exact.
struct SamplingPlan: Sendable {
  /// How one capacity is answered.
  enum Choice: Sendable, Equatable {
    case whole
    /// By samples of rate x 2^level.
    case level(Int)
  }

  let rate: Double
  let repeats: Int
  let fewestObjects: Double

  /// `objects` is how many fit into the capacity, on average.
  func choice(objects: Double) -> Choice {
    var level = 0
    while true {
      let rate = rate(level: level)
      if rate * Double(repeats) >= 1 { return .whole }
      if objects * rate >= fewestObjects { return .level(level) }
      level += 1
    }
  }

  /// Share of the keys in a sample of `level`, which may be below 0.
  func rate(level: Int) -> Double {
    level < 0
      ? rate / Double(UInt64(1) << UInt64(-level)) : rate * Double(UInt64(1) << UInt64(level))
  }
}
