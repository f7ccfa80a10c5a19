import Synchronization
import TarnCore
import Testing

@testable import TarnNode

@Suite struct MemoryShortageTests {
  @Test func readsThatWaitForMemoryCountOnce() async throws {
    // Room for two blocks, and sixteen readers that each want four at once.
    let bench = try ObjectBench(.immutable, threads: 1, memoryBytes: 131_072)
    for number in 0..<16 { bench.origin.put("k\(number)", size: 655_360, byte: UInt8(number)) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<16 {
        group.addTask {
          let object = try await bench.open("k\(number)").get()
          let (bytes, failure) = try await bench.read(object, 0..<655_360)
          #expect(failure == nil && bytes.allSatisfy { $0 == UInt8(number) })
          #expect(bytes.count == 655_360)
        }
      }
      try await group.waitForAll()
    }
    let (reads, core) = try await bench.figures()
    #expect(reads.refusals > 0 && core.failures == reads.refusals)
    #expect(Source.allCases.map { reads.reads(from: $0) }.reduce(0, +) == 160)
    #expect(reads.reads(from: .none) == 0)
  }

  @Test(.timeLimit(.minutes(1))) func readsThatNeverFindMemoryCountOnceAsFailed() async throws {
    let bench = try ObjectBench(.immutable, threads: 1, memoryBytes: 131_072)
    bench.origin.put("holder", size: 131_072, byte: 1)
    bench.origin.put("late", size: 1, byte: 2)
    let (holder, late) = (try await bench.open("holder").get(), try await bench.open("late").get())
    bench.origin.state.withLock { $0.isHeld = true }
    async let held = bench.read(holder, 0..<131_072)
    while bench.origin.state.withLock({ $0.reads }) < 2 {
      try await Task.sleep(for: .milliseconds(1))
    }
    let hasty = bench.service(patience: 30_000_000)
    let refused = try await bench.read(late, 0..<1, through: hasty)
    #expect(refused.failure == .busy(retryAfterMilliseconds: 1_000))
    bench.origin.state.withLock { $0.isHeld = false }
    #expect(try await held.failure == nil)
    let (reads, core) = try await bench.figures()
    #expect(reads.reads(from: .none) == 1 && reads.reads(from: .origin) == 2)
    #expect(reads.refusals >= 2 && core.failures == reads.refusals)
  }
}
