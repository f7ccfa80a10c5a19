/// A node of a cell as placement knows it: how much it can hold, and what it fails together with.
public struct Member: Hashable, Sendable, BitwiseCopyable {
  /// Which node.
  public var node: NodeID
  /// Its share of the keys relative to the others, proportional to capacity: 1 ... 255, and 255 for
  /// the cell's largest nodes.
  public var weight: UInt8
  /// What it shares a rack with: the failure domain that owners of a block avoid to share.
  public var rack: UInt16
  /// Its availability zone.
  public var zone: UInt8

  /// A member with this share and these failure domains.
  public init(node: NodeID, weight: UInt8 = .max, rack: UInt16 = 0, zone: UInt8 = 0) {
    precondition(weight > 0, "a member's weight is at least 1")
    self.node = node
    self.weight = weight
    self.rack = rack
    self.zone = zone
  }
}
