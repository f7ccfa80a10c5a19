public import TarnCore

extension Scenario {
  /// How the regions' caches know of each other.
  public struct Federation: Sendable, Equatable {
    /// A region that misses a block of another region's data may read it from that region's cache,
    /// and not only from its storage accounts.
    public var joins = false
    /// A read of another region's cache that has not ended by then is tried elsewhere.
    public var poolTimeoutNanoseconds: Nanoseconds = 2_000_000_000
    public init() {}
  }

  /// A time in which no message crosses the border of a region; within it all goes on.
  public struct Cut: Sendable, Equatable {
    public var region: String
    public var atNanoseconds: Nanoseconds
    public var durationNanoseconds: Nanoseconds
    public init(region: String, atNanoseconds: Nanoseconds, durationNanoseconds: Nanoseconds) {
      self.region = region
      self.atNanoseconds = atNanoseconds
      self.durationNanoseconds = durationNanoseconds
    }
  }
}
