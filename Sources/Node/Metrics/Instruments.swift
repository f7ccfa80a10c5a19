internal import Metrics
internal import Synchronization

/// Something of swift-metrics that counts, read at every scrape.
protocol Instrument: AnyObject, Sendable {
  static var kind: MetricFamily.Kind { get }
  var value: MetricFamily.Value { get }
}

/// A counter of whole numbers: one atomic addition a call. What would make it fall is ignored.
final class CounterInstrument: Instrument, CounterHandler {
  static let kind = MetricFamily.Kind.counter
  private let count = Atomic<UInt64>(0)

  func increment(by amount: Int64) {
    if amount > 0 { count.wrappingAdd(UInt64(amount), ordering: .relaxed) }
  }
  func reset() { count.store(0, ordering: .relaxed) }
  var value: MetricFamily.Value { .count(count.load(ordering: .relaxed)) }
}

/// A counter of fractions. What would make it fall is ignored.
final class FractionCounterInstrument: Instrument, FloatingPointCounterHandler {
  static let kind = MetricFamily.Kind.counter
  private let sum = AtomicNumber()

  func increment(by amount: Double) { if amount > 0, amount.isFinite { sum.add(amount) } }
  func reset() { sum.set(0) }
  var value: MetricFamily.Value { .number(sum.value) }
}

/// The last value: swift-metrics's meters, and recorders that do not aggregate.
final class GaugeInstrument: Instrument, MeterHandler, RecorderHandler {
  static let kind = MetricFamily.Kind.gauge
  private let number = AtomicNumber()

  func set(_ value: Int64) { number.set(Double(value)) }
  func set(_ value: Double) { number.set(value) }
  func increment(by amount: Double) { number.add(amount) }
  func decrement(by amount: Double) { number.add(-amount) }
  func record(_ value: Int64) { number.set(Double(value)) }
  func record(_ value: Double) { number.set(value) }
  var value: MetricFamily.Value { .number(number.value) }
}

/// How long something took: the buckets of `ShardFigures`, in seconds.
final class TimerInstrument: Instrument, TimerHandler {
  static let kind = MetricFamily.Kind.histogram
  static let bounds = ShardFigures.bounds.map { Double($0) / 1e9 }
  private let buckets = AtomicBuckets(TimerInstrument.bounds)

  func recordNanoseconds(_ duration: Int64) { buckets.record(Double(duration) / 1e9) }
  var value: MetricFamily.Value { .histogram(buckets.histogram) }
}

/// Values of no known unit, in buckets of powers of four up to 2^40: recorders that aggregate.
final class DistributionInstrument: Instrument, RecorderHandler {
  static let kind = MetricFamily.Kind.histogram
  static let bounds = (0...20).map { Double(UInt64(1) << (2 * $0)) }
  private let buckets = AtomicBuckets(DistributionInstrument.bounds)

  func record(_ value: Int64) { buckets.record(Double(value)) }
  func record(_ value: Double) { buckets.record(value) }
  var value: MetricFamily.Value { .histogram(buckets.histogram) }
}

/// A floating-point number that several threads change.
private final class AtomicNumber: Sendable {
  private let bits = Atomic<UInt64>(0)

  var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
  func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
  func add(_ amount: Double) {
    var old = bits.load(ordering: .relaxed)
    while true {
      let new = (Double(bitPattern: old) + amount).bitPattern
      let (exchanged, original) = bits.weakCompareExchange(
        expected: old, desired: new, ordering: .relaxed)
      if exchanged { return }
      old = original
    }
  }
}

/// A histogram that several threads fill: an atomic counter a bucket.
private final class AtomicBuckets: Sendable {
  private final class Bucket: Sendable { let count = Atomic<UInt64>(0) }
  private let bounds: [Double]
  private let buckets: [Bucket]
  private let sum = AtomicNumber()

  init(_ bounds: [Double]) {
    self.bounds = bounds
    buckets = (0...bounds.count).map { _ in Bucket() }
  }

  func record(_ value: Double) {
    guard value.isFinite else { return }
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    buckets[bucket].count.wrappingAdd(1, ordering: .relaxed)
    sum.add(value)
  }

  var histogram: MetricHistogram {
    MetricHistogram(
      bounds: bounds, counts: buckets.map { $0.count.load(ordering: .relaxed) }, sum: sum.value)
  }
}
