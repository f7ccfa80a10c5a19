/// What leaves when a tier is full: the one protocol behind which every policy stands.
///
/// A policy orders the slots that it was given and names a victim on demand. It never frees
/// anything: the tier does, after it has looked at the victim. Sizes are bytes throughout; a tier
/// of equal blocks gets the textbook's behaviour. A policy may use `previous`, `next` and `policy`
/// of the entries that it holds, and nothing else of them.
///
/// The order of calls for a miss: `prepare`, then `evict` as often as it takes, then `insert`.
public protocol EvictionPolicy: ~Copyable {
  /// Bytes of heap behind the struct: ghosts, sketches, priorities.
  var heapBytes: Int { get }

  /// A policy for a tier of `capacityBytes`.
  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64)

  /// A block was missed and will be inserted: adapt (ghosts are looked up here) before space is made.
  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table)

  /// Takes a block that has just become resident.
  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table)

  /// Takes a block that should leave before every other, for example a KV parent whose last child left.
  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table)

  /// Hears that a block which it holds was read.
  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table)

  /// Names the victim, forgets it (a ghost may stay), and returns it; `Slot.none` if it holds none.
  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot

  /// Forgets a block that leaves for another reason than eviction, leaving no ghost.
  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table)
}

extension EvictionPolicy where Self: ~Copyable {
  public var heapBytes: Int { 0 }
}

/// Which eviction policy, by the names that the field uses.
public enum EvictionKind: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case lru
  case fifo
  case clock
  case sieve
  case s3fifo
  case wtinylfu
  case arc

  /// The name in configuration files and reports.
  public var name: String {
    switch self {
    case .lru: "lru"
    case .fifo: "fifo"
    case .clock: "clock"
    case .sieve: "sieve"
    case .s3fifo: "s3fifo"
    case .wtinylfu: "wtinylfu"
    case .arc: "arc"
    }
  }
}

/// An eviction policy and its parameters, in thousandths where they are shares of the capacity.
public struct EvictionConfiguration: Sendable, BitwiseCopyable, Equatable {
  /// Which policy.
  public var kind: EvictionKind
  /// S3-FIFO: share of the capacity that the small queue gets, in thousandths (paper: 100).
  public var smallPermille: UInt16 = 100
  /// S3-FIFO: share of the capacity that the ghost queue remembers, in thousandths (paper: 900).
  public var ghostPermille: UInt16 = 900
  /// S3-FIFO: hits in the small queue that earn a place in the main queue (paper: 2).
  public var moveToMainThreshold: UInt8 = 2
  /// W-TinyLFU: share of the capacity that the window gets, in thousandths (paper: 10).
  public var windowPermille: UInt16 = 10

  /// The policy with the parameters of its paper.
  public init(_ kind: EvictionKind) { self.kind = kind }
}
