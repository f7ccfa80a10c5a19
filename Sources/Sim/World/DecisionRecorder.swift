import TarnCore

/// Records everything that one node's core was told and decided, as `DecisionRecord`s one behind
/// the other. Fed to a fresh core of the same configuration, they give the same effects.
struct DecisionRecorder {
  /// The node, numbered through the fleet.
  let node: UInt32
  private(set) var bytes: [UInt8] = []

  init(node: UInt32) { self.node = node }

  mutating func record(
    _ input: Input, keys: [BlockKey], effects: borrowing Effects, at now: Instant
  ) {
    DecisionRecord.encode(input, at: now, keys: keys.span, effects: effects, into: &bytes)
  }
}
