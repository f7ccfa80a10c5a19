/// A span of time in nanoseconds. The suffix `Nanoseconds` or this type marks every one.
public typealias Nanoseconds = UInt64

/// A point on the driver's monotonic clock, in nanoseconds since an epoch of the driver's choosing.
///
/// The core has no clock: every step is told the time.
public struct Instant: Comparable, Hashable, Sendable, BitwiseCopyable {
  /// Nanoseconds since the driver's epoch.
  public var nanoseconds: UInt64

  /// The instant `nanoseconds` after the driver's epoch.
  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// The driver's epoch.
  public static let zero = Instant(nanoseconds: 0)
  /// Later than everything: "no deadline".
  public static let never = Instant(nanoseconds: .max)

  public static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The instant `span` later; saturates at `never`.
  public static func + (start: Instant, span: Nanoseconds) -> Instant {
    let (sum, overflow) = start.nanoseconds.addingReportingOverflow(span)
    return Instant(nanoseconds: overflow ? .max : sum)
  }

  /// Nanoseconds from `earlier` to `later`; 0 if `earlier` is in fact later.
  public static func - (later: Instant, earlier: Instant) -> Nanoseconds {
    later.nanoseconds > earlier.nanoseconds ? later.nanoseconds - earlier.nanoseconds : 0
  }
}
