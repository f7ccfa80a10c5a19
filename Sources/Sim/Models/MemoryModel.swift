public import TarnCore

/// Copies of the bytes that a node answers its clients with: 8 bytes a node; O(1) a copy.
///
/// Clients map the cache's memory, so that what comes from memory is copied once, at the memory's
/// bandwidth, and all else was copied to them as it came. Where the class of a node has a client
/// path, every answer is copied at its bandwidth instead.
public struct MemoryModel: ~Copyable {
  private var backlogs: FixedArray<Backlog>
  private let pools: FixedArray<UInt16>
  /// Handling of a request besides the copy of its bytes, at a node that answers from memory.
  static let overhead: Nanoseconds = 5_000

  private let paths: FixedArray<NodeClass.ClientPath>
  private let copiesAll: FixedArray<Bool>
  private let scale: SamplingScale

  /// The memory of `topology`'s nodes, idle.
  public init(_ topology: FleetTopology, scale: SamplingScale = .unsampled) {
    self.scale = scale
    backlogs = FixedArray(repeating: Backlog(), count: topology.nodeCount)
    pools = FixedArray(topology.cells.flatMap { cell in cell.nodes.map { _ in UInt16(cell.pool) } })
    let classes = topology.shape.pools.map(\.nodeClass)
    paths = FixedArray(
      classes.map {
        $0.clientPath
          ?? NodeClass.ClientPath(
            answer: Self.overhead, bytesPerSecond: $0.memoryBytesPerSecond)
      })
    copiesAll = FixedArray(classes.map { $0.clientPath != nil })
  }

  /// Brings a node's memory's state closer.
  @inline(__always)
  func prefetch(_ node: Int) { backlogs.prefetch(node) }

  /// Whether also what does not come from memory is copied to its client.
  @inline(__always)
  func copiesAll(at node: Int) -> Bool { copiesAll[Int(pools[node])] }

  /// Copies an answer of `bytes` at `node` to its client and returns when it is there.
  public mutating func copy(bytes: UInt64, at node: Int, now: Instant) -> Instant {
    let path = paths[Int(pools[node])]
    let span = transferSpan(bytes: bytes, bytesPerSecond: path.bytesPerSecond)
    return backlogs[node].reserve(span, at: now + path.answer, scale: scale) + span
  }
}
