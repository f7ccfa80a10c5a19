import TarnCore

/// How many real operations one simulated operation stands for.
public struct SamplingScale: Sendable, BitwiseCopyable, Equatable {
  /// 1 / rate: 1 where every key is simulated.
  public let factor: Double

  /// Keys are sampled at `rate`, more than 0 and at most 1.
  public init(rate: Double) {
    precondition(rate > 0 && rate <= 1, "a sampling rate is more than 0 and at most 1")
    factor = 1 / rate
  }

  /// Every key is simulated.
  public static let unsampled = SamplingScale(rate: 1)

  /// What an operation of `span` costs its resource once the real operations are counted.
  @inline(__always)
  func work(_ span: Nanoseconds) -> Nanoseconds {
    // Not rounded(): that is a call, and this runs for every link of every transfer.
    factor == 1 ? span : UInt64(Double(span) * factor + 0.5)
  }
}

/// A resource that does one thing at a time, first come first served: 8 bytes.
///
/// Unsampled it is a plain reservation: work starts when the resource is free, and occupies it.
///
/// With keys sampled at rate r one operation stands for 1 / r real ones: it adds 1 / r times its own
/// span to the backlog, so that load and saturation are right, but it waits only for the backlog in
/// excess of (1 / r - 1) spans, because the operations that it stands for would not all have come
/// at one instant. This is an approximation. Measured at r = 1/16, mean waits in spans of one
/// operation, sampled and real: random arrivals at 30 % load 0.6 and 0.2, at 50 % 2.6 and 0.5, at
/// 70 % 10 and 1.2; bursts of 20 operations at one instant 3.5 and 10, of 60 21 and 30, of 300 136
/// and 150. So waits behind random traffic come out too long, those in short bursts too short, and
/// those that hurt (long queues, saturation) right.
struct Backlog: BitwiseCopyable {
  /// When all work that was accepted will have been done, in nanoseconds.
  private var busyUntil: UInt64 = 0

  /// Accepts an operation that takes `span` for itself, and returns when it starts.
  ///
  /// Calls must come in the order of their times: a reservation can't be made ahead.
  @inline(__always)
  mutating func reserve(_ span: Nanoseconds, at now: Instant, scale: SamplingScale) -> Instant {
    let work = scale.work(span)
    let waiting = busyUntil > now.nanoseconds ? busyUntil - now.nanoseconds : 0
    let allowance = work - span
    busyUntil = now.nanoseconds + waiting + work
    return now + (waiting > allowance ? waiting - allowance : 0)
  }

  /// Work that is left at `now`, in nanoseconds.
  func waiting(at now: Instant) -> Nanoseconds {
    busyUntil > now.nanoseconds ? busyUntil - now.nanoseconds : 0
  }
}

/// The time that `bytes` take at `bytesPerSecond`, rounded up: no resource beats its bandwidth.
@inline(__always)
func transferSpan(bytes: UInt64, bytesPerSecond: UInt64) -> Nanoseconds {
  let billion: UInt64 = 1_000_000_000
  if bytes < 1 << 34 { return (bytes * billion + bytesPerSecond - 1) / bytesPerSecond }
  let product = bytes.multipliedFullWidth(by: billion)
  precondition(product.high < bytesPerSecond, "a transfer ends within the clock's range")
  let (quotient, remainder) = bytesPerSecond.dividingFullWidth(product)
  return quotient + (remainder > 0 ? 1 : 0)
}
