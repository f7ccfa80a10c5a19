/// An ordered list of at most four nodes, inline: 16 bytes, no allocation.
public struct Owners: BitwiseCopyable, Sendable, Equatable {
  /// The most nodes that any list holds.
  public static let mostNodes = 4

  /// Ordinals from the least significant 16 bits up.
  private var packed: UInt64 = 0
  /// How many nodes a look-up looks for.
  public let limit: UInt8
  private var used: UInt8 = 0

  /// An empty list for `limit` nodes, 1 to 4.
  public init(limit: Int) {
    precondition((1...Owners.mostNodes).contains(limit), "a block has 1 to 4 owners")
    self.limit = UInt8(limit)
  }

  /// Nodes in the list.
  @inline(__always)
  public var count: Int { Int(used) }
  /// True if there is no node.
  @inline(__always)
  public var isEmpty: Bool { used == 0 }
  /// The first node, or `NodeID.none`.
  @inline(__always)
  public var first: NodeID { used == 0 ? .none : NodeID(UInt16(truncatingIfNeeded: packed)) }

  /// The node at `index`, in order of preference.
  @inline(__always)
  public subscript(index: Int) -> NodeID {
    precondition(index >= 0 && index < count, "the list has fewer owners")
    return NodeID(UInt16(truncatingIfNeeded: packed &>> UInt64(16 &* index)))
  }

  /// True if `node` is in the list.
  @inline(__always)
  public func contains(_ node: NodeID) -> Bool {
    for index in 0..<count where self[index] == node { return true }
    return false
  }

  /// Forgets the nodes; the limit stays.
  @inline(__always)
  public mutating func removeAll() {
    packed = 0
    used = 0
  }

  @inline(__always)
  mutating func append(_ node: NodeID) {
    precondition(used < limit, "the list of owners is full")
    packed |= UInt64(node.ordinal) &<< (16 &* UInt64(used))
    used &+= 1
  }
}
