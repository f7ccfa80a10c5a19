/// Slots by priority, the least first, and of equal ones the one that was touched longest ago.
///
/// A heap of four children a node in one array, so that the children of a node lie in one or two cache
/// lines; where a slot lies is kept in its `previous` link. 16 bytes a slot.
struct SlotHeap: ~Copyable {
  private struct Node: BitwiseCopyable {
    var priority: Double
    var slot: Slot
    /// When it was last touched; wraps around, and so is compared by distance.
    var touched: UInt32

    func precedes(_ other: Node) -> Bool {
      priority != other.priority
        ? priority < other.priority
        : Int32(truncatingIfNeeded: Int64(touched) - Int64(other.touched)) < 0
    }
  }

  private var nodes: UnsafeMutablePointer<Node>
  private var capacity = 0
  private var count = 0
  private var clock: UInt32 = 0

  init() {
    // Never read while `count` is 0; a real pointer keeps a nil check off the path.
    nodes = UnsafeMutablePointer(bitPattern: MemoryLayout<Node>.alignment).unsafelyUnwrapped
  }

  deinit { if capacity != 0 { nodes.deallocate() } }

  /// Bytes of heap in use.
  var residentBytes: Int { capacity * MemoryLayout<Node>.stride }

  /// The least priority; nil if the heap is empty.
  var leastPriority: Double? { count == 0 ? nil : nodes[0].priority }

  mutating func insert<Table: EntryTable & ~Copyable>(
    _ slot: Slot, priority: Double, in table: inout Table
  ) {
    if count == capacity { grow() }
    count += 1
    rise(Node(priority: priority, slot: slot, touched: tick()), from: count - 1, in: &table)
  }

  /// Gives `slot` a priority that is no smaller than the one it has, and touches it.
  @inline(__always)
  mutating func raise<Table: EntryTable & ~Copyable>(
    _ slot: Slot, to priority: Double, in table: inout Table
  ) {
    let position = Int(table[links: slot].previous)
    sink(Node(priority: priority, slot: slot, touched: tick()), from: position, in: &table)
  }

  /// Takes the least out; the heap must not be empty.
  mutating func removeLeast<Table: EntryTable & ~Copyable>(in table: inout Table) -> Slot {
    let slot = nodes[0].slot
    remove(slot, in: &table)
    if count > 0 { table.prefetchRemoval(of: nodes[0].slot) }
    return slot
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let position = Int(table[links: slot].previous)
    count -= 1
    guard position < count else { return }
    let last = nodes[count]
    if last.precedes(nodes[position]) {
      rise(last, from: position, in: &table)
    } else {
      sink(last, from: position, in: &table)
    }
  }

  private mutating func tick() -> UInt32 {
    clock &+= 1
    return clock
  }

  @inline(__always)
  private func put<Table: EntryTable & ~Copyable>(
    _ node: Node, at position: Int, in table: inout Table
  ) {
    nodes[position] = node
    table[links: node.slot].previous = UInt32(truncatingIfNeeded: position)
  }

  private func rise<Table: EntryTable & ~Copyable>(
    _ node: Node, from start: Int, in table: inout Table
  ) {
    var position = start
    while position > 0 {
      let parent = (position &- 1) &>> 2
      guard node.precedes(nodes[parent]) else { break }
      put(nodes[parent], at: position, in: &table)
      position = parent
    }
    put(node, at: position, in: &table)
  }

  private func sink<Table: EntryTable & ~Copyable>(
    _ node: Node, from start: Int, in table: inout Table
  ) {
    var position = start
    while true {
      let first = position &* 4 &+ 1
      guard first < count else { break }
      var least = first
      for child in (first &+ 1)..<min(first &+ 4, count) where nodes[child].precedes(nodes[least]) {
        least = child
      }
      guard nodes[least].precedes(node) else { break }
      put(nodes[least], at: position, in: &table)
      position = least
    }
    put(node, at: position, in: &table)
  }

  private mutating func grow() {
    let larger = growthStep(after: capacity, atLeast: 8)
    let memory = UnsafeMutablePointer<Node>.allocate(capacity: larger)
    if capacity != 0 {
      memory.moveInitialize(from: nodes, count: count)
      nodes.deallocate()
    }
    (nodes, capacity) = (memory, larger)
  }
}
