import TarnCore
import Testing

/// Literal owners come from an independent implementation of the specification in Python.
struct PlacementTests {
  @Test func `owners are as specified`() {
    let weights: [UInt8] = [255, 255, 255, 128, 255, 255, 255, 10, 255, 255]
    let view = cell(10, capacity: 10) {
      Member(node: $0, weight: weights[Int($0.ordinal)], rack: $0.ordinal)
    }
    let expected: [(UInt64, [UInt16])] = [
      (0, [5, 1, 4, 8]), (1, [5, 8, 4, 0]), (0xdead_beef, [4, 5, 9, 1]), (.max, [0, 1, 2, 6]),
    ]
    for (high, ordinals) in expected {
      #expect(list(view, BlockKey(high: high, low: 77), limit: 4) == ordinals)
      #expect(view.owner(of: BlockKey(high: high, low: 5)) == NodeID(ordinals[0]))
    }
  }

  @Test func `a few members of a large cell are found by rendezvous, as specified`() {
    let weights: [(UInt16, UInt8)] = [(7, 255), (20_000, 100), (65_000, 50), (30_000, 255)]
    let members = weights.map { Member(node: NodeID($0.0), weight: $0.1, rack: $0.0) }
    let view = ClusterView(version: 1, capacity: 65_535, members: members)
    let expected: [(UInt64, [UInt16])] = [
      (0, [30_000, 7, 20_000]), (1, [30_000, 7, 20_000]),
      (0xdead_beef, [20_000, 7, 65_000]), (.max, [7, 30_000, 65_000]),
    ]
    for (high, ordinals) in expected {
      #expect(list(view, BlockKey(high: high, low: 0), limit: 3) == ordinals)
    }
  }

  @Test func `an empty cell has no owners and a cell of one has one`() {
    let empty = ClusterView(version: 1, capacity: 8, members: [])
    #expect(empty.owner(of: BlockKey(high: 3, low: 3)) == .none)
    #expect(list(empty, BlockKey(high: 3, low: 3), limit: 3) == [])
    let one = ClusterView(version: 1, capacity: 8, members: [Member(node: NodeID(5))])
    #expect(list(one, BlockKey(high: 3, low: 3), limit: 3) == [5])
  }

  @Test func `owners are distinct, and in distinct racks while there are racks`() {
    for racks in [1, 2, 3, 10] {
      let view = cell(30, capacity: 40) { Member(node: $0, rack: $0.ordinal % UInt16(racks)) }
      for key in keys(500, seed: 7) {
        let owners = list(view, key, limit: 4)
        #expect(owners.count == 4)
        #expect(distinct(owners) == 4)
        #expect(distinct(owners.map { view.rack(of: NodeID($0)) }) == min(4, racks))
      }
    }
  }

  @Test func `a rack of one node among large racks is used by every key that needs it`() {
    let view = cell(64, capacity: 64) { Member(node: $0, rack: $0.ordinal == 9 ? 1 : 0) }
    for key in keys(200, seed: 8) {
      #expect(list(view, key, limit: 2).contains(9))
    }
  }

  @Test func `the caller's suspects are passed over and nothing else changes`() {
    let view = cell(50, capacity: 64) { Member(node: $0, rack: $0.ordinal / 5) }
    let suspects: [UInt16] = [3, 17, 40]
    for key in keys(1_000, seed: 9) {
      var healthy = Owners(limit: 3)
      view.handle.owners(of: key, into: &healthy) { !suspects.contains($0.ordinal) }
      let without = view.changing(suspects.map { (NodeID($0), nil) })
      var expected = Owners(limit: 3)
      without.owners(of: key, into: &expected)
      #expect(healthy == expected)
      #expect(
        view.handle.owner(of: key) { !suspects.contains($0.ordinal) } == without.owner(of: key))
    }
  }

  @Test func `all suspects: nobody owns`() {
    let view = cell(6, capacity: 6) { Member(node: $0) }
    var owners = Owners(limit: 3)
    view.handle.owners(of: BlockKey(high: 1, low: 1), into: &owners) { _ in false }
    #expect(owners.isEmpty)
    #expect(view.handle.owner(of: BlockKey(high: 1, low: 1)) { _ in false } == .none)
  }

  @Test func `blocks that share the high half share their owners`() {
    let view = cell(100, capacity: 128) { Member(node: $0, rack: $0.ordinal / 18) }
    for low in 0..<100 as Range<UInt64> {
      #expect(
        list(view, BlockKey(high: 42, low: low), limit: 3)
          == list(view, BlockKey(high: 42, low: 0), limit: 3))
    }
  }

  private func distinct(_ values: [UInt16]) -> Int {
    values.sorted().reduce(into: [UInt16]()) { if $0.last != $1 { $0.append($1) } }.count
  }
}

/// The owners' ordinals in order.
func list(_ view: ClusterView, _ key: BlockKey, limit: Int) -> [UInt16] {
  var owners = Owners(limit: limit)
  view.owners(of: key, into: &owners)
  return (0..<owners.count).map { owners[$0].ordinal }
}

/// A cell of the ordinals 0 ..< `count`.
func cell(_ count: Int, capacity: Int, member: (NodeID) -> Member) -> ClusterView {
  ClusterView(
    version: 1, capacity: capacity, members: (0..<count).map { member(NodeID(UInt16($0))) })
}

/// Pseudo-random keys.
func keys(_ count: Int, seed: UInt64) -> [BlockKey] {
  (0..<count).map {
    BlockKey(high: mix64(seed &* 0x1_0001 &+ UInt64($0)), low: mix64(~UInt64($0)))
  }
}
