public import TarnCore

/// Entries of a recording on their way to the file: what one chunk holds.
public struct DecisionChunk: Sendable {
  /// Steps of the recording before this chunk.
  public let firstStep: UInt64
  /// The entries, one behind the other.
  public private(set) var entries: [UInt8]

  init(firstStep: UInt64, entries: [UInt8]) {
    self.firstStep = firstStep
    self.entries = entries
  }

  /// A chunk that only ends a recording of so many steps.
  public static func end(_ ending: DecisionLogEncoder.Ending, atStep steps: UInt64) -> DecisionChunk
  {
    DecisionChunk(firstStep: steps, entries: []).ending(ending)
  }

  /// The same chunk as a recording's last.
  func ending(_ ending: DecisionLogEncoder.Ending) -> DecisionChunk {
    var last = self
    last.entries.append(
      littleEndian: UInt64(DecisionLogEncoder.Mark.end.rawValue) | UInt64(ending.rawValue) << 32)
    return last
  }
}

/// Writes down what one core is told and decides, entry by entry, and hands the entries out in
/// chunks. See traces/DECISIONS.md, "Entries".
///
/// ```swift
/// core.step(input, keys: keys, at: now, into: &effects)
/// encoder.record(input, keys: keys, at: now, effects: effects, hash: core.decisionHash)
/// if encoder.byteCount > 1 << 18 { write(encoder.take()) }
/// ```
public struct DecisionLogEncoder: Sendable {
  /// Steps from one checkpoint to the next.
  public static let usualCheckpointInterval: UInt64 = 4096

  /// What the first word of an entry that is no step's says in its low half.
  enum Mark: UInt32 {
    case restart = 0
    case view, checkpoint, end
  }

  /// How a recording ends.
  public enum Ending: UInt32, Sendable {
    /// Whoever recorded stopped.
    case finished = 0
    /// The disk could not keep up; a gap would make the rest useless.
    case diskTooSlow = 1
  }

  private let checkpointInterval: UInt64
  private var entries: [UInt8] = []
  private var firstStep: UInt64 = 0
  private var hash = DecisionHash().value
  private var untilCheckpoint: UInt64
  /// Steps recorded so far.
  public private(set) var steps: UInt64 = 0

  /// An encoder that adds a checkpoint every so many steps, and at the end of every chunk.
  public init(checkpointInterval: UInt64 = usualCheckpointInterval) {
    precondition(checkpointInterval > 0, "there is at least a step between two checkpoints")
    self.checkpointInterval = checkpointInterval
    untilCheckpoint = checkpointInterval
  }

  /// Bytes of entries that wait to be taken.
  public var byteCount: Int { entries.count }

  /// Records a step, after it: `hash` is the core's decision hash then.
  public mutating func record(
    _ input: Input, keys: Span<BlockKey>, at time: Instant, effects: borrowing Effects,
    hash: UInt64
  ) {
    DecisionRecord.encode(input, at: time, keys: keys, effects: effects, into: &entries)
    counted(hash)
  }

  /// Records a step that was decoded before.
  public mutating func record(_ record: DecisionRecord, hash: UInt64) {
    record.encode(into: &entries)
    counted(hash)
  }

  /// Records the members of a view, before the step that tells of it.
  public mutating func record(view: ClusterView) {
    let members = view.members
    mark(.view, UInt32(members.count))
    entries.append(littleEndian: view.version)
    entries.append(littleEndian: UInt64(view.capacity))
    for member in members {
      entries.append(
        littleEndian: UInt64(member.node.ordinal) | UInt64(member.rack) << 16
          | UInt64(member.weight) << 32 | UInt64(member.zone) << 40)
    }
  }

  /// Records that a fresh core takes the old one's place.
  public mutating func record(restartAs incarnation: UInt16) {
    mark(.restart, UInt32(incarnation))
    hash = DecisionHash().value
  }

  /// Hands out what was recorded since the last time, with a checkpoint behind it.
  ///
  /// - Parameter spare: memory that a chunk before had; its bytes are forgotten.
  public mutating func take(reusing spare: consuming [UInt8] = []) -> DecisionChunk {
    checkpoint()
    spare.removeAll(keepingCapacity: true)
    let chunk = DecisionChunk(firstStep: firstStep, entries: entries)
    entries = spare
    firstStep = steps
    return chunk
  }

  /// The last chunk of a recording: what was recorded since the last time, a checkpoint, the end.
  public func ending(_ ending: Ending) -> DecisionChunk {
    var last = self
    return last.take().ending(ending)
  }

  @inline(__always)
  private mutating func counted(_ hash: UInt64) {
    steps += 1
    self.hash = hash
    untilCheckpoint -= 1
    if untilCheckpoint == 0 { checkpoint() }
  }

  private mutating func checkpoint() {
    mark(.checkpoint, 0)
    entries.append(littleEndian: steps)
    entries.append(littleEndian: hash)
    untilCheckpoint = checkpointInterval
  }

  private mutating func mark(_ mark: Mark, _ word: UInt32) {
    entries.append(littleEndian: UInt64(mark.rawValue) | UInt64(word) << 32)
  }
}
