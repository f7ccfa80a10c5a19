/// What a core has counted since it started. Monotone; blocks unless the name says bytes.
public struct CacheCounters: BitwiseCopyable, Sendable, Equatable {
  /// Client reads answered from memory, flash, a peer and the origin.
  public var memoryHits: UInt64 = 0
  public var flashHits: UInt64 = 0
  public var peerHits: UInt64 = 0
  public var originReads: UInt64 = 0
  /// Client reads that got no bytes, for whatever reason.
  public var failures: UInt64 = 0
  /// Client reads and peers' asks that joined a fetch under way.
  public var coalesced: UInt64 = 0
  /// Copies given to peers, and asks sent on to another holder.
  public var given: UInt64 = 0
  public var redirected: UInt64 = 0
  /// Blocks that left memory and flash to make room.
  public var memoryEvictions: UInt64 = 0
  public var flashEvictions: UInt64 = 0
  /// Blocks that entered flash, and those that found no room there.
  public var flashWrites: UInt64 = 0
  public var flashWritesSkipped: UInt64 = 0
  /// Blocks on flash that failed their checksum or could not be read.
  public var flashLosses: UInt64 = 0
  /// Peers that were asked a second time elsewhere, and peers that became suspects.
  public var hedges: UInt64 = 0
  public var suspicions: UInt64 = 0
  /// Reads of the origin that were started, and those that it throttled.
  public var originFetches: UInt64 = 0
  public var originThrottles: UInt64 = 0
  /// Reads of the origin that went on by another path, and paths that were suspended.
  public var originShifts: UInt64 = 0
  public var originSuspensions: UInt64 = 0
  /// Reads past the cache, or refused because recomputation is faster.
  public var bypasses: UInt64 = 0
  /// Blocks fetched ahead of a reader, and those that a reader then asked for.
  public var prefetches: UInt64 = 0
  public var prefetchHits: UInt64 = 0

  /// All zero.
  public init() {}
}

extension CacheCounters {
  /// Adds another core's counts.
  public static func += (sum: inout CacheCounters, other: CacheCounters) {
    sum.memoryHits += other.memoryHits
    sum.flashHits += other.flashHits
    sum.peerHits += other.peerHits
    sum.originReads += other.originReads
    sum.failures += other.failures
    sum.coalesced += other.coalesced
    sum.given += other.given
    sum.redirected += other.redirected
    sum.memoryEvictions += other.memoryEvictions
    sum.flashEvictions += other.flashEvictions
    sum.flashWrites += other.flashWrites
    sum.flashWritesSkipped += other.flashWritesSkipped
    sum.flashLosses += other.flashLosses
    sum.hedges += other.hedges
    sum.suspicions += other.suspicions
    sum.originFetches += other.originFetches
    sum.originThrottles += other.originThrottles
    sum.originShifts += other.originShifts
    sum.originSuspensions += other.originSuspensions
    sum.bypasses += other.bypasses
    sum.prefetches += other.prefetches
    sum.prefetchHits += other.prefetchHits
  }
}
