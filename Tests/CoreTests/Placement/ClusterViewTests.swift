import TarnCore
import Testing

struct ClusterViewTests {
  private let view = ClusterView(
    version: 7, capacity: 100,
    members: [
      Member(node: NodeID(9), weight: 200, rack: 1, zone: 2),
      Member(node: NodeID(4), weight: 100, rack: 300, zone: 1),
      Member(node: NodeID(99), weight: 1, rack: 1, zone: 3),
    ])

  @Test func `a view knows its members`() {
    #expect(view.version == 7)
    #expect(view.capacity == 100)
    #expect(view.count == 3)
    #expect(view.members.map(\.node.ordinal) == [4, 9, 99])
    #expect(view.contains(NodeID(9)))
    #expect(!view.contains(NodeID(5)))
    #expect(!view.contains(NodeID(100)))
    #expect(!view.contains(.none))
    #expect(view.rack(of: NodeID(4)) == 300)
    #expect(view.zone(of: NodeID(99)) == 3)
    #expect(view.isSameRack(NodeID(9), NodeID(99)))
    #expect(!view.isSameRack(NodeID(9), NodeID(4)))
    #expect(!view.isSameRack(NodeID(0), NodeID(1)))
  }

  @Test func `a change makes the next version and leaves the old one alone`() {
    let next = view.changing([
      (NodeID(4), nil), (NodeID(50), Member(node: NodeID(50), weight: 3, rack: 8, zone: 1)),
    ])
    #expect(next.version == 8)
    #expect(next.members.map(\.node.ordinal) == [9, 50, 99])
    #expect(next.handle.weight(of: NodeID(50)) == 3)
    #expect(view.members.map(\.node.ordinal) == [4, 9, 99])
  }

  @Test func `digests tell views apart, whatever order the members came in`() {
    let same = ClusterView(version: 7, capacity: 100, members: view.members)
    #expect(same.digest == view.digest)
    let heavier = view.changing([(NodeID(4), Member(node: NodeID(4), weight: 101, rack: 300))])
    let later = view.changing([])
    #expect(later.digest != view.digest)
    #expect(heavier.digest != later.digest)
  }

  @Test func `a member beyond the capacity is refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = ClusterView(version: 1, capacity: 4, members: [Member(node: NodeID(4))])
    }
  }

  @Test func `a node that is named twice is refused`() async {
    await #expect(processExitsWith: .failure) {
      let member = Member(node: NodeID(1))
      _ = ClusterView(version: 1, capacity: 4, members: [member, member])
    }
  }

  @Test func `a list of owners holds what its limit says`() {
    var owners = Owners(limit: 2)
    #expect(owners.isEmpty)
    #expect(owners.first == .none)
    view.owners(of: BlockKey(high: 1, low: 1), into: &owners)
    #expect(owners.count == 2)
    #expect(owners.contains(owners[1]))
    #expect(!owners.contains(.none))
    owners.removeAll()
    #expect(owners == Owners(limit: 2))
    #expect(MemoryLayout<Owners>.stride == 16)
    #expect(MemoryLayout<ClusterView.Handle>.size == 8)
  }
}
