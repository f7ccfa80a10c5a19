/// Which KV block continues which: the parent of each slot and how many children it has.
///
/// Allocated with the first link, so tiers without KV blocks pay one pointer. A parent can be
/// invalidated under its children and its slot given to another block, or to itself again: a link
/// remembers how often the parent's slot had been left. Chains follow RadixAttention's idea (Zheng et al., SGLang, 2024): only
/// the ends of prompts are candidates for eviction.
struct ChainLinks: ~Copyable {
  private struct Link {
    var parent: Slot = .none
    /// The parent slot's `departures` when the link was made.
    var parentLife: UInt32 = 0
    var children: UInt32 = 0
    /// How often a block left this slot, modulo 2^32.
    var departures: UInt32 = 0
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
    links[Int(child)].parentLife = links[Int(parent)].departures
    links[Int(parent)].children += 1
    return links[Int(parent)].children == 1
  }

  /// Forgets `slot`, which is about to leave; returns its parent if that has no child any more.
  mutating func unlink(_ slot: Slot) -> Slot {
    guard let links, Int(slot) < capacity else { return .none }
    let link = links[Int(slot)]
    links[Int(slot)] = Link()
    links[Int(slot)].departures = link.departures &+ 1
    let parent = link.parent
    guard parent != .none, links[Int(parent)].departures == link.parentLife else { return .none }
    links[Int(parent)].children -= 1
    return links[Int(parent)].children == 0 ? parent : .none
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
