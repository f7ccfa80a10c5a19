/// World nodes `first`, `first + stride`, ...: `count` of them.
public struct NodeRange: BitwiseCopyable, Sendable, Hashable {
  /// The first node.
  public var first: UInt32
  /// Nodes in the range.
  public var count: UInt32
  /// Distance from one node to the next, 1 at least.
  public var stride: UInt32

  /// `count` nodes from `first` on, `stride` apart.
  public init(first: UInt32, count: UInt32, stride: UInt32 = 1) {
    precondition(stride > 0, "nodes of a range are different nodes")
    precondition(
      count == 0 || UInt64(first) + UInt64(count - 1) * UInt64(stride) <= UInt64(UInt32.max),
      "a range ends before 2^32")
    self.first = first
    self.count = count
    self.stride = stride
  }

  /// The world node at `index`, which lies in 0 ..< `count`.
  public subscript(index: UInt32) -> UInt32 {
    precondition(index < count, "the range has no such node")
    return first + index * stride
  }

  /// Where world node `node` is in the range; nil if it is not.
  public func index(of node: UInt32) -> UInt32? {
    guard node >= first, (node - first) % stride == 0 else { return nil }
    let index = (node - first) / stride
    return index < count ? index : nil
  }
}

/// A workload's nodes, numbered in the order of its ranges.
struct NodeRoster: Sendable {
  private let ranges: [NodeRange]
  /// Nodes in all.
  let count: UInt32

  init(_ ranges: [NodeRange]) {
    let total = ranges.reduce(UInt64(0)) { $0 + UInt64($1.count) }
    precondition(total <= 1 << 24, "a workload drives at most 2^24 nodes")
    self.ranges = ranges
    self.count = UInt32(total)
  }

  /// Gives every node to `body`, with its number here.
  func forEach(_ body: (_ index: UInt32, _ world: UInt32) -> Void) {
    var index: UInt32 = 0
    for range in ranges {
      for offset in 0..<range.count {
        body(index, range[offset])
        index += 1
      }
    }
  }

  /// Every number that world node `node` has here: none, one, or one in each job that shares it.
  ///
  /// Cost: one comparison a range; only the loss of a node asks.
  func indices(of node: UInt32) -> [UInt32] {
    var found: [UInt32] = []
    var base: UInt32 = 0
    for range in ranges {
      if let index = range.index(of: node) { found.append(base + index) }
      base += range.count
    }
    return found
  }
}
