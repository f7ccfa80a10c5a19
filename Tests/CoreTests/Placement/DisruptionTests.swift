import TarnCore
import Testing

/// A change of membership moves what it must and nothing else; shares follow weights.
struct DisruptionTests {
  /// Dense cells live by probes, sparse ones (3 and 40 of 20,000 ordinals) by rendezvous as well.
  private static let cells: [(count: Int, capacity: Int)] = [(60, 64), (3, 20_000), (40, 20_000)]

  private func uneven(_ node: NodeID) -> Member {
    Member(
      node: node, weight: [255, 128, 200, 60][Int(node.ordinal % 4)], rack: node.ordinal / 4)
  }

  @Test(arguments: cells)
  func `a node that leaves moves its own keys only`(_ size: (count: Int, capacity: Int)) {
    let before = cell(size.count, capacity: size.capacity, member: uneven)
    let gone = NodeID(2)
    let after = before.changing([(gone, nil)])
    #expect(after.version == 2)
    var moved = 0
    for key in keys(3_000, seed: 1) {
      if before.owner(of: key) == gone {
        moved += 1
        #expect(after.owner(of: key) != gone)
        if size.count > 3 {
          // Its keys go to who was next in line (which the rack rule does not reorder here).
          var next = Owners(limit: 1)
          before.handle.owners(of: key, into: &next) { $0 != gone }
          #expect(after.owner(of: key) == next.first)
        }
      } else {
        #expect(after.owner(of: key) == before.owner(of: key))
      }
    }
    #expect(moved > 0)
  }

  @Test(arguments: cells)
  func `a node that comes takes keys and moves no other`(_ size: (count: Int, capacity: Int)) {
    let before = cell(size.count, capacity: size.capacity, member: uneven)
    let new = NodeID(UInt16(size.count))
    let after = before.changing([(new, Member(node: new, weight: 255, rack: 999))])
    var moved = 0
    for key in keys(3_000, seed: 2) where after.owner(of: key) != before.owner(of: key) {
      moved += 1
      #expect(after.owner(of: key) == new)
    }
    #expect(moved > 0)
  }

  @Test func `lists of owners change only where the node is in them`() {
    let before = cell(60, capacity: 64, member: uneven)
    let gone = NodeID(13)
    let after = before.changing([(gone, nil)])
    for key in keys(2_000, seed: 3) {
      let old = list(before, key, limit: 3)
      let new = list(after, key, limit: 3)
      if old.contains(gone.ordinal) {
        // Who stays in the list keeps its rank relative to the others.
        let rest = old.filter { $0 != gone.ordinal }
        #expect(new.filter { rest.contains($0) } == rest)
      } else {
        #expect(new == old)
      }
    }
  }

  @Test func `a weight that grows only takes keys, one that shrinks only gives`() {
    let before = cell(60, capacity: 64, member: uneven)
    let node = NodeID(3)
    let after = before.changing([(node, Member(node: node, weight: 255, rack: 0))])
    for key in keys(3_000, seed: 4) where after.owner(of: key) != before.owner(of: key) {
      #expect(after.owner(of: key) == node)
    }
  }

  /// Chi-square of first owners against weights; bounds are the 99.99 % points.
  private func chiSquare(_ view: ClusterView, keyCount: Int) -> Double {
    var seen = [Double](repeating: 0, count: view.capacity)
    for key in keys(keyCount, seed: 5) { seen[Int(view.owner(of: key).ordinal)] += 1 }
    let all = view.members.reduce(0) { $0 + Double($1.weight) }
    return view.members.reduce(0) { sum, member in
      let expected = Double(keyCount) * Double(member.weight) / all
      let excess = seen[Int(member.node.ordinal)] - expected
      return sum + excess * excess / expected
    }
  }

  @Test func `shares follow weights where probes decide`() {
    #expect(chiSquare(cell(60, capacity: 64, member: uneven), keyCount: 12_000) < 111.3)
  }

  @Test func `shares follow weights where rendezvous decides`() {
    // 128 probes of 65,535 ordinals find one of 3 members once in 200 keys or so.
    #expect(chiSquare(cell(3, capacity: 65_535, member: uneven), keyCount: 3_000) < 18.5)
  }
}
