import Dispatch
import Foundation
import TarnCore
import TarnNode
import TarnTraceFormat
import Testing

@Suite struct TraceRecorderTests {
  private func recorder(
    _ folder: RecordingFolder, lanes: Int = 1, _ limits: TraceRecorder.Limits = .init()
  ) throws -> TraceRecorder {
    try TraceRecorder(
      directory: folder.path, about: .init(node: "cell-7", blockBytes: 4 << 20), lanes: lanes,
      start: Instant(nanoseconds: 1_000), limits: limits, logger: RecordedLog().logger)
  }

  private func requests(_ path: String) throws -> (schema: TraceSchema, all: [TraceRequest]) {
    var reader = try TraceReader(path: path, strict: true)
    var block = TraceBlock()
    var all: [TraceRequest] = []
    while try reader.next(into: &block) {
      for index in 0..<block.count { all.append(block.request(at: index)) }
    }
    return (reader.schema, all)
  }

  @Test func `a request is recorded with its time, key, size, operation and tenant`() throws {
    let folder = RecordingFolder()
    let recorder = try recorder(folder)
    recorder.record(
      BlockKey(high: 7, low: 9), bytes: 4096, tenant: TenantID(3),
      at: Instant(nanoseconds: 1_500), lane: 0)
    recorder.record(
      BlockKey(high: 7, low: 10), bytes: 100, operation: .write, tenant: TenantID(0),
      at: Instant(nanoseconds: 2_500), lane: 0)
    recorder.finish()
    let name = try #require(try folder.files().first)
    #expect(try folder.files().count == 1)
    #expect(name.hasPrefix("trace-2"))
    #expect(name.hasSuffix("-cell-7-0.tarn"))
    let (schema, all) = try requests("\(folder.path)/\(name)")
    #expect(
      all == [
        TraceRequest(time: 500, key: 9, keyHigh: 7, size: 4096, operation: .read, tenant: 3),
        TraceRequest(time: 1_500, key: 10, keyHigh: 7, size: 100, operation: .write, tenant: 0),
      ])
    #expect(schema.keyBits == 128)
    let notes = schema.notes.map { "\($0.name)=\($0.value)" }
    #expect(notes.contains("node=cell-7"))
    #expect(notes.contains("block_bytes=4194304"))
    #expect(notes.contains("core=\(tarnVersion)"))
    #expect(recorder.recorded == 2)
    #expect(recorder.dropped == 0)
  }

  @Test func `nodes that share a folder, and even a name, replace nothing`() throws {
    let folder = RecordingFolder()
    let recorders = try (0..<8).map { _ in try recorder(folder) }
    for (number, recorder) in recorders.enumerated() {
      recorder.record(
        BlockKey(high: 0, low: UInt64(number)), bytes: 1, tenant: TenantID(0),
        at: Instant(nanoseconds: 1_000), lane: 0)
    }
    for recorder in recorders { recorder.finish() }
    let files = try folder.files()
    #expect(files.count == 8, "\(files)")
    let keys = try files.flatMap { try requests("\(folder.path)/\($0)").all.map(\.key) }
    #expect(keys.sorted() == (0..<8).map { UInt64($0) })
  }

  @Test func `a name that is another writer's is left to it`() throws {
    let folder = RecordingFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path, withIntermediateDirectories: true)
    let path = folder.path + "/a.tarn"
    func refusal() -> TraceError.Kind? {
      do {
        _ = try TraceWriter(path: path, schema: .requests([.time]), replacing: false)
        return nil
      } catch { return error.kind }
    }
    var first = try TraceWriter(path: path, schema: .requests([.time]), replacing: false)
    #expect(refusal() == .exists)
    try first.append(TraceRequest(time: 1, key: 1, size: 1))
    try first.finish()
    #expect(refusal() == .exists)
    #expect(try folder.files() == ["a.tarn"])
    #expect(try requests(path).all.count == 1)
  }

  @Test func `several loops record at once and nothing is lost`() throws {
    let folder = RecordingFolder()
    let recorder = try recorder(folder, lanes: 4)
    DispatchQueue.concurrentPerform(iterations: 4) { lane in
      for number in 0..<10_000 {
        recorder.record(
          BlockKey(high: UInt64(lane), low: UInt64(number)), bytes: 1, tenant: TenantID(0),
          at: Instant(nanoseconds: 1_000 + UInt64(number) * 100), lane: lane)
      }
    }
    recorder.finish()
    let name = try #require(try folder.files().first)
    let (_, all) = try requests("\(folder.path)/\(name)")
    #expect(all.count == 40_000)
    for lane in 0..<4 {
      let own = all.filter { $0.keyHigh == UInt64(lane) }.map(\.key)
      #expect(own == (0..<10_000).map { UInt64($0) })
    }
    #expect(zip(all, all.dropFirst()).allSatisfy { $0.time <= $1.time })
    #expect(recorder.recorded == 40_000)
    #expect(recorder.dropped == 0)
  }

  @Test func `a full lane drops and counts`() throws {
    let folder = RecordingFolder()
    var limits = TraceRecorder.Limits()
    limits.laneRequests = 0
    let recorder = try recorder(folder, limits)
    for _ in 0..<5 {
      recorder.record(
        BlockKey(high: 0, low: 0), bytes: 1, tenant: TenantID(0), at: Instant(nanoseconds: 1_000),
        lane: 0)
    }
    #expect(recorder.dropped == 5)
    recorder.finish()
    #expect(recorder.recorded == 0)
    // Where nothing was asked for there is no trace.
    #expect(try folder.files().isEmpty)
  }

  @Test func `a file that is full is followed by the next`() throws {
    let folder = RecordingFolder()
    var limits = TraceRecorder.Limits()
    limits.fileBytes = 1
    let recorder = try recorder(folder, limits)
    // A file's size shows once it holds the header, and is asked every 4,096 requests.
    for number in 0..<10_000 {
      recorder.record(
        BlockKey(high: 1, low: UInt64(number)), bytes: 1, tenant: TenantID(0),
        at: Instant(nanoseconds: 1_000 + UInt64(number)), lane: 0)
    }
    recorder.finish()
    let files = try folder.files().sorted { left, right in
      Int(left.split(separator: "-").last!.dropLast(5))!
        < Int(right.split(separator: "-").last!.dropLast(5))!
    }
    #expect(files.count >= 3)
    var keys: [UInt64] = []
    for (number, name) in files.enumerated() {
      #expect(name.hasSuffix("-\(number).tarn"))
      keys += try requests("\(folder.path)/\(name)").all.map(\.key)
    }
    #expect(keys == (0..<10_000).map { UInt64($0) })
  }
}
