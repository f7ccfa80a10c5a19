import TarnCore

/// Which blocks of which nodes nobody has read for a time-out: a queue of accesses in their order,
/// and each block's last one. O(1) a read; it holds one entry for each read within the time-out.
struct IdleBlocks {
  private struct Access {
    var place: NodeBlock
    var at: Instant
  }

  private let timeout: Nanoseconds
  private var accesses: [Access] = []
  private var head = 0
  /// Only looked up, never walked.
  private var last: [NodeBlock: Instant] = [:]

  init(after timeout: Nanoseconds) { self.timeout = timeout }

  /// The block was read.
  mutating func touched(_ key: BlockKey, of node: UInt32, at now: Instant) {
    let place = NodeBlock(node: node, key: key)
    last[place] = now
    accesses.append(Access(place: place, at: now))
  }

  /// Takes out a block whose last access is older than the time-out; nil if there is none.
  mutating func takeIdle(at now: Instant) -> NodeBlock? {
    while head < accesses.count, now - accesses[head].at >= timeout {
      let access = accesses[head]
      head += 1
      if head > 65_536, head * 2 > accesses.count {
        accesses.removeFirst(head)
        head = 0
      }
      if last[access.place] == access.at {
        last[access.place] = nil
        return access.place
      }
    }
    return nil
  }
}

/// A block on a node.
struct NodeBlock: Hashable {
  var node: UInt32
  var key: BlockKey
}
