public import TarnCore

/// A log-normal distribution of latencies, given by its median and its 99th percentile.
///
/// Sampled through a table of quantiles with integer interpolation: 32 steps in each of 20 octaves
/// of the upper tail (0 to 1/2, 1/2 to 3/4, 3/4 to 7/8 ...). What lies below the 0.4th percentile
/// or above 1 - 2^-20 is cut off there. The table is computed with + - * / alone, so that every
/// machine draws the same latencies.
public struct LatencyDistribution: Sendable {
  private static let octaves = 20
  private static let stepBits: UInt64 = 5
  private static let steps = 1 << Int(stepBits)
  /// Quantiles, nanoseconds.
  private let table: [UInt64]

  /// The distribution with this median and 99th percentile, `p99` at least `median`.
  public init(median: Nanoseconds, p99: Nanoseconds) {
    precondition(
      Self.isPossible(median: median, p99: p99), "0 < median <= p99 <= 1,000 medians and an hour")
    let normal = NormalQuantiles()
    let sigma =
      DeterministicMath.log(Double(p99) / Double(median)) / normal.deviations(upperTail: 0.01)
    var table: [UInt64] = []
    var tail = 1.0
    for octave in 0..<Self.octaves {
      for step in 0..<Self.steps {
        var above = tail * (1 - 0.5 * Double(step) / Double(Self.steps))
        if octave == 0, step == 0 { above = 1 - 1.0 / 256 }
        let deviations = normal.deviations(upperTail: above)
        table.append(UInt64((Double(median) * DeterministicMath.exp(sigma * deviations)).rounded()))
      }
      tail /= 2
    }
    let last = normal.deviations(upperTail: tail)
    table.append(UInt64((Double(median) * DeterministicMath.exp(sigma * last)).rounded()))
    self.table = table
  }

  /// True for what `init` takes.
  public static func isPossible(median: Nanoseconds, p99: Nanoseconds) -> Bool {
    median > 0 && p99 >= median && p99 <= 3_600_000_000_000 && p99 / median <= 1_000
  }

  /// The latency that 64 random bits choose.
  public func sample(_ random: UInt64) -> Nanoseconds {
    let octave = (~random).leadingZeroBitCount
    guard octave < Self.octaves else { return table[table.count - 1] }
    let rest = random << UInt64(octave + 1)
    let index = octave * Self.steps + Int(rest >> (64 - Self.stepBits))
    let fraction = (rest << Self.stepBits) >> 52
    return table[index] + ((table[index + 1] - table[index]) * fraction) >> 12
  }
}

/// The normal distribution's upper tail, tabulated by Simpson's rule over 0 to 6 deviations.
struct NormalQuantiles {
  private static let step = 1.0 / 256
  /// Probability of more than index * `step` deviations.
  private let tails: [Double]

  init() {
    var tails = [0.5]
    let squareRootOfTwoPi = 2.506628274631000502415765284811
    for index in 0..<(6 * 256) {
      let left = Double(index) * Self.step
      let sum =
        DeterministicMath.exp(-left * left / 2)
        + 4 * DeterministicMath.exp(-(left + Self.step / 2) * (left + Self.step / 2) / 2)
        + DeterministicMath.exp(-(left + Self.step) * (left + Self.step) / 2)
      tails.append(tails[index] - sum * Self.step / 6 / squareRootOfTwoPi)
    }
    self.tails = tails
  }

  /// How many deviations above the mean have the probability `upperTail` beyond them.
  func deviations(upperTail: Double) -> Double {
    if upperTail > 0.5 { return -deviations(upperTail: 1 - upperTail) }
    var low = 0
    var high = tails.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if tails[middle] >= upperTail { low = middle } else { high = middle }
    }
    let share = (tails[low] - upperTail) / (tails[low] - tails[high])
    return (Double(low) + min(share, 1)) * Self.step
  }
}
