extension ClusterView {
  /// What stands at the start of a view's memory. The arrays follow, the most used first:
  /// weights (1 byte an ordinal, 0 = not a member), racks (2), zones (1), member ordinals (2 each).
  struct Header: BitwiseCopyable {
    let version: UInt64
    let digest: UInt64
    let capacity: UInt32
    let memberCount: UInt32
    let rackCount: UInt32
  }

  /// Lays a view out in one piece of raw memory, and frees it.
  enum Storage {
    /// Where the weights start: the header's cache line is their only neighbour.
    static let weightsOffset = 64
    static func racksOffset(_ capacity: Int) -> Int { weightsOffset + roundUp(capacity) }
    static func zonesOffset(_ capacity: Int) -> Int {
      racksOffset(capacity) + roundUp(2 * capacity)
    }
    static func membersOffset(_ capacity: Int) -> Int { zonesOffset(capacity) + roundUp(capacity) }
    private static func roundUp(_ bytes: Int) -> Int { (bytes + 63) & ~63 }

    static func make(version: UInt64, capacity: Int, members: [Member]) -> UnsafeRawPointer {
      let bytes = membersOffset(capacity) + 2 * members.count
      let base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      let weights = base + weightsOffset
      for member in members {
        let ordinal = Int(member.node.ordinal)
        precondition(ordinal < capacity, "a member's ordinal lies below the capacity")
        precondition(
          weights.load(fromByteOffset: ordinal, as: UInt8.self) == 0, "a node is a member once")
        weights.storeBytes(of: member.weight, toByteOffset: ordinal, as: UInt8.self)
        base.storeBytes(
          of: member.rack, toByteOffset: racksOffset(capacity) + 2 * ordinal, as: UInt16.self)
        base.storeBytes(
          of: member.zone, toByteOffset: zonesOffset(capacity) + ordinal, as: UInt8.self)
      }
      let sorted = members.sorted { $0.node.ordinal < $1.node.ordinal }
      for (index, member) in sorted.enumerated() {
        base.storeBytes(
          of: member.node.ordinal, toByteOffset: membersOffset(capacity) + 2 * index,
          as: UInt16.self)
      }
      let header = Header(
        version: version, digest: digest(version, capacity, sorted), capacity: UInt32(capacity),
        memberCount: UInt32(members.count), rackCount: rackCount(members))
      base.storeBytes(of: header, as: Header.self)
      return UnsafeRawPointer(base)
    }

    static func free(_ handle: Handle) {
      UnsafeMutableRawPointer(mutating: handle.base).deallocate()
    }

    private static func rackCount(_ members: [Member]) -> UInt32 {
      let racks = members.map(\.rack).sorted()
      var distinct: UInt32 = 0
      for index in racks.indices where index == 0 || racks[index] != racks[index - 1] {
        distinct += 1
      }
      return distinct
    }

    /// SipHash-2-4's rounds under the key 0, over one word each for version and capacity and for
    /// every member in order: ordinal in bits 0 to 15, rack 16 to 31, weight 32 to 39, zone 40 to 47.
    /// No padding word: the digest tells views apart, it is no secret and no wire format.
    private static func digest(_ version: UInt64, _ capacity: Int, _ sorted: [Member]) -> UInt64 {
      var state = SipState(key0: 0, key1: 0)
      state.absorb(version, rounds: 2)
      state.absorb(UInt64(capacity), rounds: 2)
      for member in sorted {
        let word =
          UInt64(member.node.ordinal) | UInt64(member.rack) << 16 | UInt64(member.weight) << 32
          | UInt64(member.zone) << 40
        state.absorb(word, rounds: 2)
      }
      return state.squeeze64(rounds: 4)
    }
  }
}
