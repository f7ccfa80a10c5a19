import TarnCore

/// The parameters of `RingCache`, with the values of BlobFuse2's distributed cache.
struct RingSettings: Sendable, Equatable {
  /// Places of each server on the ring.
  var virtualNodes = 750
  /// How often a client learns who is a server.
  var discoveryNanoseconds: Nanoseconds = 60_000_000_000
  /// The first pause before asking again for a chunk that someone else is fetching; it doubles.
  var firstPollNanoseconds: Nanoseconds = 200_000_000
  /// The longest pause.
  var longestPollNanoseconds: Nanoseconds = 2_000_000_000
  /// After so long a wait the client reads the origin itself.
  var lockDeadlineNanoseconds: Nanoseconds = 10_000_000_000
  /// How long a client tries to reach a server that is gone.
  var dialNanoseconds: Nanoseconds = 1_000_000_000
  /// Buffers for uploads that a node has whatever its memory.
  static let leastBuffers: UInt64 = 4
  /// Share of a node's memory cache that uploads to servers may hold; more are dropped.
  var populateShare = 0.1
  /// Attempts of one origin read, and the first pause between two, doubling.
  var originAttempts: UInt8 = 5
  var originPauseNanoseconds: Nanoseconds = 4_000_000_000
}
