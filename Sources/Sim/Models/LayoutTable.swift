import TarnCore

/// Which layouts each node remembers, and to which endpoints it has a session: direct-mapped rows of a
/// fixed size, 8 bytes a layout, so that 100,000 nodes with 64 layouts each take 51 MB.
struct LayoutTable: ~Copyable {
  private let perNode: Int
  /// Blob's tag (high half) and the time of the look-up in milliseconds and 1 (low half); 0: empty.
  private var rows: FixedArray<UInt64>
  /// A bit for each endpoint; where there are more than 64, endpoints share bits.
  private var sessions: FixedArray<UInt64>

  init(nodes: Int, perNode: Int) {
    self.perNode = perNode
    rows = FixedArray(repeating: 0, count: nodes * perNode)
    sessions = FixedArray(repeating: 0, count: nodes)
  }

  private func row(_ node: Int, _ blob: UInt64) -> (index: Int, tag: UInt64) {
    let hash = mix64(blob ^ 0x1F83_D9AB_FB41_BD6B)
    let slot = Int(hash.multipliedFullWidth(by: UInt64(perNode)).high)
    return (node * perNode + slot, hash & 0xFFFF_FFFF)
  }

  /// When the node looked the blob's layout up; nil if it does not know it.
  func lookUpTime(_ node: Int, _ blob: UInt64) -> Instant? {
    let (index, tag) = row(node, blob)
    let entry = rows[index]
    guard entry != 0, entry >> 32 == tag else { return nil }
    return Instant(nanoseconds: ((entry & 0xFFFF_FFFF) - 1) * 1_000_000)
  }

  mutating func note(_ node: Int, _ blob: UInt64, at now: Instant) {
    let (index, tag) = row(node, blob)
    rows[index] = tag << 32 | min(now.nanoseconds / 1_000_000 + 1, 0xFFFF_FFFF)
  }

  mutating func forget(_ node: Int, _ blob: UInt64) { rows[row(node, blob).index] = 0 }

  /// Opens a session unless there is one; true if it is new.
  mutating func open(_ node: Int, _ endpoint: Int) -> Bool {
    let bit: UInt64 = 1 << UInt64(endpoint & 63)
    guard sessions[node] & bit == 0 else { return false }
    sessions[node] |= bit
    return true
  }

  mutating func close(_ node: Int, _ endpoint: Int) {
    sessions[node] &= ~(1 << UInt64(endpoint & 63))
  }

  /// The node starts anew.
  mutating func forget(_ node: Int) {
    sessions[node] = 0
    for index in node * perNode..<(node + 1) * perNode { rows[index] = 0 }
  }
}
