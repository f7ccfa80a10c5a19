/// What a block is: 128 bits that stand for tenant, container, object, version, block size and
/// block index, or for a tenant's KV block and everything before it.
///
/// `high` alone decides placement, so blocks that share `high` live on the same owners: all blocks
/// of a KV chain behind its anchor do. `low` alone is what the indexes hash. How both are made is
/// specified beside `ObjectIdentity` and `KVChain`, with golden vectors in the tests.
public struct BlockKey: Hashable, Sendable, BitwiseCopyable {
  /// Decides placement.
  public var high: UInt64
  /// Tells blocks of one placement group apart.
  public var low: UInt64

  /// The key with these two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// A tenant by number; its secret salt is in every key, so tenants cannot name each other's blocks.
public struct TenantID: Hashable, Sendable, BitwiseCopyable {
  /// The tenant's number in this cell's configuration.
  public var rawValue: UInt16
  /// The tenant with this number.
  public init(_ rawValue: UInt16) { self.rawValue = rawValue }
}

/// A member of a cell by its ordinal, a stable number in `0 ..< ClusterView.capacity`.
public struct NodeID: Hashable, Sendable, BitwiseCopyable {
  /// The member's ordinal in its cell.
  public var ordinal: UInt16
  /// The member with this ordinal.
  public init(_ ordinal: UInt16) { self.ordinal = ordinal }
  /// Stands for "no node".
  public static let none = NodeID(.max)
}
