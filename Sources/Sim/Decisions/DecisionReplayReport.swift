import Foundation
import TarnCore
public import TarnDecisions

/// What came of a replay of recorded decisions. Encodes as the JSON object that
/// `tarn replay --decisions --json` prints.
public struct DecisionReplayReport: Encodable, Sendable {
  public var path: String
  /// The recorded node's ordinal in its cell.
  public var node: UInt16
  public var shard: Int
  /// The version of the core that was recorded; this one's is `tarnVersion`.
  public var coreVersion: String
  public var steps: UInt64 = 0
  /// Effects of the recorded steps.
  public var effects: UInt64 = 0
  public var views: UInt64 = 0
  public var restarts: UInt64 = 0
  public var checkpoints: UInt64 = 0
  /// The replaying core's decision hash at the end.
  public var hash: UInt64 = 0
  /// Processor time, decoding included.
  public var seconds = 0.0
  /// How the recording ends; nil if a difference came before.
  public var end: DecisionLogEnd?
  /// The first difference; nil if every step was decided the same.
  public var difference: DecisionDifference?

  init(path: String, _ header: DecisionLogHeader) {
    self.path = path
    node = header.node.ordinal
    shard = header.shard
    coreVersion = header.coreVersion
  }

  /// Steps a second of processor time.
  public var stepsPerSecond: Double { seconds > 0 ? Double(steps) / seconds : 0 }

  private enum CodingKeys: String, CodingKey {
    case path, node, shard, steps, effects, views, restarts, checkpoints, hash, end, difference
    case coreVersion = "core_version"
    case replayedBy = "replayed_by"
    case seconds = "cpu_s"
    case stepsPerSecond = "steps_per_cpu_s"
    case cutOffAt = "cut_off_at_byte"
    case reproduced
  }

  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: CodingKeys.self)
    try object.encode(path, forKey: .path)
    try object.encode(difference == nil, forKey: .reproduced)
    try object.encode(node, forKey: .node)
    try object.encode(shard, forKey: .shard)
    try object.encode(coreVersion, forKey: .coreVersion)
    try object.encode(tarnVersion, forKey: .replayedBy)
    try object.encode(steps, forKey: .steps)
    try object.encode(effects, forKey: .effects)
    try object.encode(views, forKey: .views)
    try object.encode(restarts, forKey: .restarts)
    try object.encode(checkpoints, forKey: .checkpoints)
    try object.encode(DecisionText.hash(hash), forKey: .hash)
    try object.encode(seconds, forKey: .seconds)
    try object.encode(stepsPerSecond, forKey: .stepsPerSecond)
    switch end {
    case .finished: try object.encode("finished", forKey: .end)
    case .diskTooSlow: try object.encode("disk too slow", forKey: .end)
    case .cutOff(let offset):
      try object.encode("cut off", forKey: .end)
      try object.encode(offset, forKey: .cutOffAt)
    case nil: break
    }
    try object.encodeIfPresent(difference, forKey: .difference)
  }

  /// The report as one line of JSON.
  public var jsonLine: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }

  /// The report as lines of text.
  public var text: String {
    var lines = [
      "\(path): node \(node), shard \(shard), core \(coreVersion)",
      "\(steps) steps, \(effects) effects, \(views) views, \(restarts) restarts, "
        + "\(checkpoints) checkpoints; decision hash \(DecisionText.hash(hash))",
    ]
    switch end {
    case .finished, nil: break
    case .diskTooSlow:
      lines.append("the recording ends early: the disk could not keep up with the node")
    case .cutOff(let offset):
      lines.append(
        "the recording is cut off at byte \(offset); all whole chunks before it were replayed")
    }
    if let difference {
      lines.append(difference.text)
      if coreVersion != tarnVersion {
        lines.append("recorded by core \(coreVersion), replayed by \(tarnVersion)")
      }
    } else {
      lines.append("every step was decided the same, \(Int(stepsPerSecond)) steps a CPU second")
    }
    return lines.joined(separator: "\n")
  }
}

/// The first step at which a replay parts from its recording.
public struct DecisionDifference: Encodable, Sendable, Equatable {
  /// The step's number, from 1.
  public var step: UInt64
  /// The core's time, in nanoseconds; nil where only the hash tells.
  public var timeNanoseconds: UInt64?
  /// What the core was told.
  public var input: String?
  public var recorded: [String]
  public var replayed: [String]

  enum CodingKeys: String, CodingKey {
    case step, input, recorded, replayed
    case timeNanoseconds = "time_ns"
  }

  /// Other effects.
  init(step: UInt64, _ record: DecisionRecord, replayed: [Effect]) {
    self.step = step
    timeNanoseconds = record.time.nanoseconds
    input = DecisionText.event(record.event, keys: record.keys)
    recorded = record.effects.map(DecisionText.effect)
    self.replayed = replayed.map(DecisionText.effect)
  }

  /// The same effects and yet another hash at the checkpoint behind the step.
  init(step: UInt64, recordedHash: UInt64, replayedHash: UInt64) {
    self.step = step
    recorded = ["decision hash \(DecisionText.hash(recordedHash))"]
    replayed = ["decision hash \(DecisionText.hash(replayedHash))"]
  }

  /// The difference as lines of text; effects that are the same on both sides are marked `=`, those
  /// of one side `-` (recorded) and `+` (replayed).
  public var text: String {
    var lines = ["first difference: step \(step)"]
    if let timeNanoseconds, let input {
      lines[0] += ", at \(timeNanoseconds) ns"
      lines.append("  told: \(input)")
    }
    let same = zip(recorded, replayed).prefix { $0 == $1 }.count
    lines += recorded[..<same].map { "  = \($0)" }
    lines += recorded[same...].map { "  - recorded: \($0)" }
    lines += replayed[same...].map { "  + replayed: \($0)" }
    if recorded.isEmpty { lines.append("  - recorded: nothing") }
    if replayed.isEmpty { lines.append("  + replayed: nothing") }
    return lines.joined(separator: "\n")
  }
}
