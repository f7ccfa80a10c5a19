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

  /// A block was missed and may be inserted: adapt (ghosts are looked up here) before space is made.
  /// False if the policy would rather not have it.
  @discardableResult
  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool

  /// Whether the block prepared last should not be inserted after all, now that room has to be made for
  /// it by an eviction: of policies whose paper lets the newcomer compete. Asked before each eviction
  /// by callers that need not keep what they serve.
  mutating func declines<Table: EntryTable & ~Copyable>(in table: inout Table) -> Bool

  /// Brings what `prepare` of this key will read first closer; worth it some calls ahead.
  func prefetch<Key: CacheKey>(missOf key: Key)

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

  @inline(__always)
  public func prefetch<Key: CacheKey>(missOf key: Key) {}

  public mutating func declines<Table: EntryTable & ~Copyable>(in table: inout Table) -> Bool {
    false
  }
}
