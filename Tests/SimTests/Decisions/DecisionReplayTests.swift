import TarnCore
import TarnDecisions
import TarnTraceFormat
import Testing

@testable import TarnSim

@Suite struct DecisionReplayTests {
  private func replay(_ bytes: [UInt8]) throws -> DecisionReplayReport {
    let file = try TemporaryFile(bytes, suffix: ".tarnlog")
    return try DecisionReplay.run(path: file.path)
  }

  private func refusal(_ bytes: [UInt8]) throws -> TraceError? {
    let file = try TemporaryFile(bytes, suffix: ".tarnlog")
    return traceError { _ = try DecisionReplay.run(path: file.path) }
  }

  @Test(arguments: 1...8)
  func `a recording replays to the same hash`(seed: UInt64) throws {
    var node = RecordedNode(seed: seed)
    let report = try replay(node.run(300))
    #expect(report.difference == nil, "\(report.text)")
    #expect(report.steps == node.steps)
    #expect(report.hash == node.hash)
    #expect(report.views == 8)
    #expect(report.effects > report.steps / 2)
    #expect(report.checkpoints >= node.steps / 32)
    #expect(report.end == .finished)
  }

  @Test func `the recorded reads are told, each once`() throws {
    var node = RecordedNode(seed: 5)
    let file = try TemporaryFile(node.run(300), suffix: ".tarnlog")
    var reads: [RecordedRead] = []
    let report = try DecisionReplay.run(
      path: file.path, answered: { read, _ in reads.append(read) })
    #expect(report.difference == nil)
    #expect(!reads.isEmpty && reads.count <= 300)
    #expect(reads.allSatisfy { $0.length == 1 << 20 })
    // What is in memory is answered in the same step.
    #expect(reads.allSatisfy { $0.source != .memory || $0.latency == 0 })
    #expect(reads.contains { $0.source == .origin && $0.latency > 0 })
  }

  @Test func `a read is a line of CSV`() {
    let read = RecordedRead(
      time: Instant(nanoseconds: 5), key: BlockKey(high: 1, low: 255), length: 7, source: .peer,
      latency: 9)
    #expect(
      read.csvLine(node: 2, shard: 3) == "2,3,5,0000000000000001-00000000000000ff,7,peer,9")
    #expect(RecordedRead.csvHeading == "node,shard,time_ns,key,bytes,source,latency_ns")
  }

  @Test func `a flipped byte is refused with its place, wherever it is`() throws {
    var node = RecordedNode(seed: 3)
    let bytes = node.run(60)
    for position in stride(from: 0, to: bytes.count, by: 11) {
      var damaged = bytes
      damaged[position] ^= 0x20
      let error = try #require(try refusal(damaged), "byte \(position) of \(bytes.count)")
      guard case .byte(let offset) = error.position else {
        Issue.record("no offset: \(error)")
        continue
      }
      #expect(offset <= UInt64(position), "\(error)")
      #expect(!"\(error)".contains("\n"))
    }
  }

  @Test func `a recording that was cut off replays to its last whole chunk`() throws {
    var node = RecordedNode(seed: 4, chunkSteps: 20)
    let bytes = node.run(60)
    let whole = try replay(bytes)
    var last: UInt64 = 0
    // The header alone, and then lengths that meet every part of a chunk.
    let header = DecisionLogHeader(node: NodeID(2), configuration: RecordedNode.configuration).bytes
    for length in stride(from: header.count, to: bytes.count, by: 67) {
      let report = try replay(Array(bytes[..<length]))
      guard case .cutOff(let offset) = report.end else {
        Issue.record("\(length) of \(bytes.count) bytes do not look cut off")
        continue
      }
      #expect(offset <= UInt64(length))
      #expect(report.difference == nil)
      #expect(
        report.steps >= last && report.steps.isMultiple(of: 20) || report.steps == whole.steps)
      last = report.steps
    }
    #expect(last > 60)
    #expect(
      try replay(Array(bytes[..<(bytes.count - 1)])).text.contains(
        "the recording is cut off at byte"))
  }

  /// The same recording with `change` applied to one step.
  private func recoded(
    _ bytes: [UInt8], step wanted: UInt64, _ change: (inout DecisionRecord) -> Void
  ) throws -> [UInt8] {
    let file = try TemporaryFile(bytes, suffix: ".tarnlog")
    var reader = try DecisionLogReader(path: file.path)
    var encoder = DecisionLogEncoder(checkpointInterval: 1_000_000)
    var core = CacheNode(reader.header.configuration, id: reader.header.node)
    var effects = Effects()
    var view: ClusterView?
    while let entry = try reader.next() {
      switch entry {
      case .view(let next):
        encoder.record(view: next)
        view = next
      case .step(var record):
        switch record.event {
        case .input(let input):
          core.step(input, keys: record.keys.span, at: record.time, into: &effects)
        case .view:
          core.step(
            .view(ClusterViewReference(try #require(view))), at: record.time, into: &effects)
        }
        effects.removeAll()
        if reader.steps == wanted { change(&record) }
        encoder.record(record, hash: core.decisionHash)
      case .checkpoint, .restart: break
      }
    }
    var recoded = reader.header.bytes
    var framer = DecisionFramer()
    framer.append(encoder.ending(.finished), to: &recoded)
    return recoded
  }

  @Test func `the first other effect is printed with its step`() throws {
    var node = RecordedNode(seed: 5)
    let bytes = node.run(40)
    // The first step is the view; the second, a read, asks the origin's budget or a peer.
    let same = try replay(try recoded(bytes, step: 2) { _ in })
    #expect(same.difference == nil)
    let changed = try replay(
      try recoded(bytes, step: 2) { $0.effects.append(.discardSegment(77)) })
    let difference = try #require(changed.difference)
    #expect(difference.step == 2)
    #expect(difference.recorded == difference.replayed + ["discard segment 77"])
    #expect(changed.text.contains("first difference: step 2, at "))
    #expect(changed.text.contains("  told: read "))
    #expect(changed.text.contains("  - recorded: discard segment 77"))
    #expect(changed.jsonLine.contains(#""reproduced":false"#))
    #expect(changed.steps == 2)
    let fewer = try replay(try recoded(bytes, step: 2) { $0.effects = [] })
    #expect(fewer.text.contains("  - recorded: nothing"))
  }

  @Test func `a wrong hash at a checkpoint is a difference`() throws {
    var encoder = DecisionLogEncoder()
    encoder.record(
      DecisionRecord(time: .zero, event: .input(.wake), keys: [], effects: []), hash: 42)
    var bytes = DecisionLogHeader(node: NodeID(0), configuration: CacheConfiguration()).bytes
    var framer = DecisionFramer()
    framer.append(encoder.ending(.finished), to: &bytes)
    let difference = try #require(try replay(bytes).difference)
    #expect(difference.recorded == ["decision hash 000000000000002a"])
    #expect(difference.step == 1)
  }

  @Test func `a view whose members are missing is refused`() throws {
    var encoder = DecisionLogEncoder()
    encoder.record(
      DecisionRecord(time: .zero, event: .view(version: 3, digest: 9), keys: [], effects: []),
      hash: 0)
    var bytes = DecisionLogHeader(node: NodeID(0), configuration: CacheConfiguration()).bytes
    var framer = DecisionFramer()
    framer.append(encoder.ending(.finished), to: &bytes)
    #expect(
      try refusal(bytes)?.problem.hasPrefix(
        "step 1 tells of a view (version 3) whose members were not recorded") == true)
  }

  @Test(arguments: [
    ([], "does not begin as a recording of decisions does"),
    (Array("name: x\n".utf8), "does not begin as a recording of decisions does"),
    ([0x04, 0x22, 0x4D, 0x18, 0, 0, 0, 0], "is an LZ4 file, perhaps of an earlier Tarn"),
    (
      [0x89, 0x54, 0x41, 0x52, 0x4E, 0x0D, 0x0A, 0x1A, 0, 0],
      "is a trace of requests; leave --decisions out"
    ),
    ([0x89, 0x54, 0x44, 0x45, 0x43, 0x0D, 0x0A, 0x1A, 1, 0], "the file ends inside its header"),
    (
      [0x89, 0x54, 0x44, 0x45, 0x43, 0x0D, 0x0A, 0x1A, 9, 0, 0, 0, 0, 1, 0, 0],
      "has format version 9; this Tarn reads version 1"
    ),
  ])
  func `a foreign file is refused with what to do`(bytes: [UInt8], message: String) throws {
    let error = try #require(try refusal(bytes))
    #expect(error.problem.hasPrefix(message), "\(error)")
    #expect(error.position == .byte(0))
  }

  @Test func `chunks that are missing or follow the end are found`() throws {
    var node = RecordedNode(seed: 6, chunkSteps: 10)
    let bytes = node.run(30)
    let header = DecisionLogHeader(node: NodeID(2), configuration: RecordedNode.configuration).bytes
    // The first chunk's length: its frame, what is stored, its checksum.
    let stored = Int(bytes[header.count + 4]) | Int(bytes[header.count + 5]) << 8
    let first = header.count..<(header.count + 32 + stored + 8)
    let without = Array(bytes[..<first.lowerBound] + bytes[first.upperBound...])
    #expect(
      try refusal(without)?.problem.hasPrefix(
        "chunks are missing here: step 0 is followed by step 10") == true)
    let more = bytes + Array(bytes[first])
    #expect(
      try refusal(more)?.problem.hasPrefix("something follows the recording's end") == true)
  }
}
