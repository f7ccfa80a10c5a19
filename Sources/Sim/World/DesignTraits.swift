import TarnCore

/// What a design changes of a world besides its scenario. The defaults are Tarn itself.
struct DesignTraits: Sendable, Equatable {
  /// Whether the nodes of a cell know each other; else each is a cache of its own.
  var poolsCells = true
  /// Whether KV blocks can be put and found again; else every prompt is computed anew.
  var holdsKV = true
  /// From a reader's call to its node's cache.
  var clientOverhead = Models.clientOverhead
  /// The same where the node owns the block and the reader maps the cache's file; nil if none does.
  var directOverhead: Nanoseconds?
  /// A block that was not read for this long is dropped; nil for never.
  var idleTimeout: Nanoseconds?
  /// The model that takes the cores' place; nil for none.
  var standIn: StandInKind?
}

/// The models that can take the cores' place.
enum StandInKind: Sendable, Equatable {
  /// Each node copies what it will read to its own flash before it reads.
  case staging(depth: Int)
  /// A memory cache on each node before chunks on a hash ring of servers.
  case ring(RingSettings)
  /// Figures of a cache whose code one cannot have.
  case figures(ExternalFigures)
}
