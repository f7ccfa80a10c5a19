public import TarnCore

/// Counts of latencies in log-linear buckets: at most 0.8 % relative error, 58 KiB, no allocation
/// after the first.
///
/// Values below 128 have a bucket each; every doubling above is cut into 128 equal buckets, as in
/// HdrHistogram (Tene, hdrhistogram.org) with two significant digits.
public struct LatencyHistogram: Sendable, Equatable {
  private static let linearBits = 7
  private static let linear = 1 << linearBits
  private var counts: [UInt64]
  /// Values recorded.
  public private(set) var count: UInt64 = 0
  /// The largest value recorded, exact; 0 if none was.
  public private(set) var maximum: UInt64 = 0

  /// An empty histogram.
  public init() { counts = Array(repeating: 0, count: (64 - Self.linearBits + 1) * Self.linear) }

  /// Counts `value`, in any unit; callers use nanoseconds.
  public mutating func record(_ value: UInt64) {
    counts[Self.bucket(of: value)] += 1
    count += 1
    maximum = Swift.max(maximum, value)
  }

  /// Adds everything that `other` counted.
  public mutating func add(_ other: LatencyHistogram) {
    for bucket in counts.indices { counts[bucket] += other.counts[bucket] }
    count += other.count
    maximum = Swift.max(maximum, other.maximum)
  }

  /// The smallest recorded bucket's upper end that at least `share` of the values do not exceed.
  ///
  /// `share` is 0 to 1; an empty histogram answers 0.
  public func quantile(_ share: Double) -> UInt64 {
    precondition(share >= 0 && share <= 1, "a share lies between 0 and 1")
    let target = Swift.max(1, UInt64((share * Double(count)).rounded(.up)))
    var seen: UInt64 = 0
    for bucket in counts.indices {
      seen += counts[bucket]
      if seen >= target { return Swift.min(Self.upperEnd(of: bucket), maximum) }
    }
    return maximum
  }

  /// Percentiles in microseconds, for values that were recorded in nanoseconds.
  public var microseconds: SimulationResult.Latency {
    var latency = SimulationResult.Latency()
    latency.p50 = Double(quantile(0.5)) / 1000
    latency.p99 = Double(quantile(0.99)) / 1000
    latency.p999 = Double(quantile(0.999)) / 1000
    return latency
  }

  /// The distribution in at most one point a non-empty bucket, values divided by `unit`.
  public func quantiles(unit: Double = 1000) -> [SimulationSeries.Quantile] {
    var points: [SimulationSeries.Quantile] = []
    var seen: UInt64 = 0
    for bucket in counts.indices where counts[bucket] > 0 {
      seen += counts[bucket]
      let value = Double(Swift.min(Self.upperEnd(of: bucket), maximum)) / unit
      points.append(.init(share: Double(seen) / Double(count), value: value))
    }
    return points
  }

  private static func bucket(of value: UInt64) -> Int {
    let shift = Swift.max(0, 64 - linearBits - 1 - value.leadingZeroBitCount)
    return shift << linearBits + Int(value >> UInt64(shift))
  }

  private static func upperEnd(of bucket: Int) -> UInt64 {
    let shift = Swift.max(0, bucket >> linearBits - 1)
    let mantissa = UInt64(bucket - shift << linearBits)
    return (mantissa << UInt64(shift)) | (1 << UInt64(shift) - 1)
  }
}

/// Latencies of answered reads, one histogram a source.
public struct LatencyBySource: Sendable, Equatable {
  public private(set) var memory = LatencyHistogram()
  public private(set) var flash = LatencyHistogram()
  public private(set) var peer = LatencyHistogram()
  public private(set) var origin = LatencyHistogram()

  /// Nothing yet.
  public init() {}

  /// Counts a read that `source` answered after `nanoseconds`.
  public mutating func record(_ nanoseconds: Nanoseconds, from source: Source) {
    switch source {
    case .memory: memory.record(nanoseconds)
    case .flash: flash.record(nanoseconds)
    case .peer: peer.record(nanoseconds)
    case .origin: origin.record(nanoseconds)
    case .none: preconditionFailure("an answered read has a source")
    }
  }

  /// Adds everything that `other` counted.
  public mutating func add(_ other: LatencyBySource) {
    memory.add(other.memory)
    flash.add(other.flash)
    peer.add(other.peer)
    origin.add(other.origin)
  }

  /// All sources together.
  public var all: LatencyHistogram {
    var sum = memory
    sum.add(flash)
    sum.add(peer)
    sum.add(origin)
    return sum
  }
}
