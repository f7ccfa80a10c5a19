public import TarnCore

/// Copies through the host memory of every node, by bandwidth: 8 bytes a node; O(1) a copy.
public struct MemoryModel: ~Copyable {
  private var backlogs: FixedArray<Backlog>
  private let pools: FixedArray<UInt16>
  /// Bytes a second by pool.
  private let rates: FixedArray<UInt64>
  private let scale: SamplingScale

  /// The memory of `topology`'s nodes, idle.
  public init(_ topology: FleetTopology, scale: SamplingScale = .unsampled) {
    self.scale = scale
    backlogs = FixedArray(repeating: Backlog(), count: topology.nodeCount)
    pools = FixedArray(topology.cells.flatMap { cell in cell.nodes.map { _ in UInt16(cell.pool) } })
    rates = FixedArray(topology.shape.pools.map(\.nodeClass.memoryBytesPerSecond))
  }

  /// Brings a node's memory's state closer.
  @inline(__always)
  func prefetch(_ node: Int) { backlogs.prefetch(node) }

  /// Copies `bytes` at `node` and returns when they are there.
  public mutating func copy(bytes: UInt64, at node: Int, now: Instant) -> Instant {
    let span = transferSpan(bytes: bytes, bytesPerSecond: rates[Int(pools[node])])
    return backlogs[node].reserve(span, at: now, scale: scale) + span
  }
}
