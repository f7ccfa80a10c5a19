extension ClusterView.Handle {
  /// The first owner of `key`; `NodeID.none` if the cell is empty.
  @inline(__always)
  public func owner(of key: BlockKey) -> NodeID {
    owner(of: key) { _ in true }
  }

  /// The first owner of `key` among the nodes that `isUsable` admits; `NodeID.none` if there is none.
  @inline(__always)
  public func owner(of key: BlockKey, where isUsable: (NodeID) -> Bool) -> NodeID {
    var probes = ProbeSequence(key: key)
    for _ in 0..<ProbeSequence.limit {
      let node = probes.next(in: self)
      if node != .none, isUsable(node) { return node }
    }
    return rendezvous(for: key, where: isUsable)
  }

  /// The owners of `key` in order, `owners.limit` of them if the cell has as many members.
  @inline(__always)
  public func owners(of key: BlockKey, into owners: inout Owners) {
    self.owners(of: key, into: &owners) { _ in true }
  }

  /// The owners of `key` in order among the nodes that `isUsable` admits: health is the caller's.
  @inline(__always)
  public func owners(
    of key: BlockKey, into owners: inout Owners, where isUsable: (NodeID) -> Bool
  ) {
    var choice = OwnerChoice(limit: owners.limit, in: self)
    var probes = ProbeSequence(key: key)
    for _ in 0..<ProbeSequence.limit {
      if choice.isComplete { break }
      let node = probes.next(in: self)
      if node != .none, isUsable(node) { choice.consider(node, rack: racks[Int(node.ordinal)]) }
    }
    if !choice.isComplete {
      complete(&choice, for: key, where: isUsable)
    }
    owners = choice.owners
  }

  /// Takes from the members in rendezvous order what the probes did not find.
  @inline(never)
  private func complete(
    _ choice: inout OwnerChoice, for key: BlockKey, where isUsable: (NodeID) -> Bool
  ) {
    while !choice.hasAllRacks {
      let node = rendezvous(for: key) { isUsable($0) && !choice.hasRack(rack(of: $0)) }
      guard node != .none else { break }
      choice.consider(node, rack: rack(of: node))
    }
    while !choice.isFull {
      let node = rendezvous(for: key) { isUsable($0) && !choice.hasNode($0) }
      guard node != .none else { break }
      choice.considerAnyway(node)
    }
  }
}

/// Owners in the making: first those in distinct racks, then the rest.
struct OwnerChoice: BitwiseCopyable {
  private var distinct: Owners
  /// Nodes in the racks of others, in order, in case that there are too few racks.
  private var spares: Owners
  /// Racks of `distinct`, 16 bits each.
  private var racks: UInt64 = 0
  private let wanted: Int
  private let wantedRacks: Int

  @inline(__always)
  init(limit: UInt8, in view: ClusterView.Handle) {
    distinct = Owners(limit: Int(limit))
    spares = Owners(limit: Owners.mostNodes)
    wanted = min(Int(limit), view.count)
    wantedRacks = min(wanted, Int(view.header.pointee.rackCount))
  }

  @inline(__always)
  var hasAllRacks: Bool { distinct.count >= wantedRacks }
  @inline(__always)
  var isFull: Bool { distinct.count + spares.count >= wanted }
  @inline(__always)
  var isComplete: Bool { hasAllRacks && isFull }

  /// The choice as a list.
  @inline(__always)
  var owners: Owners {
    var list = distinct
    var index = 0
    while list.count < wanted, index < spares.count {
      list.append(spares[index])
      index += 1
    }
    return list
  }

  @inline(__always)
  func hasRack(_ rack: UInt16) -> Bool {
    for index in 0..<distinct.count
    where UInt16(truncatingIfNeeded: racks &>> UInt64(16 &* index)) == rack {
      return true
    }
    return false
  }

  @inline(__always)
  func hasNode(_ node: NodeID) -> Bool { distinct.contains(node) || spares.contains(node) }

  /// Takes the candidate if its rack is new, and else remembers it while that may be of use.
  @inline(__always)
  mutating func consider(_ node: NodeID, rack: UInt16) {
    if !hasAllRacks, !hasRack(rack) {
      racks |= UInt64(rack) &<< UInt64(16 &* distinct.count)
      distinct.append(node)
    } else if !isFull || wantedRacks < wanted {
      considerAnyway(node)
    }
  }

  @inline(__always)
  mutating func considerAnyway(_ node: NodeID) {
    if spares.count < Int(spares.limit), !hasNode(node) { spares.append(node) }
  }
}
