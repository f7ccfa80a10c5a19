internal import Histogram
public import TarnCore

/// Latencies in log-linear buckets with two significant digits: at most 1 % relative error.
///
/// Unit of the values is the caller's; workloads use nanoseconds. Recording costs a few
/// nanoseconds and allocates only when a value is larger than a minute and than all before.
public struct LatencyHistogram: Sendable, Equatable {
  private var histogram: Histogram<UInt64>

  /// An empty histogram.
  public init() {
    histogram = Histogram(
      lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000_000,
      numberOfSignificantValueDigits: .two)
    histogram.autoResize = true
  }

  /// Values recorded.
  public var count: UInt64 { histogram.totalCount }

  /// Counts `value`; values beyond 2^62 count as 2^62.
  public mutating func record(_ value: UInt64) { histogram.record(min(value, 1 << 62)) }

  /// Adds everything that `other` counted.
  public mutating func add(_ other: LatencyHistogram) { histogram.add(other.histogram) }

  /// The value that at least `share` of all values do not exceed; 0 if nothing was recorded.
  ///
  /// `share` is 0 to 1. 1 gives the maximum.
  public func quantile(_ share: Double) -> UInt64 {
    precondition(share >= 0 && share <= 1, "a share lies between 0 and 1")
    return count == 0 ? 0 : histogram.valueAtPercentile(share * 100)
  }

  /// Percentiles in microseconds, of values in nanoseconds.
  public var microseconds: SimulationResult.Latency {
    var latency = SimulationResult.Latency()
    latency.p50 = Double(quantile(0.5)) / 1000
    latency.p99 = Double(quantile(0.99)) / 1000
    latency.p999 = Double(quantile(0.999)) / 1000
    return latency
  }

  /// The cumulative distribution, a point for each bucket that holds a value, values over `unit`.
  ///
  /// The default unit turns nanoseconds into microseconds.
  public func quantiles(unit: Double = 1000) -> [SimulationSeries.Quantile] {
    var points: [SimulationSeries.Quantile] = []
    var seen: UInt64 = 0
    for value in histogram.recordedValues() {
      seen += value.count
      let share = Double(seen) / Double(count)
      points.append(.init(share: share, value: Double(value.value) / unit))
    }
    return points
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
