import TarnSim
import Testing
@testable import TarnTraceFormat

/// Binary records: oracleGeneral and lcs. The golden bytes are those that libCacheSim's Python
/// package 0.3.5 wrote for two requests: 10 s, id 1001, 100 bytes, get, tenant 3, TTL 7, wanted
/// again by request 3; and 11 s, id 1002, 200 bytes, set, tenant 4, TTL 8, wanted by request 5.
@Suite struct RecordTests {
  private static let oracle: [UInt8] = [
    0x0a, 0, 0, 0, 0xe9, 3, 0, 0, 0, 0, 0, 0, 0x64, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
    0x0b, 0, 0, 0, 0xea, 3, 0, 0, 0, 0, 0, 0, 0xc8, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0,
  ]
  private static let version2: [UInt8] = [
    0x0a, 0, 0, 0, 0xe9, 3, 0, 0, 0, 0, 0, 0, 0x64, 0, 0, 0, 1, 3, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
    0x0b, 0, 0, 0, 0xea, 3, 0, 0, 0, 0, 0, 0, 0xc8, 0, 0, 0, 3, 4, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0,
  ]
  private static let version3: [[UInt8]] = [
    [
      0x0a, 0, 0, 0, 0xe9, 3, 0, 0, 0, 0, 0, 0, 0x64, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0, 7, 0, 0, 0,
      3, 0, 0, 0, 0, 0, 0, 0,
    ],
    [
      0x0b, 0, 0, 0, 0xea, 3, 0, 0, 0, 0, 0, 0, 0xc8, 0, 0, 0, 0, 0, 0, 0, 3, 4, 0, 0, 8, 0, 0, 0,
      5, 0, 0, 0, 0, 0, 0, 0,
    ],
  ]

  private static func lcs(version: UInt8, count: UInt8 = 2, records: [UInt8]) -> [UInt8] {
    let magic: [UInt8] = [0xf0, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12]
    var header = magic + [version, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, count]
    header += [UInt8](repeating: 0, count: 8184 - header.count)
    return header + magic + records
  }

  /// The records of a version: from 4 on features follow.
  private static func records(_ version: UInt8) -> [UInt8] {
    switch version {
    case 1: oracle
    case 2: version2
    case 3: version3.flatMap { $0 }
    default: version3.flatMap { $0 + [UInt8](repeating: 9, count: 4 << Int(version - 4)) }
    }
  }

  private func problem(_ bytes: [UInt8], _ format: TraceFormat? = nil) -> String? {
    traceError { _ = try Opened(bytes: bytes, options: TraceReadOptions(format: format)) }
      .map { String("\($0)".drop { $0 != ":" }) }
  }

  @Test func `oracleGeneral is told by its records`() throws {
    let found = try Opened(bytes: Self.oracle)
    #expect(found.format == .oracleGeneral)
    #expect(found.keys == [1001, 1002])
    #expect(found.sizes == [100, 200])
    #expect(found.nanoseconds == [10_000_000_000, 11_000_000_000])
  }

  @Test(arguments: 1...8 as ClosedRange<UInt8>)
  func `every version of lcs reads the same`(version: UInt8) throws {
    let found = try Opened(bytes: Self.lcs(version: version, records: Self.records(version)))
    #expect(found.format == .lcs)
    #expect(found.keys == [1001, 1002])
    #expect(found.sizes == [100, 200])
    #expect(found.nanoseconds == [10_000_000_000, 11_000_000_000])
    #expect(found.operations == (version == 1 ? [] : [0, 1]))
    #expect(found.tenants == (version == 1 ? [] : [3, 4]))
  }

  @Test func `a version that is not known is refused`() {
    #expect(
      problem(Self.lcs(version: 9, records: Self.oracle))
        == ": at byte 8: is lcs version 9; versions 1 to 8 can be read, convert it to one of them")
  }

  @Test func `a record that is cut is an error at its number`() {
    for length in 25..<48 {
      #expect(
        problem(Array(Self.oracle.prefix(length)), .oracleGeneral)
          == ": record 1: the trace ends after \(length - 24) of its 24 bytes; the file is "
          + "truncated, or in another format")
    }
  }

  @Test func `a cut between records shows by the announced count`() {
    #expect(
      problem(Self.lcs(version: 1, records: Array(Self.oracle.prefix(24))))
        == ": record 1: the trace ends here, where 2 records were announced; copy it again")
    #expect(
      problem(Array(Self.lcs(version: 1, records: []).prefix(5000)))
        == ": ends inside the 8,192 bytes of an lcs header")
  }

  @Test func `times out of order are refused unless ignored`() throws {
    let swapped = Array(Self.oracle[24...] + Self.oracle[..<24])
    #expect(
      problem(swapped, .oracleGeneral)
        == ": record 1: its time 10 is before its predecessor's 11; sort the requests by time, or "
        + "read them with --ignore-time")
    var options = TraceReadOptions(format: .oracleGeneral)
    options.ignoreTimes = true
    #expect(try Opened(bytes: swapped, options: options).keys == [1002, 1001])
  }

  @Test func `records are mapped as they are`() throws {
    let file = try TemporaryFile(Self.oracle)
    let mapped = try MappedRequests(path: file.path)
    #expect(mapped.count == 2)
    #expect((0..<2).map { mapped.key($0) } == [1001, 1002])
    #expect((0..<2).map { mapped.size($0) } == [100, 200])
    #expect((0..<2).map { mapped.seconds($0) } == [10, 11])
    let cut = try TemporaryFile(Array(Self.oracle.dropLast()))
    #expect(traceError { _ = try MappedRequests(path: cut.path) }?.position == .record(1))
    let packed = try TemporaryFile(ZstdTests.lines)
    #expect(traceError { _ = try MappedRequests(path: packed.path) }?.kind == .malformed)
  }
}

@Suite struct ZstdTests {
  /// "a", "b", "abc" a line, as zstd(1) packs them.
  static let lines: [UInt8] = [
    0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x41, 0x00, 0x00, 0x61, 0x0a, 0x62, 0x0a, 0x61, 0x62, 0x63,
    0x0a, 0xa6, 0x51, 0xe5, 0xda,
  ]

  private func read(_ bytes: [UInt8]) throws -> [String] {
    let file = try TemporaryFile(bytes)
    var reader = try LineReader(path: file.path)
    var lines: [String] = []
    while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
    return lines
  }

  @Test func `frames follow one another`() throws {
    #expect(try read(Self.lines) == ["a", "b", "abc"])
    #expect(try read(Self.lines + Self.lines) == ["a", "b", "abc", "a", "b", "abc"])
  }

  @Test func `a truncated zstd file is an error`() throws {
    for length in 4..<Self.lines.count {
      let error = traceError { _ = try read(Array(Self.lines.prefix(length))) }
      #expect(error?.kind == .zstd, "length \(length)")
      #expect(error?.problem.contains("truncated") == true, "length \(length)")
    }
  }

  @Test func `a corrupt zstd file is an error that says where`() {
    var bytes = Self.lines
    bytes[10] ^= 1
    let error = traceError { _ = try read(bytes) }
    #expect(error?.kind == .zstd)
    #expect(error?.problem.hasPrefix("the zstd stream is corrupt") == true)
  }
}
