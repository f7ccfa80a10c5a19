public import TarnCore

/// The local flash of every node: 24 bytes a node; O(1) an operation.
///
/// A node's drives form one queue that passes the bandwidth and the operations of all of them; an
/// operation occupies it for the greater of its share of either. The operation itself goes at the
/// speed of one drive, on which its block lies, after the medium's latency. Reads and writes share
/// the queue.
public struct FlashDevices: ~Copyable {
  /// Time from an idle drive to a small read's answer (TLC NAND), unless its class says another.
  public static let readLatency: Nanoseconds = 80_000
  /// Time from an idle drive to a small write's acknowledgement (from its protected buffer),
  /// unless its class says another.
  public static let writeLatency: Nanoseconds = 20_000

  struct State: BitwiseCopyable {
    var backlog = Backlog()
    var bytesRead: UInt64 = 0
    var bytesWritten: UInt64 = 0
  }

  /// One direction of a node class's flash.
  struct Rates: BitwiseCopyable {
    /// Of all drives together, a second; 0 if there are none.
    let bytes: UInt64
    /// Least time between two operations' starts, nanoseconds.
    let operationSpan: Nanoseconds
    /// Of one drive, a second.
    let driveBytes: UInt64
    /// Of an idle drive, besides the bytes.
    let latency: Nanoseconds
  }

  private var states: FixedArray<State>
  private let pools: FixedArray<UInt16>
  private let reads: FixedArray<Rates>
  private let writes: FixedArray<Rates>
  private let scale: SamplingScale

  /// The flash of `topology`'s nodes, idle.
  public init(_ topology: FleetTopology, scale: SamplingScale = .unsampled) {
    self.scale = scale
    states = FixedArray(repeating: State(), count: topology.nodeCount)
    pools = FixedArray(topology.cells.flatMap { cell in cell.nodes.map { _ in UInt16(cell.pool) } })
    reads = FixedArray(
      topology.shape.pools.map {
        let node = $0.nodeClass
        return Self.rates(
          node.drives, node.driveReadBytesPerSecond, node.driveReadsPerSecond,
          latency: node.driveReadLatency)
      })
    writes = FixedArray(
      topology.shape.pools.map {
        let node = $0.nodeClass
        return Self.rates(
          node.drives, node.driveWriteBytesPerSecond, node.driveWritesPerSecond,
          latency: node.driveWriteLatency)
      })
  }

  private static func rates(
    _ drives: Int, _ bytes: UInt64, _ operations: UInt64, latency: Nanoseconds
  ) -> Rates {
    guard drives > 0 else { return Rates(bytes: 0, operationSpan: 0, driveBytes: 0, latency: 0) }
    return Rates(
      bytes: bytes * UInt64(drives), operationSpan: 1_000_000_000 / (operations * UInt64(drives)),
      driveBytes: bytes, latency: latency)
  }

  /// Brings a node's devices closer.
  @inline(__always)
  func prefetch(_ node: Int) { states.prefetch(node) }

  /// Reads `bytes` at `node` and returns when they are in memory.
  public mutating func read(bytes: UInt64, at node: Int, now: Instant) -> Instant {
    states[node].bytesRead &+= bytes
    return operate(bytes, node, reads[Int(pools[node])], now)
  }

  /// Writes `bytes` at `node` and returns when they are durable.
  public mutating func write(bytes: UInt64, at node: Int, now: Instant) -> Instant {
    states[node].bytesWritten &+= bytes
    return operate(bytes, node, writes[Int(pools[node])], now)
  }

  /// Bytes read from and written to the node's flash, scaled to the whole fleet.
  public func traffic(of node: Int) -> (read: Double, written: Double) {
    let state = states[node]
    return (
      Double(state.bytesRead) * scale.factor, Double(state.bytesWritten) * scale.factor
    )
  }

  /// The highest share of `seconds` that one node's flash spent on moving bytes at its bandwidth.
  public func busiest(over seconds: Double) -> Double {
    guard seconds > 0 else { return 0 }
    var most = 0.0
    for node in 0..<states.count where states[node].bytesRead > 0 || states[node].bytesWritten > 0 {
      let pool = Int(pools[node])
      let (read, written) = traffic(of: node)
      let busy = read / Double(reads[pool].bytes) + written / Double(writes[pool].bytes)
      most = max(most, busy / seconds)
    }
    return most
  }

  @inline(__always)
  private mutating func operate(
    _ bytes: UInt64, _ node: Int, _ rates: Rates, _ now: Instant
  ) -> Instant {
    precondition(rates.bytes > 0, "a node without drives has no flash to use")
    let share = transferSpan(bytes: bytes, bytesPerSecond: rates.bytes)
    let start = states[node].backlog.reserve(
      max(share, rates.operationSpan), at: now, scale: scale)
    return start + transferSpan(bytes: bytes, bytesPerSecond: rates.driveBytes) + rates.latency
  }
}
