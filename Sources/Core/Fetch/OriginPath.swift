/// One of the ways to read the origin, by its place in `CacheConfiguration.originPaths`.
///
/// What a path is (the front end of an object store, its direct read path, a sibling region's pool)
/// only the driver knows; the core knows what it costs.
public struct OriginPath: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// Paths that a configuration may name.
  public static let limit: UInt8 = 4
  /// The only path of a configuration that names no other.
  public static let first = OriginPath(index: 0)

  /// The path's place, below `limit`.
  public let rawValue: UInt8

  /// The path at `rawValue`; nil beyond the last that there can be.
  public init?(rawValue: UInt8) {
    guard rawValue < OriginPath.limit else { return nil }
    self.rawValue = rawValue
  }

  /// The path at `index`, below `limit`.
  public init(index: Int) {
    precondition((0..<Int(OriginPath.limit)).contains(index), "an origin path is 0 to 3")
    rawValue = UInt8(index)
  }

  /// The path's bit in a mask.
  var bit: UInt8 { 1 << rawValue }
}

/// What an operator says about one way to read the origin.
public struct OriginPathConfiguration: Sendable, Equatable, BitwiseCopyable {
  /// Whether its reads need leave of the cell's keeper of requests and bytes a second, and whether a
  /// 503 of it slows the cell down: yes for a rationed front end, no for a path past it.
  public var isBudgeted = true
  /// Whether "not found" is the last word. A path to a place that holds some objects only (another
  /// region's pool) says no: the read goes on elsewhere.
  public var isAuthoritative = true
  /// A read that has not ended by then is cancelled and tried again; nil: as `FetchConfiguration`
  /// says.
  public var timeoutNanoseconds: Nanoseconds?
  /// What a read costs besides its time, as time, in microseconds: keeps a dear path for when the
  /// cheap ones are that much slower.
  public var penaltyMicroseconds: UInt32 = 0

  /// A rationed path that has the last word.
  public init() {}

  /// A path of this kind.
  public init(
    isBudgeted: Bool, isAuthoritative: Bool = true, timeoutNanoseconds: Nanoseconds? = nil,
    penaltyMicroseconds: UInt32 = 0
  ) {
    self.isBudgeted = isBudgeted
    self.isAuthoritative = isAuthoritative
    self.timeoutNanoseconds = timeoutNanoseconds
    self.penaltyMicroseconds = penaltyMicroseconds
  }
}
