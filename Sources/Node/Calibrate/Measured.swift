internal import NIOCore

/// A figure that was measured several times.
public struct Measured: Sendable, Equatable {
  public var median: Double
  /// The least and the greatest run.
  public var least: Double
  public var greatest: Double

  /// The median of the runs, of which there is one at least.
  init(_ runs: [Double]) {
    precondition(!runs.isEmpty, "something measured was measured once at least")
    let sorted = runs.sorted()
    let middle = sorted.count / 2
    median =
      sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    least = sorted[0]
    greatest = sorted[sorted.count - 1]
  }
}

/// Counts durations in buckets of 1/128 of their size, so that percentiles are right to 1 %.
struct LatencyCounts: Sendable {
  private static let bits = 7
  private static let steps = 1 << bits
  private var counts = [UInt64](repeating: 0, count: (65 - bits) * steps)
  private(set) var count: UInt64 = 0

  mutating func record(_ nanoseconds: UInt64) {
    counts[Self.bucket(nanoseconds)] += 1
    count += 1
  }

  static func += (sum: inout LatencyCounts, other: LatencyCounts) {
    for index in sum.counts.indices { sum.counts[index] += other.counts[index] }
    sum.count += other.count
  }

  /// Nanoseconds that the share `rank` (0 to 1) of all durations does not exceed; 0 if there are none.
  func percentile(_ rank: Double) -> Double {
    let wanted = max(1, UInt64((Double(count) * rank).rounded(.up)))
    var seen: UInt64 = 0
    for (index, bucketCount) in counts.enumerated() where bucketCount > 0 {
      seen += bucketCount
      if seen >= wanted { return Self.middle(index) }
    }
    return 0
  }

  /// Below 128 a bucket a nanosecond; above, 128 buckets a doubling.
  private static func bucket(_ nanoseconds: UInt64) -> Int {
    guard nanoseconds >= steps else { return Int(nanoseconds) }
    let exponent = 63 - nanoseconds.leadingZeroBitCount - bits
    return exponent * steps + Int(nanoseconds >> UInt64(exponent))
  }

  private static func middle(_ bucket: Int) -> Double {
    guard bucket >= 2 * steps else { return Double(bucket) }
    let exponent = bucket / steps - 1
    let lowest = UInt64(bucket - exponent * steps) << UInt64(exponent)
    return Double(lowest) + Double(UInt64(1) << UInt64(exponent)) / 2
  }
}

/// Percentiles of many durations, in nanoseconds.
public struct LatencyFigures: Sendable, Equatable {
  public var samples: UInt64
  public var p50: Double
  public var p90: Double
  public var p99: Double
  public var p999: Double

  init(_ counts: LatencyCounts) {
    samples = counts.count
    p50 = counts.percentile(0.5)
    p90 = counts.percentile(0.9)
    p99 = counts.percentile(0.99)
    p999 = counts.percentile(0.999)
  }
}

/// Nanoseconds of the monotonic clock.
func monotonicNow() -> UInt64 { NIODeadline.now().uptimeNanoseconds }

/// Random numbers that cost nothing beside the operation that they choose (Vigna, splitmix64).
struct CheapRandom {
  private var state: UInt64
  init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9E37_79B9_7F4A_7C15 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// Below `bound`.
  mutating func next(below bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }

  /// Fills memory with bytes that no drive can compress.
  mutating func fill(_ bytes: UnsafeMutableRawBufferPointer) {
    for offset in stride(from: 0, to: bytes.count - 7, by: 8) {
      bytes.storeBytes(of: next(), toByteOffset: offset, as: UInt64.self)
    }
  }
}
