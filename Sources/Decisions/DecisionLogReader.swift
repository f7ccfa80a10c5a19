import Glibc
public import TarnCore
public import TarnTraceFormat

/// What a recording says next.
public enum DecisionEntry {
  /// A core was told something and decided.
  case step(DecisionRecord)
  /// A view that a later step tells of.
  case view(ClusterView)
  /// After so many steps the core's decision hash was this.
  case checkpoint(steps: UInt64, hash: UInt64)
  /// A fresh core took the old one's place.
  case restart(incarnation: UInt16)
}

/// How a recording ends.
public enum DecisionLogEnd: Equatable, Sendable {
  /// Whoever recorded stopped.
  case finished
  /// The disk could not keep up with what was recorded.
  case diskTooSlow
  /// Without an end, at this byte: the recorder was killed, or is still at work.
  case cutOff(at: UInt64)
}

/// Reads a recording of decisions entry by entry.
///
/// ```swift
/// var reader = try DecisionLogReader(path: "decisions-shard0.tarnlog")
/// while let entry = try reader.next() { ... }
/// print(reader.end)
/// ```
///
/// Damage is an error, because a replay cannot go on behind it; a recording that was cut off is read
/// up to its last whole chunk.
public struct DecisionLogReader: ~Copyable {
  /// The file, as the caller named it.
  public let path: String
  /// Whose decisions, and of which core.
  public let header: DecisionLogHeader
  /// How it ends; nil before that.
  public private(set) var end: DecisionLogEnd?
  /// Steps read so far.
  public private(set) var steps: UInt64 = 0

  private let chunks: DecisionChunkSource
  private var entries: [UInt8] = []
  private var position = 0
  /// The bytes of the last step in `entries`.
  private var lastStep = 0..<0
  private var lastTime = Instant.zero

  /// Opens the recording at `path`.
  public init(path: String) throws(TraceError) {
    let chunks = try DecisionChunkSource(path: path)
    switch try chunks.header() {
    case .success(let header): self.init(chunks, header, path: path)
    case .failure(let fault): throw try Self.refusal(of: fault, chunks, path: path)
    }
  }

  // Apart from the initialiser that throws, see `TraceWriter`.
  private init(_ chunks: DecisionChunkSource, _ header: DecisionLogHeader, path: String) {
    self.chunks = chunks
    self.header = header
    self.path = path
  }

  /// Whether `bytes` are those of the step that was read last, with its effects.
  public func isLastStep(_ bytes: [UInt8]) -> Bool {
    entries.withUnsafeBytes { entries in
      bytes.withUnsafeBytes { bytes in
        guard let recorded = entries.baseAddress, let decided = bytes.baseAddress else {
          return bytes.count == lastStep.count
        }
        return bytes.count == lastStep.count
          && memcmp(recorded + lastStep.lowerBound, decided, bytes.count) == 0
      }
    }
  }

  /// The next entry; nil at the end.
  public mutating func next() throws(TraceError) -> DecisionEntry? {
    while end == nil {
      if position == entries.count {
        try readChunk()
      } else if let entry = try readEntry() {
        return entry
      }
    }
    return nil
  }

  private mutating func readChunk() throws(TraceError) {
    switch try chunks.next(into: &entries) {
    case .fileEnd: end = .cutOff(at: chunks.offset)
    case .damage(let problem): throw damage(problem)
    case .chunk(let firstStep):
      position = 0
      if firstStep != steps {
        throw damage("chunks are missing here: step \(steps) is followed by step \(firstStep)")
      }
    }
  }

  /// Nil for the end.
  private mutating func readEntry() throws(TraceError) -> DecisionEntry? {
    guard entries.count - position >= 8 else { throw damage("a chunk ends inside an entry") }
    let head = word(at: position)
    let high = UInt32(truncatingIfNeeded: head >> 32)
    guard let mark = DecisionLogEncoder.Mark(rawValue: UInt32(truncatingIfNeeded: head)) else {
      return .step(try readStep())
    }
    position += 8
    switch mark {
    case .restart:
      guard let incarnation = UInt16(exactly: high) else {
        throw damage("a restart has an impossible number, \(high)")
      }
      return .restart(incarnation: incarnation)
    case .view: return .view(try readView(members: Int(high)))
    case .checkpoint:
      let (counted, hash) = (try nextWord(), try nextWord())
      guard counted == steps else {
        throw damage("a checkpoint counts \(counted) steps where \(steps) were read")
      }
      return .checkpoint(steps: counted, hash: hash)
    case .end:
      guard let ending = DecisionLogEncoder.Ending(rawValue: high) else {
        throw damage("the end has a reason, \(high), that this Tarn does not know")
      }
      guard position == entries.count, chunks.isAtEnd else {
        throw damage("something follows the recording's end")
      }
      end = ending == .finished ? .finished : .diskTooSlow
      return nil
    }
  }

  private mutating func readStep() throws(TraceError) -> DecisionRecord {
    let start = position
    var end = start
    let record: DecisionRecord
    do throws(DecisionRecordError) {
      record = try DecisionRecord.decode(from: entries.span, at: &end)
    } catch { throw damage("\(error)") }
    position = end
    guard record.time >= lastTime else {
      throw damage("step \(steps + 1) is earlier than the one before it")
    }
    lastTime = record.time
    lastStep = start..<position
    steps += 1
    return record
  }

  private mutating func readView(members count: Int) throws(TraceError) -> ClusterView {
    let (version, capacity) = (try nextWord(), try nextWord())
    guard (1...UInt64(UInt16.max)).contains(capacity), count <= capacity else {
      throw damage("a view has \(count) members of a cell of \(capacity)")
    }
    var members: [Member] = []
    members.reserveCapacity(count)
    for _ in 0..<count {
      let word = try nextWord()
      let node = NodeID(UInt16(truncatingIfNeeded: word))
      let weight = UInt8(truncatingIfNeeded: word >> 32)
      guard word >> 48 == 0, weight > 0, UInt64(node.ordinal) < capacity,
        members.last.map({ $0.node.ordinal < node.ordinal }) ?? true
      else { throw damage("a view has an impossible member") }
      members.append(
        Member(
          node: node, weight: weight, rack: UInt16(truncatingIfNeeded: word >> 16),
          zone: UInt8(truncatingIfNeeded: word >> 40)))
    }
    return ClusterView(version: version, capacity: Int(capacity), members: members)
  }

  private mutating func nextWord() throws(TraceError) -> UInt64 {
    guard entries.count - position >= 8 else { throw damage("a chunk ends inside an entry") }
    defer { position += 8 }
    return word(at: position)
  }

  private func word(at position: Int) -> UInt64 {
    UInt64(
      littleEndian: entries.span.bytes.unsafeLoadUnaligned(
        fromByteOffset: position, as: UInt64.self))
  }

  /// An error about the chunk that was read last.
  public func damage(_ problem: String) -> TraceError {
    let offset = chunks.offset
    return TraceError(
      .damaged, path: path, at: .byte(offset),
      "\(problem); copy the file again, or replay what lies before: head -c \(offset) FILE > NEW")
  }

  private static func refusal(
    of fault: DecisionLogHeader.Fault, _ chunks: DecisionChunkSource, path: String
  ) throws(TraceError) -> TraceError {
    switch fault {
    case .damaged(let problem):
      return TraceError(
        .damaged, path: path, at: .byte(0), "\(problem); copy the file again")
    case .version(let problem):
      return TraceError(
        .version, path: path, at: .byte(0), "\(problem); replay it with the Tarn that recorded it")
    case .foreign:
      let start = try chunks.firstBytes(8)
      let cure =
        if start == TraceHeader.magic {
          "is a trace of requests; leave --decisions out"
        } else if start.starts(with: [0x04, 0x22, 0x4D, 0x18]) {
          "is an LZ4 file, perhaps of an earlier Tarn; record it again"
        } else {
          "does not begin as a recording of decisions does; tarn-node and "
            + "tarn simulate --record-decisions write them"
        }
      return TraceError(.unknownFormat, path: path, at: .byte(0), cure)
    }
  }
}
