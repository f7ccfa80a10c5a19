import Foundation
import TarnCore
import Testing

@testable import TarnSim
@testable import TarnTraceFormat

/// A replay gives the same figures however its trace is held, and only counts what it should.
@Suite struct ReplayTests {
  /// Skewed keys with sizes from 1 to 100, an object always of one size.
  private static func trace(requests: Int = 6_000) -> RequestTrace {
    var numbers = TestNumbers(5)
    let keys = (0..<requests).map { _ in numbers.below(numbers.below(2_000) + 1) &* 0x9E37_79B9 }
    return RequestTrace(name: "skewed", keys: keys, sizes: keys.map { UInt32($0 % 100 + 1) })
  }

  private static func oracleGeneral(_ trace: RequestTrace) -> [UInt8] {
    var bytes: [UInt8] = []
    for index in 0..<trace.count {
      withUnsafeBytes(of: UInt32(index / 100).littleEndian) { bytes.append(contentsOf: $0) }
      withUnsafeBytes(of: trace.keys[index].littleEndian) { bytes.append(contentsOf: $0) }
      withUnsafeBytes(of: trace.sizes[index].littleEndian) { bytes.append(contentsOf: $0) }
      withUnsafeBytes(of: Int64(-1).littleEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  @Test(arguments: EvictionKind.allCases)
  func `mapped, streamed and loaded traces give the same counters`(kind: EvictionKind) throws {
    let trace = Self.trace()
    let file = try TemporaryFile(Self.oracleGeneral(trace), suffix: ".oracleGeneral")
    let mapped = try ReplayInput.open(
      path: file.path, options: TraceReadOptions(), wantsColumns: false, memoryLimit: 1 << 30
    ) { _ in }
    let loaded = try ReplayInput.open(
      path: file.path, options: TraceReadOptions(), wantsColumns: true, memoryLimit: 1 << 30
    ) { _ in }
    let tarn = try TemporaryFile(suffix: ".tarn")
    _ = try TraceConversion().convert(file.path, to: tarn.path)
    let streamed = try ReplayInput.open(
      path: tarn.path, options: TraceReadOptions(), wantsColumns: false, memoryLimit: 1
    ) { _ in }
    guard case .mapped = mapped, case .loaded = loaded, case .streamed = streamed else {
      Issue.record("an input is of another kind than asked for")
      return
    }
    #expect(mapped.footprint() == loaded.footprint())
    #expect(streamed.footprint() == loaded.footprint())
    for (capacity, isSized) in [(100, false), (4_000, true)] as [(UInt64, Bool)] {
      let cell = ReplayCell(
        policy: ReplayPolicy(EvictionConfiguration(kind)), capacity: capacity, isSized: isSized)
      let plain = try Replay.run(cell, over: loaded)
      #expect(plain.counters.requests == 6_000)
      #expect(plain.counters.misses > 0)
      #expect(try Replay.run(cell, over: mapped).counters == plain.counters)
      #expect(try Replay.run(cell, over: streamed).counters == plain.counters)
    }
  }

  @Test(arguments: [EvictionKind.lru, .fifo, .clock, .sieve, .s3fifo, .arc, .twoQ, .lirs, .lfu])
  func `interned keys change nothing but the time`(kind: EvictionKind) throws {
    let trace = Self.trace()
    let (interned, keys) = trace.interned()
    #expect(keys == Int(trace.footprint().objects))
    #expect(interned.keys.max() == UInt64(keys - 1))
    let cell = ReplayCell(
      policy: ReplayPolicy(EvictionConfiguration(kind)), capacity: 150, isSized: false)
    var options = Replay.Options()
    options.internedBelow = keys
    let hashed = try Replay.run(cell, over: trace)
    #expect(try Replay.run(cell, over: interned, options: options).counters == hashed.counters)
  }

  @Test(arguments: ["lru", "belady", "belady-size"])
  func `requests before the first counted one warm the cache`(policy: String) throws {
    let trace = Self.trace()
    let cell = ReplayCell(
      policy: try ReplayPolicy(parsing: policy), capacity: 200, isSized: false)
    let whole = try Replay.run(cell, over: trace).counters
    var options = Replay.Options()
    options.countFrom = 2_500
    let rest = try Replay.run(cell, over: trace, options: options).counters
    let head = RequestTrace(name: "head", keys: Array(trace.keys[..<2_500]))
    #expect(rest.requests == 3_500)
    if policy == "lru" {
      let start = try Replay.run(cell, over: head).counters
      #expect(rest.misses == whole.misses - start.misses)
    } else {
      #expect(rest.misses < whole.misses)
    }
  }

  @Test func `an object larger than the cache misses and pushes nothing out`() throws {
    let trace = RequestTrace(
      name: "large", keys: [1, 2, 3, 1, 2, 3], sizes: [4, 4, 100, 4, 4, 100])
    for kind in EvictionKind.allCases where kind != .lirs && kind != .twoQ && kind != .s3fifo {
      let cell = ReplayCell(
        policy: ReplayPolicy(EvictionConfiguration(kind)), capacity: 10, isSized: true)
      let counters = try Replay.run(cell, over: trace).counters
      #expect(counters.misses == 4, "\(kind.name)")
      #expect(counters.evictions == 0, "\(kind.name)")
      #expect(counters.bytesWritten == 8, "\(kind.name)")
    }
  }

  @Test func `an unsorted mapped trace is refused with the record`() throws {
    var bytes = Self.oracleGeneral(Self.trace(requests: 300))
    bytes[24 * 250] = 0
    let file = try TemporaryFile(bytes, suffix: ".oracleGeneral")
    let error = #expect(throws: TraceError.self) {
      _ = try ReplayInput.open(
        path: file.path, options: TraceReadOptions(), wantsColumns: false, memoryLimit: 1 << 30
      ) { _ in }
    }
    #expect(error?.kind == .unsorted)
    #expect(error?.position == .record(250))
  }
}
