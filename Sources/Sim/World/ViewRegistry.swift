import TarnCore

/// Every version of every cell's membership that was ever announced, kept to the end of the run:
/// cores hold on to the one they know.
struct ViewRegistry: ~Copyable {
  private var views: [ClusterView] = []
  /// The number of each cell's newest view.
  private var newest: [Int]
  private let fleet: Fleet

  /// Version 1 of every cell: everyone is a member.
  init(_ fleet: Fleet) {
    self.fleet = fleet
    newest = []
    for cell in 0..<fleet.cellCount {
      newest.append(views.count)
      views.append(fleet.topology.clusterView(ofCell: cell))
    }
  }

  subscript(index: Int) -> ClusterView { views[index] }

  /// The number of the cell's newest view.
  func newestIndex(ofCell cell: Int) -> Int { newest[cell] }

  /// The cell's newest view.
  func newestView(ofCell cell: Int) -> ClusterView { views[newest[cell]] }

  /// Announces a view of `cell` without, or again with, these nodes; returns its number.
  mutating func announce(cell: Int, nodes: [UInt32], present: Bool) -> Int {
    let changes = nodes.map { node in
      (node: fleet.ordinal(of: node), member: present ? fleet.member(node) : nil)
    }
    views.append(views[newest[cell]].changing(changes))
    newest[cell] = views.count - 1
    return newest[cell]
  }
}
