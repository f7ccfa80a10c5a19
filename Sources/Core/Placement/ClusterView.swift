/// The members of a cell at one version: immutable, shared by every core that knows it.
///
/// About 5 bytes for each ordinal up to `capacity`, in one allocation. How a key finds its owners
/// is specified at `ClusterView.Handle`.
public final class ClusterView: Sendable {
  /// Finds owners without counting references; valid while this view lives.
  public let handle: Handle

  /// A view of `members` in a cell whose ordinals are 0 ..< `capacity`.
  ///
  /// `capacity` must be the same in all versions of a cell: changing it moves every key. Look-ups
  /// cost about `capacity` / members probes, so choose what the cell can really grow to.
  public init(version: UInt64, capacity: Int, members: [Member]) {
    precondition(
      capacity > 0 && capacity <= Int(UInt16.max), "a cell has 1 to 65,535 ordinals")
    handle = Handle(Storage.make(version: version, capacity: capacity, members: members))
  }

  deinit { Storage.free(handle) }

  /// The view that follows this one: each node replaced by its member, or removed where it is nil.
  public func changing(_ changes: [(node: NodeID, member: Member?)]) -> ClusterView {
    var slots: [Member?] = Array(repeating: nil, count: capacity)
    for member in members { slots[Int(member.node.ordinal)] = member }
    for (node, member) in changes {
      precondition(Int(node.ordinal) < capacity, "a member's ordinal lies below the capacity")
      precondition(member.map { $0.node == node } ?? true, "a node is replaced by its own member")
      slots[Int(node.ordinal)] = member
    }
    return ClusterView(
      version: version + 1, capacity: capacity, members: slots.compactMap { $0 })
  }

  /// Counts the cell's changes.
  public var version: UInt64 { handle.version }
  /// One more than the largest possible ordinal; the same in all versions of a cell.
  public var capacity: Int { handle.capacity }
  /// Members now.
  public var count: Int { handle.count }
  /// Stands for version, capacity and every member: for decision logs and comparisons.
  public var digest: UInt64 { handle.digest }

  /// The members in order of their ordinals.
  public var members: [Member] {
    (0..<count).map { index in
      let node = handle.member(at: index)
      return Member(
        node: node, weight: handle.weight(of: node), rack: handle.rack(of: node),
        zone: handle.zone(of: node))
    }
  }

  /// See `Handle.owners(of:into:)`.
  public func owners(of key: BlockKey, into owners: inout Owners) {
    handle.owners(of: key, into: &owners)
  }
  /// See `Handle.owner(of:)`.
  public func owner(of key: BlockKey) -> NodeID { handle.owner(of: key) }
  /// True if `node` is a member.
  public func contains(_ node: NodeID) -> Bool { handle.contains(node) }
  /// The member's rack.
  public func rack(of node: NodeID) -> UInt16 { handle.rack(of: node) }
  /// The member's zone.
  public func zone(of node: NodeID) -> UInt8 { handle.zone(of: node) }
  /// True if the two members share a rack.
  public func isSameRack(_ one: NodeID, _ other: NodeID) -> Bool {
    handle.isSameRack(one, other)
  }
}

/// A view inside an `Input`: a plain value that does not count references.
///
/// Whoever makes one keeps the view alive until the step has returned; the core retains it there.
public struct ClusterViewReference: BitwiseCopyable, @unchecked Sendable {
  let view: Unmanaged<ClusterView>
  /// A reference that does not keep `view` alive.
  public init(_ view: ClusterView) { self.view = .passUnretained(view) }
}
