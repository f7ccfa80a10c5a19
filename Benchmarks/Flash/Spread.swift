import Foundation

/// Median, least and greatest of some values.
struct Spread: CustomStringConvertible {
  let median: Double
  let least: Double
  let most: Double

  init(_ values: [Double]) {
    let sorted = values.sorted()
    median = sorted[sorted.count / 2]
    least = sorted[0]
    most = sorted[sorted.count - 1]
  }

  var description: String { String(format: "%.2f (%.2f to %.2f)", median, least, most) }
}
