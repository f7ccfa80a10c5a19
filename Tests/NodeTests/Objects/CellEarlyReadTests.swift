import Synchronization
import TarnCore
import Testing

@testable import TarnNode

/// What the first reads of an object cost the origin of a cell.
@Suite struct CellEarlyReadTests {
  private static let block: UInt64 = 65_536

  /// All nodes read the object at once; every one gets it whole.
  private func readEverywhere(
    _ bench: CellBench, _ key: String, _ range: Range<UInt64>, byte: UInt8
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for node in bench.nodes.indices {
        group.addTask {
          let (bytes, failure) = try await bench.read(key, range, at: node)
          #expect(failure == nil && bytes == [UInt8](repeating: byte, count: range.count))
        }
      }
      try await group.waitForAll()
    }
  }

  @Test(arguments: [1, 2, 5])
  func `a cold object of one block costs a cell one request`(count: Int) async throws {
    let bench = try CellBench(count, .immutable)
    for number in 0..<40 {
      bench.origin.put("k\(number)", size: Self.block, byte: UInt8(number))
      try await readEverywhere(bench, "k\(number)", 0..<Self.block, byte: UInt8(number))
    }
    #expect(bench.requests == [0, 40, 0])
  }

  @Test func `what one node read before is nobody's to ask the origin for`() async throws {
    let bench = try CellBench(4, .ttl(3_600_000_000_000))
    for number in 0..<20 {
      bench.origin.put("k\(number)", size: 1_000, byte: 7)
      for node in 0..<4 {
        #expect(try await bench.read("k\(number)", 0..<1_000, at: node).failure == nil)
      }
    }
    #expect(bench.requests == [0, 20, 0])
  }

  @Test func `the other blocks of the object are read once each`() async throws {
    let bench = try CellBench(4, .immutable)
    bench.origin.put("k", size: 5 * Self.block, byte: 7)
    try await readEverywhere(bench, "k", 140_000..<300_000, byte: 7)
    #expect(bench.requests == [0, 1, 2])
    try await readEverywhere(bench, "k", 0..<5 * Self.block, byte: 7)
    #expect(bench.requests == [0, 1, 4])
  }

  @Test(arguments: [OriginError.failed("cut off"), .throttled(retryAfterMilliseconds: 5)])
  func `a block that fails on its way is read by its owner`(error: OriginError) async throws {
    let bench = try CellBench(4, .immutable)
    for number in 0..<8 {
      bench.origin.put("k\(number)", size: 10, byte: 4)
      bench.origin.state.withLock { $0.failures = [error] }
      try await readEverywhere(bench, "k\(number)", 0..<10, byte: 4)
    }
    #expect(bench.requests == [0, 8, 8])
  }

  /// As if the home had died as soon as it had answered.
  @Test func `a promise that is not kept costs time and another request`() async throws {
    let bench = try CellBench(4, .immutable, originTimeout: 400_000_000)
    bench.lose { $0.kind == .ask && $0.flags.contains(.paid) && $0.flags.contains(.onlyIfPresent) }
    bench.origin.put("k", size: 10, byte: 4)
    try await readEverywhere(bench, "k", 0..<10, byte: 4)
    let requests = bench.requests
    // Where the home owns the block itself there is nothing to ask for, and a busy machine may be too
    // slow for the short time-out.
    #expect(requests[0] == 0 && requests[1] == 1 && requests[2] <= 3)
  }

  @Test(.timeLimit(.minutes(1))) func `a block that nobody reads is dropped`() async throws {
    let bench = try CellBench(3, .immutable)
    bench.lose { $0.kind == .ask }
    bench.origin.put("k", size: 10, byte: 4)
    let read = Task { try await bench.read("k", 0..<10, at: 0) }
    while bench.requests[1] == 0 { try await Task.sleep(for: .milliseconds(5)) }
    while bench.nodes.contains(where: { $0.service.earlyReads.bytes > 0 }) {
      try await Task.sleep(for: .milliseconds(20))
    }
    read.cancel()
  }

  @Test func `where every open asks the origin, no block comes along`() async throws {
    let bench = try CellBench(4, .validate)
    bench.origin.put("k", size: Self.block, byte: 7)
    try await readEverywhere(bench, "k", 0..<Self.block, byte: 7)
    #expect(bench.requests == [4, 0, 1])
  }

  @Test func `promises end, and the oldest make room`() {
    var promises = PromisedBlocks()
    let start = Instant(nanoseconds: 5)
    func key(_ number: UInt64) -> BlockKey { BlockKey(high: number, low: 1) }
    for number in 0..<20_000 as Range<UInt64> {
      promises.note(key(number), holder: NodeID(UInt16(number & 7)), at: start)
    }
    #expect(promises.holder(of: key(0), at: start) == nil)
    #expect(promises.holder(of: key(19_999), at: start) == NodeID(7))
    #expect(promises.take(key(19_998), at: start) == NodeID(6))
    #expect(promises.take(key(19_998), at: start) == nil)
    let end = start + PromisedBlocks.termNanoseconds
    #expect(promises.holder(of: key(19_999), at: end) == nil)
    promises.note(key(19_999), holder: NodeID(3), at: end)
    #expect(promises.holder(of: key(19_999), at: end) == NodeID(3))
  }
}
