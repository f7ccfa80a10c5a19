internal import CPrefetch

/// Who got which block lately, so that a block which everyone wants spreads as a tree.
///
/// A node gives `limit` copies of a block within a window and sends whoever comes after to those
/// that it gave them to, round robin. Each of them does the same, so n readers of one block are
/// served in about log(n) rounds and no network card carries more than a few copies. The idea is
/// that of application-level multicast and of Kraken and Dragonfly's swarms, without a tracker: the
/// block's owner is the root, and every redirection is a step down.
///
/// Eight rows, direct-mapped by key, 48 bytes each; allocated with the first copy given.
struct FanOut: ~Copyable {
  private struct Row {
    static let holders = 8
    var tag: UInt64 = 0
    var windowStart = Instant.zero
    var given: UInt32 = 0
    var redirected: UInt32 = 0
    var peers: InlineArray<8, NodeID> = InlineArray(repeating: .none)
  }
  private static let rowCount = 8
  private var rows: UnsafeMutablePointer<Row>?

  init() {}
  deinit { rows?.deallocate() }

  var residentBytes: Int { rows == nil ? 0 : FanOut.rowCount * MemoryLayout<Row>.stride }

  /// Brings the row of `key` closer.
  @inline(__always)
  func prefetch(_ key: BlockKey) {
    if let rows { tarn_prefetch(rows + row(of: key)) }
  }

  private func row(of key: BlockKey) -> Int {
    Int(truncatingIfNeeded: (key.low &* 0x9E37_79B9_7F4A_7C15) >> 61)
  }

  /// Notes that `peer` gets the block from here, or soon will.
  mutating func given(_ key: BlockKey, to peer: NodeID, at now: Instant, window: Nanoseconds) {
    let rows = allocated()
    let index = row(of: key)
    if rows[index].tag != key.low || now - rows[index].windowStart > window {
      rows[index] = Row()
      rows[index].tag = key.low
      rows[index].windowStart = now
    }
    rows[index].peers[Int(rows[index].given) % Row.holders] = peer
    rows[index].given += 1
  }

  /// Who `peer` should be sent to instead; nil if this node should give the block itself.
  mutating func redirection(
    of key: BlockKey, for peer: NodeID, at now: Instant, window: Nanoseconds, limit: UInt8
  ) -> NodeID? {
    guard limit > 0, let rows else { return nil }
    let index = row(of: key)
    guard rows[index].tag == key.low, now - rows[index].windowStart <= window,
      rows[index].given >= UInt32(limit)
    else { return nil }
    let holders = min(Int(rows[index].given), Row.holders)
    let target = rows[index].peers[Int(rows[index].redirected) % holders]
    rows[index].redirected += 1
    return target == peer || target == .none ? nil : target
  }

  /// Forgets a peer that did not have what it was named for.
  mutating func forget(_ key: BlockKey) {
    guard let rows else { return }
    let index = row(of: key)
    if rows[index].tag == key.low { rows[index] = Row() }
  }

  private mutating func allocated() -> UnsafeMutablePointer<Row> {
    if let rows { return rows }
    let fresh = UnsafeMutablePointer<Row>.allocate(capacity: FanOut.rowCount)
    fresh.initialize(repeating: Row(), count: FanOut.rowCount)
    rows = fresh
    return fresh
  }
}
