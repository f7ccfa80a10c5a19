public import TarnCore

/// A distribution of latencies, given by some of its quantiles: log-normal between each two of them,
/// so that the median and the 99th percentile alone give a log-normal distribution.
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
    self.init(LatencyQuantiles(median: median, p99: p99))
  }

  /// The distribution with these quantiles. What lies below the median mirrors what lies right above
  /// it, and beyond the highest quantile the tail goes on as it came there.
  public init(_ quantiles: LatencyQuantiles) {
    precondition(
      quantiles.isPossible, "0 < median <= p90 <= p99 <= p99.9 <= 1,000 medians and an hour")
    let normal = NormalQuantiles()
    let curve = LatencyCurve(quantiles, normal)
    var table: [UInt64] = []
    var tail = 1.0
    for octave in 0..<Self.octaves {
      for step in 0..<Self.steps {
        var above = tail * (1 - 0.5 * Double(step) / Double(Self.steps))
        if octave == 0, step == 0 { above = 1 - 1.0 / 256 }
        table.append(curve.latency(at: normal.deviations(upperTail: above)))
      }
      tail /= 2
    }
    table.append(curve.latency(at: normal.deviations(upperTail: tail)))
    self.table = table
  }

  /// True for what `init` takes.
  public static func isPossible(median: Nanoseconds, p99: Nanoseconds) -> Bool {
    LatencyQuantiles(median: median, p99: p99).isPossible
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

/// What is known of a distribution of latencies, nanoseconds.
public struct LatencyQuantiles: Sendable, Equatable {
  public var median: Nanoseconds
  public var p90: Nanoseconds?
  public var p99: Nanoseconds
  public var p999: Nanoseconds?

  /// Quantiles, of which the median and the 99th percentile must be known.
  public init(
    median: Nanoseconds, p90: Nanoseconds? = nil, p99: Nanoseconds, p999: Nanoseconds? = nil
  ) {
    self.median = median
    self.p90 = p90
    self.p99 = p99
    self.p999 = p999
  }

  /// Whether they rise, and how far.
  public var isPossible: Bool {
    let known = [median, p90, p99, p999].compactMap { $0 }
    guard median > 0, zip(known, known.dropFirst()).allSatisfy({ $0 <= $1 }) else { return false }
    let most = known[known.count - 1]
    return most <= 3_600_000_000_000 && most / median <= 1_000
  }
}

/// Latency over the normal deviation: its logarithm is linear between the quantiles that are known.
private struct LatencyCurve {
  private struct Piece {
    var start: Double
    var latency: Double
    var slope: Double
  }
  private var pieces: [Piece] = []

  init(_ quantiles: LatencyQuantiles, _ normal: NormalQuantiles) {
    var (start, latency) = (0.0, Double(quantiles.median))
    let tails: [(Double, Nanoseconds?)] = [
      (0.1, quantiles.p90), (0.01, quantiles.p99), (0.001, quantiles.p999),
    ]
    for (tail, known) in tails {
      guard let known else { continue }
      let end = normal.deviations(upperTail: tail)
      let slope = DeterministicMath.log(Double(known) / latency) / (end - start)
      pieces.append(Piece(start: start, latency: latency, slope: slope))
      (start, latency) = (end, Double(known))
    }
  }

  /// Nanoseconds, so many deviations above the mean.
  func latency(at deviations: Double) -> Nanoseconds {
    let piece = pieces.last { $0.start <= deviations } ?? pieces[0]
    let exponent = piece.slope * (deviations - piece.start)
    return UInt64((piece.latency * DeterministicMath.exp(exponent)).rounded())
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
