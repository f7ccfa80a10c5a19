import NIOCore
import Synchronization
import TarnCore
import Testing

@testable import TarnNode

@Suite struct EarlyReadTests {
  /// Requests to the origin: for attributes, for both, for ranges.
  private func requests(_ bench: ObjectBench) -> [Int] {
    bench.origin.state.withLock { [$0.questions, $0.opens, $0.reads] }
  }

  @Test func `a cold object of one block costs one request`() async throws {
    let bench = try ObjectBench(.immutable)
    bench.origin.put("k", size: 1_000, byte: 7)
    let object = try await bench.open("k", wanting: 0).get()
    let (bytes, failure) = try await bench.read(object, 0..<1_000)
    #expect(failure == nil && bytes == [UInt8](repeating: 7, count: 1_000))
    #expect(requests(bench) == [0, 1, 0])
    #expect(bench.service.earlyReads.bytes == 0)
    let (reads, core) = try await bench.figures()
    #expect(core.originFetches == 1 && reads.originReads == 1 && reads.originBytes == 1_000)
  }

  @Test func `the block in which the wanted range starts comes with it, the others as ever`()
    async throws
  {
    let bench = try ObjectBench(.immutable)
    bench.origin.put("k", size: 300_000, byte: 7)
    let object = try await bench.open("k", wanting: 140_000).get()
    let (bytes, failure) = try await bench.read(object, 140_000..<300_000)
    #expect(failure == nil && bytes == [UInt8](repeating: 7, count: 160_000))
    // Blocks 2, 3 and 4, of which the first came early.
    #expect(requests(bench) == [0, 1, 2])
  }

  @Test func `a crowd that opens and reads costs one request`() async throws {
    let bench = try ObjectBench(.ttl(10_000_000_000))
    bench.origin.put("k", size: 65_536, byte: 3)
    bench.origin.state.withLock { $0.isHeld = true }
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<50 {
        group.addTask {
          let object = try await bench.open("k", wanting: 0).get()
          // The block may still be on its way now.
          bench.origin.state.withLock { $0.isHeld = false }
          return try await bench.read(object, 0..<65_536).bytes.count
        }
      }
      for try await count in group { #expect(count == 65_536) }
    }
    #expect(requests(bench) == [0, 1, 0])
  }

  @Test func `attributes alone are asked for alone, and what is known is not read again`()
    async throws
  {
    let bench = try ObjectBench(.validate)
    bench.origin.put("k", size: 10, byte: 3)
    _ = try await bench.open("k").get()
    #expect(requests(bench) == [1, 0, 0])
    _ = try await bench.open("k", wanting: 0).get()
    #expect(requests(bench) == [2, 0, 0])
  }

  @Test func `what is not there is not there`() async throws {
    let bench = try ObjectBench(.immutable)
    #expect(await bench.open("nothing", wanting: 0).failure == .noObject)
    bench.origin.put("empty", size: 0, byte: 1)
    #expect(try await bench.open("empty", wanting: 0).get().object.size == 0)
    bench.origin.put("short", size: 10, byte: 1)
    #expect(try await bench.open("short", wanting: 1 << 40).get().object.size == 10)
    #expect(try await bench.open("short", wanting: .max).get().object.size == 10)
    #expect(bench.service.earlyReads.bytes == 0)
  }

  @Test func `an overwrite between the early block and the next mixes nothing`() async throws {
    let bench = try ObjectBench(.immutable)
    bench.origin.put("k", size: 131_072, byte: 1)
    let object = try await bench.open("k", wanting: 0).get()
    bench.origin.put("k", size: 131_072, byte: 2)
    let (bytes, failure) = try await bench.read(object, 0..<131_072)
    #expect(failure == .changed && bytes.allSatisfy { $0 == 1 })
    let fresh = try await bench.open("k", wanting: 0).get()
    let again = try await bench.read(fresh, 0..<131_072)
    #expect(again.failure == nil && again.bytes == [UInt8](repeating: 2, count: 131_072))
  }

  @Test(arguments: [OriginError.failed("cut off"), .throttled(retryAfterMilliseconds: 5)])
  func `a block that fails on its way is read by itself`(error: OriginError) async throws {
    let bench = try ObjectBench(.immutable)
    bench.origin.put("k", size: 10, byte: 4)
    bench.origin.state.withLock { $0.failures = [error] }
    let object = try await bench.open("k", wanting: 0).get()
    #expect(try await bench.read(object, 0..<10).bytes == [UInt8](repeating: 4, count: 10))
    #expect(requests(bench) == [0, 1, 1])
  }

  @Test(.timeLimit(.minutes(1))) func `a block that nobody reads is dropped`() async throws {
    let bench = try ObjectBench(.immutable)
    bench.origin.put("k", size: 10, byte: 4)
    let object = try await bench.open("k", wanting: 0).get()
    while bench.service.earlyReads.bytes > 0 { try await Task.sleep(for: .milliseconds(20)) }
    #expect(try await bench.read(object, 0..<10).failure == nil)
    #expect(requests(bench) == [0, 1, 1])
  }

  @Test(.timeLimit(.minutes(1))) func `no more comes early than may`() async throws {
    let bench = try ObjectBench(.immutable)
    for key in ["a", "b", "c"] { bench.origin.put(key, size: 65_536, byte: 4) }
    bench.origin.state.withLock { $0.isHeld = true }
    let front = bench.service(earlyBytes: 131_072)
    for key in ["a", "b", "c"] {
      _ = try await bench.open(key, wanting: 0, through: front).get()
      #expect(front.earlyReads.bytes <= 131_072)
    }
    #expect(requests(bench) == [1, 2, 0])
    bench.origin.state.withLock { $0.isHeld = false }
  }

  @Test func `where the cache has what came early, few opens read`() async throws {
    let bench = try ObjectBench(.immutable)
    for number in 0..<64 {
      bench.origin.put("k\(number)", size: 10, byte: 4)
      let object = try await bench.open("k\(number)").get()
      _ = try await bench.read(object, 0..<10)
    }
    #expect(requests(bench) == [64, 0, 64])
    // As after a restart with warm flash: the blocks are here, what they are of is forgotten.
    let front = bench.service()
    for number in 0..<64 {
      let object = try await bench.open("k\(number)", wanting: 0, through: front).get()
      #expect(try await bench.read(object, 0..<10).bytes.count == 10)
    }
    // The first, and one of sixteen of the other 63.
    #expect(requests(bench) == [64 + 60, 4, 64])
    #expect(front.earlyReads.bytes == 0)
  }
}
