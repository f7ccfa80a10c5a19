extension ClusterView {
  /// A view's look-ups as a plain value: no reference is counted, and copying it is free.
  ///
  /// Valid while its view lives: keep a strong reference beside it.
  ///
  /// Who owns a key is decided by `key.high` alone. DxHash (Dong and Wang, "DxHash: a scalable
  /// consistent hash based on the pseudo-random sequence", arXiv 2107.07930), here with a
  /// rejection step for weights: probe i = 1 ... 128 takes h = mix64(mix64(high ^ A) + i * G); the
  /// ordinal is the top 32 bits of h times the capacity, over 2^32; it is accepted if the low 8 bits
  /// of h are less than its weight (0 for no member). The accepted nodes, in order, are the
  /// candidates; after 128 probes the remaining members follow in the order of exact weighted
  /// rendezvous hashing. The owners are the candidates with a rack that no earlier owner has; if
  /// there are fewer such racks than owners wanted, then the skipped candidates in order.
  ///
  /// A node's probes do not depend on other nodes, so a node that leaves gives away just its own
  /// keys, to all others by weight, and a node that comes takes just its share.
  ///
  /// Cost: capacity / members probes an owner in the mean, about 2 ns each. Below 5 members for 100
  /// ordinals rendezvous hashing takes part in most look-ups and adds 3 ns a member.
  public struct Handle: BitwiseCopyable, @unchecked Sendable {
    let base: UnsafeRawPointer

    init(_ base: UnsafeRawPointer) { self.base = base }
  }
}

extension ClusterView.Handle {
  @inline(__always)
  var header: UnsafePointer<ClusterView.Header> {
    base.assumingMemoryBound(to: ClusterView.Header.self)
  }
  /// Weight by ordinal; 0 where there is no member.
  @inline(__always)
  var weights: UnsafePointer<UInt8> {
    (base + ClusterView.Storage.weightsOffset).assumingMemoryBound(to: UInt8.self)
  }
  @inline(__always)
  var racks: UnsafePointer<UInt16> {
    (base + ClusterView.Storage.racksOffset(capacity)).assumingMemoryBound(to: UInt16.self)
  }

  /// Counts the cell's changes.
  public var version: UInt64 { header.pointee.version }
  /// Stands for version, capacity and every member.
  public var digest: UInt64 { header.pointee.digest }
  /// One more than the largest possible ordinal.
  @inline(__always)
  public var capacity: Int { Int(header.pointee.capacity) }
  /// Members.
  @inline(__always)
  public var count: Int { Int(header.pointee.memberCount) }

  /// The member at `index` in 0 ..< `count`, by ordinal.
  @inline(__always)
  public func member(at index: Int) -> NodeID {
    precondition(index >= 0 && index < count, "the cell has fewer members")
    let members = base + ClusterView.Storage.membersOffset(capacity)
    return NodeID(members.load(fromByteOffset: 2 * index, as: UInt16.self))
  }

  /// True if `node` is a member; false for `NodeID.none`.
  @inline(__always)
  public func contains(_ node: NodeID) -> Bool { weight(of: node) > 0 }

  /// The member's weight; 0 for who is no member.
  @inline(__always)
  public func weight(of node: NodeID) -> UInt8 {
    Int(node.ordinal) < capacity ? weights[Int(node.ordinal)] : 0
  }

  /// The member's rack; 0 for who is no member.
  @inline(__always)
  public func rack(of node: NodeID) -> UInt16 {
    Int(node.ordinal) < capacity ? racks[Int(node.ordinal)] : 0
  }

  /// The member's zone; 0 for who is no member.
  @inline(__always)
  public func zone(of node: NodeID) -> UInt8 {
    guard Int(node.ordinal) < capacity else { return 0 }
    let zones = base + ClusterView.Storage.zonesOffset(capacity)
    return zones.load(fromByteOffset: Int(node.ordinal), as: UInt8.self)
  }

  /// True if both are members and share a rack.
  @inline(__always)
  public func isSameRack(_ one: NodeID, _ other: NodeID) -> Bool {
    contains(one) && contains(other) && rack(of: one) == rack(of: other)
  }
}
