/// What a synthetic trace of requests is made of: all that `tarn trace generate` can be told.
///
/// Objects have the ids `0 ..< objects`; objects that are asked for once, by scans or alone, get
/// fresh ids from `objects` on. The same recipe gives the same trace on every machine.
public struct RequestRecipe: Sendable, Equatable {
  /// Which of the `objects` is asked for next.
  public enum Pattern: Sendable, Equatable {
    /// Independent draws; the object of rank r, from 1, with probability proportional to r^-exponent
    /// (the independent reference model; Breslau et al., "Web Caching and Zipf-like Distributions",
    /// INFOCOM 1999). Exponents from 0 to 3.
    case zipf(exponent: Double)
    /// Independent draws, each object equally likely.
    case uniform
    /// Ids 0, 1, 2, ... to the last and again from 0.
    case loop
    /// Each object once an epoch, in an order of the epoch's own, as training reads its samples.
    case epochs(UInt64)
    /// The object at a drawn place of the list of all objects, most recently asked for first
    /// (Mattson et al., "Evaluation techniques for storage hierarchies", IBM Systems Journal 1970).
    case lruStack(DistanceModel)
  }

  public var pattern: Pattern
  /// Number of objects.
  public var objects: UInt64
  /// Number of requests.
  public var requests: UInt64
  /// Which of the many traces that fit.
  public var seed: UInt64
  /// The share of requests that belong to scans: runs of `scanLength` requests for fresh,
  /// consecutive ids that are never asked for again.
  public var scanShare = 0.0
  public var scanLength: UInt64 = 1000
  /// The share of requests for objects that are asked for this once, one at a time.
  public var oneHitShare = 0.0
  /// After so many draws every object falls a rank and the last becomes the first; nil for never.
  public var drift: UInt64?
  /// Whether an object's id is its rank, from 0, instead of a scrambled one.
  public var keepsRanks = false
  /// The objects' sizes; nil for a trace without sizes.
  public var sizes: SizeModel?
  /// Requests a second, in exponentially distributed gaps; nil for a trace without times.
  public var rate: Double?

  /// A recipe without scans, drift, sizes or times.
  public init(pattern: Pattern, objects: UInt64, requests: UInt64, seed: UInt64 = 1) {
    self.pattern = pattern
    self.objects = objects
    self.requests = requests
    self.seed = seed
  }

  /// The most objects of any pattern, and of those that keep them in memory or in an epoch order.
  public static let mostObjects: UInt64 = 1 << 40
  public static let mostEpochObjects = UInt64(UInt32.max)
  public static let mostStackObjects: UInt64 = 1 << 27
  /// The most requests.
  public static let mostRequests: UInt64 = 1 << 40
}
