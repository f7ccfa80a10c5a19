internal import Logging
internal import TarnCore
internal import TarnDecisions

/// The recordings of a node: one trace, and decisions by shard.
final class NodeRecorder: Sendable {
  let traces: TraceRecorder
  private let directory: String
  private let recordsDecisions: Bool
  private let logger: Logger

  /// Nil if nothing is to be recorded.
  init?(_ configuration: NodeConfiguration, lanes: Int, logger: Logger) throws {
    guard let directory = configuration.recording.directory else { return nil }
    self.directory = directory
    self.logger = logger
    recordsDecisions = configuration.recording.decisions
    let node = configuration.cell.map { "\($0.name)/\($0.ordinal ?? 0)" } ?? "node"
    traces = try TraceRecorder(
      directory: directory,
      about: TraceRecorder.About(node: node, blockBytes: configuration.blockBytes), lanes: lanes,
      start: Shard.now, logger: logger)
  }

  /// What a shard records.
  func recording(
    ofShard number: Int, node: NodeID, incarnation: UInt16,
    _ cache: CacheConfiguration
  ) throws -> ShardRecording {
    guard recordsDecisions else {
      return ShardRecording(traces: traces, lane: number, decisions: nil)
    }
    let header = DecisionLogHeader(
      node: node, incarnation: incarnation, shard: number,
      startedNanoseconds: RecordingPlace.wallClock(), configuration: cache)
    let decisions = try DecisionRecorder(directory: directory, header: header, logger: logger)
    return ShardRecording(traces: traces, lane: number, decisions: decisions)
  }
}
