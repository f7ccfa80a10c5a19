@testable import TarnSim
import Testing
@testable import TarnTraceFormat

@Suite struct TraceFormatTests {
  /// All records of a trace of requests.
  static func requests(_ path: String, strict: Bool = true) throws -> [TraceRequest] {
    var reader = try TraceReader(path: path, strict: strict)
    var block = TraceBlock()
    var found: [TraceRequest] = []
    while try reader.next(into: &block) {
      #expect(block.firstRecord == UInt64(found.count))
      for index in 0..<block.count { found.append(block.request(at: index)) }
    }
    return found
  }

  static func write(
    _ requests: [TraceRequest], to path: String, schema: TraceSchema, recordsPerBlock: Int? = nil
  ) throws {
    var writer = try TraceWriter(path: path, schema: schema, recordsPerBlock: recordsPerBlock)
    for request in requests { try writer.append(request) }
    try writer.finish()
  }

  @Test func `a small trace is these bytes`() throws {
    let file = try TemporaryFile()
    try Self.write(
      [
        TraceRequest(time: 5, key: 3, size: 100), TraceRequest(time: 6, key: 4, size: 100),
      ], to: file.path,
      schema: .requests([.time, .size], nanosecondsPerTick: 1000, notes: [.init("by", "me")]))
    let header: [UInt8] = [
      0x89, 0x54, 0x41, 0x52, 0x4e, 0x0d, 0x0a, 0x1a, 1, 0, 3, 0, 58, 0, 0, 0,
      0xe8, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0,
      1, 64, 1, 0, 2, 64, 1, 0, 4, 64, 1, 0, 0x62, 0x79, 0x3d, 0x6d, 0x65, 0x0a,
    ]
    let headerSum = Self.littleEndian(XXHash64.hash(header))
    // Up to the payload's stored length, which is lz4's affair.
    let blockStart: [UInt8] = [0x54, 0x42, 0x4c, 0x4b, 2, 0, 0, 0]
    let blockRest: [UInt8] = [
      69, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0,
      0, 0, 0, 0, 1, 0, 0, 0,
    ]
    let bytes = try file.bytes()
    #expect(Array(bytes.prefix(58)) == header + headerSum)
    #expect(Array(bytes[58..<66]) == blockStart)
    #expect(Array(bytes[70..<106]) == blockRest)
    let indexStart = 58 + 48 + Int(bytes[66]) + 8
    var index: [UInt8] = [0x54, 0x49, 0x44, 0x58, 1, 0, 0, 0, 58, 0, 0, 0] + header + headerSum
    for value in [58, 0, 5, 6, 2, 0] as [UInt64] { index += Self.littleEndian(value) }
    let trailer = Self.littleEndian(UInt64(indexStart)) + Array("TARNEND\n".utf8)
    #expect(
      Array(bytes[indexStart...])
        == index + Self.littleEndian(XXHash64.hash(index)) + trailer)
    #expect(try Self.requests(file.path).map(\.key) == [3, 4])
  }

  // Put together by hand from traces/FORMAT.md, every encoding but one, payload not compressed.
  @Test func `these bytes are a small trace`() throws {
    let golden: [UInt8] = [
      0x89, 0x54, 0x41, 0x52, 0x4e, 0x0d, 0x0a, 0x1a, 0x01, 0x00, 0x03, 0x00, 0x3a, 0x00,
      0x00, 0x00, 0xe8, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x06, 0x00, 0x00, 0x00, 0x01, 0x40, 0x01, 0x00, 0x02, 0x40, 0x01, 0x00, 0x04, 0x40,
      0x01, 0x00, 0x62, 0x79, 0x3d, 0x6d, 0x65, 0x0a, 0xb9, 0xb0, 0x13, 0xbd, 0x9b, 0x70,
      0xad, 0x6c, 0x54, 0x42, 0x4c, 0x4b, 0x02, 0x00, 0x00, 0x00, 0x41, 0x00, 0x00, 0x00,
      0x41, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x0b, 0x00, 0x00, 0x00, 0x00,
      0x01, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x0a, 0x00, 0x00,
      0x00, 0x01, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x04, 0x1d, 0x00,
      0x00, 0x00, 0x03, 0x01, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x64,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0xc3, 0xdb, 0xb4, 0xff, 0xb0, 0x57, 0xe5, 0x38, 0x54, 0x49, 0x44,
      0x58, 0x01, 0x00, 0x00, 0x00, 0x3a, 0x00, 0x00, 0x00, 0x89, 0x54, 0x41, 0x52, 0x4e,
      0x0d, 0x0a, 0x1a, 0x01, 0x00, 0x03, 0x00, 0x3a, 0x00, 0x00, 0x00, 0xe8, 0x03, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x00, 0x00, 0x00, 0x01,
      0x40, 0x01, 0x00, 0x02, 0x40, 0x01, 0x00, 0x04, 0x40, 0x01, 0x00, 0x62, 0x79, 0x3d,
      0x6d, 0x65, 0x0a, 0xb9, 0xb0, 0x13, 0xbd, 0x9b, 0x70, 0xad, 0x6c, 0x3a, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0xb6, 0xfb, 0x3d, 0xc3, 0x22, 0x39, 0x41, 0xa1, 0xb3, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x54, 0x41, 0x52, 0x4e, 0x45, 0x4e, 0x44, 0x0a,
    ]
    let file = try TemporaryFile(golden)
    #expect(
      try Self.requests(file.path) == [
        TraceRequest(time: 5, key: 3, size: 100), TraceRequest(time: 6, key: 4, size: 100),
      ])
  }

  static func littleEndian(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  @Test(arguments: 0..<25) func `any requests come back`(seed: Int) throws {
    var numbers = TestNumbers(UInt64(seed))
    let optional = [TraceColumn.time, .keyHigh, .size, .operation, .tenant]
      .filter { _ in numbers.below(2) == 0 }
    var time: UInt64 = 0
    let requests = (0..<numbers.below(2000)).map { _ -> TraceRequest in
      time += numbers.below(10) == 0 ? numbers.below(1 << 40) : numbers.below(3)
      func optionally(_ column: TraceColumn, _ value: UInt64) -> UInt64 {
        optional.contains(column) ? value : 0
      }
      return TraceRequest(
        time: optionally(.time, time), key: numbers.next() >> numbers.below(64),
        keyHigh: optionally(.keyHigh, numbers.below(3)),
        size: optionally(.size, numbers.below(5) << numbers.below(40)),
        operation: TraceOperation(rawValue: UInt8(optionally(.operation, numbers.below(3)))),
        tenant: UInt16(optionally(.tenant, numbers.below(1 << 16))))
    }
    let file = try TemporaryFile()
    try Self.write(
      requests, to: file.path, schema: .requests(Set(optional)),
      recordsPerBlock: Int(1 + numbers.below(400)))
    #expect(try Self.requests(file.path) == requests, "seed \(seed)")
  }

  @Test(arguments: 0..<15) func `any prompts come back`(seed: Int) throws {
    var numbers = TestNumbers(UInt64(seed) &+ 77)
    var trace = KVTrace(tokensPerBlock: 16)
    var prompt = KVPrompt()
    for _ in 0..<(1 + numbers.below(600)) {
      prompt.timeNanoseconds += numbers.below(1 << 33)
      prompt.inputTokens = UInt32(numbers.below(1 << 32))
      prompt.outputTokens = UInt32(numbers.below(100))
      // Hashes, shared prefixes, and sometimes nothing.
      prompt.chain = Array(prompt.chain.prefix(Int(numbers.below(8))))
      for _ in 0..<numbers.below(6) { prompt.chain.append(numbers.next()) }
      trace.append(prompt)
    }
    let file = try TemporaryFile()
    try trace.write(path: file.path)
    #expect(try KVTrace.load(path: file.path) == trace, "seed \(seed)")
  }

  @Test func `an empty trace is whole`() throws {
    let file = try TemporaryFile()
    try Self.write([], to: file.path, schema: .requests([]))
    let reader = try TraceReader(path: file.path, strict: true)
    #expect(reader.recordCount == 0)
    #expect(try Self.requests(file.path) == [])
    #expect(traceError { _ = try TraceSummary(path: file.path) }?.kind == .empty)
  }

  @Test func `reading starts in the middle by record and by time`() throws {
    let file = try TemporaryFile()
    let requests = (0..<1000).map { TraceRequest(time: UInt64($0) * 10, key: UInt64($0)) }
    try Self.write(requests, to: file.path, schema: .requests([.time]), recordsPerBlock: 64)
    var reader = try TraceReader(path: file.path)
    var block = TraceBlock()
    for record in [0, 63, 64, 500, 999] as [UInt64] {
      try reader.seek(toRecord: record)
      let isThere = try reader.next(into: &block)
      #expect(isThere && block.firstRecord == record / 64 * 64)
      try reader.seek(toTime: record * 10)
      let isThereToo = try reader.next(into: &block)
      #expect(isThereToo && block.firstRecord == record / 64 * 64)
    }
    try reader.seek(toTime: 635)
    _ = try reader.next(into: &block)
    #expect(block.firstRecord == 64)
    try reader.seek(toRecord: 1000)
    let isBehind = try reader.next(into: &block)
    #expect(!isBehind)
    #expect(reader.damage.isEmpty)
  }

  @Test func `an unsorted request is refused, and nothing is left behind`() throws {
    let file = try TemporaryFile()
    let error = traceError {
      try Self.write(
        [TraceRequest(time: 2, key: 0), TraceRequest(time: 1, key: 0)], to: file.path,
        schema: .requests([.time]))
    }
    #expect(error?.kind == .unsorted)
    #expect(error?.position == .record(1))
    #expect(!file.exists)
    #expect(!(try TemporaryFile().exists))
  }

  @Test func `a later version and an unknown needed column are refused`() throws {
    let file = try TemporaryFile()
    try Self.write([TraceRequest(key: 1)], to: file.path, schema: .requests([]))
    for (offset, value) in [(8, 2), (32, 200)] {
      var bytes = try file.bytes()
      bytes[offset] = UInt8(value)
      let length = Int(bytes[12])
      let sum = Self.littleEndian(XXHash64.hash(Array(bytes.prefix(length - 8))))
      bytes.replaceSubrange((length - 8)..<length, with: sum)
      let changed = try TemporaryFile(bytes)
      #expect(traceError { _ = try TraceReader(path: changed.path) }?.kind == .version)
    }
  }
}
