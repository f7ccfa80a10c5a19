import Foundation

/// A number line of a chart: which values it covers, where its ticks are, how they are labelled.
struct Axis: Sendable {
  enum Kind: Sendable {
    case linear
    case logarithmic
    /// Shares by their number of nines: 90 %, 99 %, 99.9 % are equally far apart.
    case nines
  }
  struct Tick: Sendable {
    var value: Double
    var label: String
  }

  var kind: Kind
  var title: String
  var quantity: Quantity
  var lower: Double
  var upper: Double
  var ticks: [Tick]

  /// Where a value lies between the axis's ends, 0 to 1; values outside are held at the ends.
  func fraction(of value: Double) -> Double {
    guard value.isFinite else { return 0 }
    let fraction =
      switch kind {
      case .linear: (value - lower) / (upper - lower)
      case .logarithmic:
        value <= lower ? 0 : (log10(value) - log10(lower)) / (log10(upper) - log10(lower))
      case .nines: value >= 1 ? 1 : Self.nines(value) / Self.nines(upper)
      }
    return fraction.isFinite ? min(max(fraction, 0), 1) : 0
  }

  private static func nines(_ share: Double) -> Double { -log10(1 - share) }
}

extension Axis {
  /// From zero to a round number at or above every value, with about `count` ticks at multiples of
  /// 1, 2 or 5 times a power of ten.
  static func linear(
    _ title: String, _ quantity: Quantity, covering values: some Sequence<Double>, count: Int = 5
  ) -> Axis {
    let largest = min(values.lazy.filter(\.isFinite).reduce(0, Swift.max), 1e300)
    let step = roundStep(atLeast: largest > 0 ? largest / Double(count) : 0.2)
    let steps = max(1, (largest / step - 1e-9).rounded(.up))
    return linear(title, quantity, upper: steps * step, step: step)
  }

  /// From zero to exactly `upper`: for time, which has an end, and for shares, which end at 1.
  static func linear(_ title: String, _ quantity: Quantity, upTo upper: Double, count: Int = 6)
    -> Axis
  {
    let end = upper.isFinite && upper > 0 ? min(upper, 1e300) : 1
    return linear(title, quantity, upper: end, step: roundStep(atLeast: end / Double(count)))
  }

  private static func linear(_ title: String, _ quantity: Quantity, upper: Double, step: Double)
    -> Axis
  {
    let last = Int((upper / step * (1 + 1e-9)).rounded(.down))
    let ticks = (0...last).map { index in
      Tick(value: Double(index) * step, label: quantity.tick(Double(index) * step))
    }
    return Axis(
      kind: .linear, title: title, quantity: quantity, lower: 0, upper: upper, ticks: ticks)
  }

  /// Whole decades around the positive values; in short ranges ticks at 1, 2 and 5.
  static func logarithmic(
    _ title: String, _ quantity: Quantity, covering values: some Sequence<Double>
  ) -> Axis {
    let usable = values.lazy.filter { $0.isFinite && $0 > 0 }
    let smallest = usable.reduce(Double.infinity, Swift.min)
    let first = smallest.isFinite ? Int(floor(log10(smallest) + 1e-9)) : 0
    let last = max(first + 1, Int(ceil(log10(usable.reduce(1e-300, Swift.max)) - 1e-9)))
    let stride = (last - first + 7) / 8
    var ticks: [Tick] = []
    for decade in Swift.stride(from: first, through: last, by: stride) {
      for digit in last - first <= 2 ? [1.0, 2, 5] : [1.0] {
        let value = digit * pow(10, Double(decade))
        guard decade < last || digit == 1 else { continue }
        ticks.append(Tick(value: value, label: quantity.tick(value)))
      }
    }
    return Axis(
      kind: .logarithmic, title: title, quantity: quantity, lower: pow(10, Double(first)),
      upper: min(pow(10, Double(last)), .greatestFiniteMagnitude), ticks: ticks)
  }

  /// Shares from 0 to 99.99 %, spaced by nines.
  static func nines(_ title: String) -> Axis {
    let ticks = [0, 0.5, 0.9, 0.99, 0.999, 0.9999].map {
      Tick(value: $0, label: Quantity.share.tick($0))
    }
    return Axis(
      kind: .nines, title: title, quantity: .share, lower: 0, upper: 0.9999, ticks: ticks)
  }

  private static func roundStep(atLeast raw: Double) -> Double {
    let magnitude = pow(10, floor(log10(max(raw, 1e-300))))
    let digit = [1.0, 2, 5].first { $0 * magnitude >= raw * (1 - 1e-9) } ?? 10
    return digit * magnitude
  }
}
