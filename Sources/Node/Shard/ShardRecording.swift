internal import TarnCore

/// What a shard records: its clients' reads as a trace, its core's decisions, or both. Confined to the
/// shard's event loop.
final class ShardRecording {
  private let traces: TraceRecorder
  private let lane: Int
  private var decisions: DecisionRecorder?

  /// - Parameter lane: the shard's number.
  init(traces: TraceRecorder, lane: Int, decisions: consuming DecisionRecorder?) {
    self.traces = traces
    self.lane = lane
    self.decisions = decisions
  }

  /// A client's read.
  func note(_ read: BlockRead, at now: Instant) {
    traces.record(
      read.key, bytes: read.locator.length, tenant: read.locator.object.tenant, at: now,
      lane: lane)
  }

  /// A step, after it.
  func record(_ input: Input, effects: borrowing Effects, hash: UInt64, at now: Instant) {
    decisions?.record(input, at: now, effects: effects, hash: hash)
  }

  /// A view, before the step that tells of it.
  func record(_ view: ClusterView) { decisions?.record(view: view) }

  /// What was recorded so far survives the end of the process.
  func flush() { decisions?.flush() }

  /// Closes the file; waits for the disk.
  func finish() { decisions?.finish() }
}
