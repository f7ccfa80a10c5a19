import TarnCore
import TarnDecisions

/// Records everything that one node's core was told and decided, in the format that nodes record in
/// (traces/DECISIONS.md): `tarn replay --decisions` replays it.
struct DecisionRecorder {
  /// The node, numbered through the fleet.
  let node: UInt32
  private var encoder = DecisionLogEncoder()
  private var framer = DecisionFramer()
  private var file: [UInt8]

  /// A recording of `node`, whose core has this ordinal and configuration.
  init(node: UInt32, id: NodeID, configuration: CacheConfiguration) {
    self.node = node
    // The simulator has no wall clock, and the same run must give the same bytes.
    file = DecisionLogHeader(node: id, configuration: configuration).bytes
  }

  /// Records a step, after it; `hash` is the core's decision hash then.
  mutating func record(
    _ input: Input, keys: [BlockKey], effects: borrowing Effects, at now: Instant, hash: UInt64
  ) {
    encoder.record(input, keys: keys.span, at: now, effects: effects, hash: hash)
    if encoder.byteCount >= 1 << 18 { framer.append(encoder.take(), to: &file) }
  }

  /// Records a view's members, before the step that tells of it.
  mutating func record(view: ClusterView) { encoder.record(view: view) }

  /// Records that a fresh core takes the place of the one that was lost.
  mutating func record(restartAs incarnation: UInt16) {
    encoder.record(restartAs: incarnation)
  }

  /// The recording's bytes, with its end.
  mutating func finish() -> [UInt8] {
    framer.append(encoder.ending(.finished), to: &file)
    return file
  }
}
