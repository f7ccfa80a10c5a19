/// Which KV block continues which: the parent of each slot and how many children it has.
///
/// Allocated with the first link, so tiers without KV blocks pay one pointer. A link remembers 32
/// bits of the parent's key, because a parent can be invalidated under its children and its slot
/// given to another block. Chains follow RadixAttention's idea (Zheng et al., SGLang, 2024): only
/// the ends of prompts are candidates for eviction.
struct ChainLinks: ~Copyable {
  private struct Link {
    var parent: Slot = .none
    var parentTag: UInt32 = 0
    var children: UInt32 = 0
  }
  private var links: UnsafeMutablePointer<Link>?
  private var capacity = 0

  init() {}
  deinit { links?.deallocate() }

  var residentBytes: Int { capacity * MemoryLayout<Link>.stride }

  /// Links `child` to `parent`; true if it is the parent's first child.
  mutating func link(_ child: Slot, to parent: Slot, in table: borrowing BlockTable) -> Bool {
    precondition(child != parent, "a block does not follow itself")
    let links = grown(to: Int(table.slotLimit))
    guard links[Int(child)].parent == .none else { return false }
    links[Int(child)].parent = parent
    links[Int(child)].parentTag = tag(of: table[parent].key)
    links[Int(parent)].children += 1
    return links[Int(parent)].children == 1
  }

  /// Forgets `slot`, which is about to leave; returns its parent if that has no child any more.
  mutating func unlink(_ slot: Slot, in table: borrowing BlockTable) -> Slot {
    guard let links, Int(slot) < capacity else { return .none }
    let link = links[Int(slot)]
    links[Int(slot)] = Link()
    let parent = link.parent
    guard parent != .none, table.isLive(parent), tag(of: table[parent].key) == link.parentTag,
      links[Int(parent)].children > 0
    else { return .none }
    links[Int(parent)].children -= 1
    return links[Int(parent)].children == 0 ? parent : .none
  }

  private func tag(of key: BlockKey) -> UInt32 {
    UInt32(truncatingIfNeeded: key.low) ^ UInt32(truncatingIfNeeded: key.high >> 32)
  }

  private mutating func grown(to count: Int) -> UnsafeMutablePointer<Link> {
    if let links, count <= capacity { return links }
    let newCapacity = max(count, capacity * 2, 16)
    let grown = UnsafeMutablePointer<Link>.allocate(capacity: newCapacity)
    grown.initialize(repeating: Link(), count: newCapacity)
    if let links {
      grown.update(from: links, count: capacity)
      links.deallocate()
    }
    links = grown
    capacity = newCapacity
    return grown
  }
}
