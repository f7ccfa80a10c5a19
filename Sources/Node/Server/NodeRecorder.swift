internal import Logging
internal import TarnCore
internal import TarnDecisions

/// The recordings of a node: one trace, and decisions by shard.
final class NodeRecorder: Sendable {
  let traces: TraceRecorder
  private let directory: String
  private let name: String
  private let recordsDecisions: Bool
  private let logger: Logger

  /// Nil if nothing is to be recorded.
  ///
  /// - Parameter node: this node in its cell; nil without one.
  init?(
    _ configuration: NodeConfiguration, node: NodeID?, lanes: Int, logger: Logger
  ) throws {
    guard let directory = configuration.recording.directory else { return nil }
    self.directory = directory
    self.logger = logger
    recordsDecisions = configuration.recording.decisions
    let cell = configuration.cell?.name ?? "cell"
    name = node.map { "\(cell)/\($0.ordinal)" } ?? "node"
    traces = try TraceRecorder(
      directory: directory,
      about: TraceRecorder.About(node: name, blockBytes: configuration.blockBytes), lanes: lanes,
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
    let decisions = try DecisionRecorder(
      directory: directory, node: name, header: header, logger: logger)
    return ShardRecording(traces: traces, lane: number, decisions: decisions)
  }
}
