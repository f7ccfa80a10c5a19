import Foundation
import TarnCore
import TarnDecisions
import TarnNode
import TarnTraceFormat
import Testing

@Suite struct DecisionRecorderTests {
  private static var header: DecisionLogHeader {
    var configuration = CacheConfiguration()
    configuration.memoryBytes = 4 << 20
    configuration.memoryEviction = EvictionConfiguration(.sieve)
    // 17 January 2026, 09:30:05 UTC.
    return DecisionLogHeader(
      node: NodeID(1), incarnation: 3, shard: 2, startedNanoseconds: 1_768_642_205_000_000_000,
      configuration: configuration)
  }

  private static func request(_ number: UInt64, at now: UInt64) -> Input {
    .read(
      ReadRequest(
        key: BlockKey(high: number &* 0x9E37_79B9_7F4A_7C15, low: number % 16),
        request: RequestID(number), deadline: Instant(nanoseconds: now + 1_000_000_000),
        length: 1 << 20, tenant: TenantID(0)))
  }

  /// Runs a core through reads and origin answers, recorded; its hash at the end.
  private func drive(_ recorder: inout DecisionRecorder, reads: UInt64) -> UInt64 {
    let header = Self.header
    var core = CacheNode(header.configuration, id: header.node, incarnation: header.incarnation)
    var effects = Effects()
    let view = ClusterView(version: 1, capacity: 2, members: [Member(node: NodeID(1))])
    recorder.record(view: view)
    var inputs: [Input] = [.view(ClusterViewReference(view))]
    var now: UInt64 = 0
    var number: UInt64 = 0
    while let input = inputs.popLast() ?? Self.next(&number, reads, now) {
      now += 1_000_000
      core.step(input, at: Instant(nanoseconds: now), into: &effects)
      recorder.record(
        input, at: Instant(nanoseconds: now), effects: effects, hash: core.decisionHash)
      effects.drain { effect in
        if case .readOrigin(let operation, _, _, _, _) = effect {
          inputs.append(.originCompleted(operation, OriginStatus(.ok)))
        }
      }
    }
    withExtendedLifetime(view) {}
    return core.decisionHash
  }

  private static func next(_ number: inout UInt64, _ limit: UInt64, _ now: UInt64) -> Input? {
    guard number < limit else { return nil }
    number += 1
    return request(number % 40, at: now)
  }

  /// What the file says when it is replayed: steps, the hash, and how it ends.
  private func replay(_ path: String) throws -> (steps: UInt64, hash: UInt64, end: DecisionLogEnd?)
  {
    var reader = try DecisionLogReader(path: path)
    let header = reader.header
    #expect(header == Self.header)
    var core = CacheNode(header.configuration, id: header.node, incarnation: header.incarnation)
    var effects = Effects()
    var view: ClusterView?
    var bytes: [UInt8] = []
    while let entry = try reader.next() {
      switch entry {
      case .view(let next): view = next
      case .checkpoint(_, let hash): #expect(hash == core.decisionHash)
      case .restart: Issue.record("nothing restarts here")
      case .step(let record):
        let input: Input
        switch record.event {
        case .input(let recorded): input = recorded
        case .view: input = .view(ClusterViewReference(try #require(view)))
        }
        core.step(input, at: record.time, into: &effects)
        bytes.removeAll()
        DecisionRecord.encode(
          input, at: record.time, keys: Span(), effects: effects, into: &bytes)
        let isSame = reader.isLastStep(bytes)
        #expect(isSame)
        effects.removeAll()
      }
    }
    return (reader.steps, core.decisionHash, reader.end)
  }

  @Test func `a shard's recording replays to the same hash`() throws {
    let folder = RecordingFolder()
    let log = RecordedLog()
    var limits = DecisionRecorder.Limits()
    limits.chunkBytes = 4 << 10
    limits.checkpointInterval = 100
    var recorder = try DecisionRecorder(
      directory: folder.path, header: Self.header, limits: limits, logger: log.logger)
    let hash = drive(&recorder, reads: 3_000)
    recorder.finish()
    #expect(try folder.files() == ["decisions-20260117-093005-shard2.tarnlog"])
    let replayed = try replay(recorder.path)
    #expect(replayed.hash == hash)
    let steps = recorder.steps
    #expect(replayed.steps == steps)
    #expect(replayed.steps > 3_000)
    #expect(replayed.end == .finished)
    #expect(log.text.isEmpty)
  }

  @Test func `what was handed over is there before the recorder ends`() throws {
    let folder = RecordingFolder()
    var recorder = try DecisionRecorder(
      directory: folder.path, header: Self.header, logger: RecordedLog().logger)
    _ = drive(&recorder, reads: 50)
    recorder.flush()
    let steps = recorder.steps
    // The thread needs a moment; a process that is killed now leaves the same file.
    while try replay(recorder.path).steps < steps { Thread.sleep(forTimeInterval: 0.01) }
    let cut = try replay(recorder.path)
    guard case .cutOff = cut.end else {
      Issue.record("the file has an end: \(String(describing: cut.end))")
      return
    }
    recorder.finish()
    #expect(try replay(recorder.path).end == .finished)
  }

  @Test func `a disk that cannot keep up ends the recording cleanly`() throws {
    let folder = RecordingFolder()
    let log = RecordedLog()
    var limits = DecisionRecorder.Limits()
    limits.chunkBytes = 16 << 10
    // No chunk may wait, so the first one is one too many.
    limits.queueBytes = 0
    var recorder = try DecisionRecorder(
      directory: folder.path, header: Self.header, limits: limits, logger: log.logger)
    _ = drive(&recorder, reads: 1_000)
    let isRecording = recorder.isRecording
    #expect(!isRecording)
    recorder.finish()
    let replayed = try replay(recorder.path)
    #expect(replayed.steps == 0)
    #expect(replayed.end == .diskTooSlow)
    #expect(
      log.text
        == [
          "error: recording of decisions stopped: the disk cannot keep up; record to a faster one"
        ]
    )
  }

  @Test func `a recorder that is let go ends its file`() throws {
    let folder = RecordingFolder()
    let path: String
    do {
      var recorder = try DecisionRecorder(
        directory: folder.path, header: Self.header, logger: RecordedLog().logger)
      _ = drive(&recorder, reads: 10)
      path = recorder.path
    }
    while try replay(path).end != .finished { Thread.sleep(forTimeInterval: 0.01) }
    #expect(try replay(path).steps > 10)
  }

  @Test func `a folder that cannot be made is named`() throws {
    let folder = RecordingFolder()
    _ = FileManager.default.createFile(atPath: folder.path, contents: Data())
    let error = #expect(throws: TraceError.self) {
      _ = try DecisionRecorder(
        directory: folder.path, header: Self.header, logger: RecordedLog().logger)
    }
    #expect(error?.kind == .unwritable)
    #expect(error?.path == folder.path)
  }
}
