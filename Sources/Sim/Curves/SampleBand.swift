/// Mean of a few samples and the half width of a band that holds the truth with a probability of 95 %.
///
/// Two things part a sample's mean from the truth. Chance: the repeats differ, and Student's t says how
/// far their mean may be off. Scale: a policy in a cache of a hundred objects is not quite the policy in
/// one of a hundred thousand, however often it is sampled. So the same point is sampled at half the
/// scale too; what halving changed, beyond chance, is what the rest of the way may change again.
struct SampleBand: Equatable {
  let mean: Double
  let halfWidth: Double

  /// Two or more values each, or none at half the scale.
  init(_ values: [Double], halfScale: [Double]) {
    let own = Self.meanAndError(values)
    mean = own.mean
    let chance = StudentT.factor95(degreesOfFreedom: values.count - 1) * own.error
    guard !halfScale.isEmpty else {
      halfWidth = chance
      return
    }
    let half = Self.meanAndError(halfScale)
    let change = own.mean - half.mean
    let beyondChance = max(
      0, change * change - own.error * own.error - half.error * half.error)
    halfWidth = (chance * chance + Self.scaleFactor * Self.scaleFactor * beyondChance).squareRoot()
  }

  /// What is left to change, in units of what halving changed: 1 for errors that fall as 1 / objects,
  /// 2.4 for those that fall as its square root, which ARC's nearly do; and some for chance.
  private static let scaleFactor = 3.0

  private static func meanAndError(_ values: [Double]) -> (mean: Double, error: Double) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / (count - 1) / count).squareRoot())
  }
}
