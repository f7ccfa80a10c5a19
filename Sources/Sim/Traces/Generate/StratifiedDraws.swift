/// Uniform draws of which every 64 in a row hit each 64th of 0 ..< 1 once, in random order.
///
/// A trace's hit ratio hangs on a few long sessions with long prompts. Stratified, as many of them
/// come with one seed as with another, and traces of the same model differ in order more than in
/// kind.
struct StratifiedDraws {
  private static let strata = 64
  private var order: [UInt8] = []
  private var random: TraceRandom

  init(seed: UInt64, purpose: UInt64) {
    random = TraceRandom(seed: seed, purpose: purpose)
  }

  /// The next draw.
  mutating func fraction() -> Double {
    if order.isEmpty { shuffle() }
    return (Double(order.removeLast()) + random.fraction()) / Double(Self.strata)
  }

  /// True with `probability`.
  mutating func chance(_ probability: Double) -> Bool { fraction() < probability }

  /// Fisher and Yates.
  private mutating func shuffle() {
    order.append(contentsOf: (0..<Self.strata).map { UInt8($0) })
    for place in stride(from: Self.strata - 1, to: 0, by: -1) {
      let other = random.next().multipliedFullWidth(by: UInt64(place + 1)).high
      order.swapAt(place, Int(other))
    }
  }
}
