import Logging
import NIOCore
import NIOPosix
import Synchronization
import TarnCore
import Testing

@testable import TarnNode

/// An origin in memory: block n of an object is full of bytes n + 1. Counts what it is asked.
private final class FakeOrigin: BlockOrigin {
  let reads = Mutex<[BlockKey: Int]>([:])
  let failures: Mutex<[OriginError]>
  init(failing failures: [OriginError] = []) { self.failures = Mutex(failures) }

  func read(
    _ locator: BlockLocator, by path: OriginPath, into payload: Payload
  ) async throws(OriginError) {
    reads.withLock { $0[locator.key, default: 0] += 1 }
    let failure = failures.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    if let failure { throw failure }
    payload.bytes.initializeMemory(as: UInt8.self, repeating: UInt8(locator.index + 1))
  }
}

/// Collects answers and lets a test wait for them.
private final class Answers: BlockWaiter, Sendable {
  let arrived = Mutex<[Int: BlockAnswer]>([:])
  func blockArrived(_ answer: BlockAnswer, tag: Int) { arrived.withLock { $0[tag] = answer } }
}

private struct Bench {
  let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  let shard: Shard
  let memory: PayloadMemory
  let object: ObjectVersion

  init(origin: FakeOrigin, memoryBytes: UInt64 = 8 << 20, blocks: UInt64 = 64) throws {
    var cache = CacheConfiguration()
    cache.memoryBytes = memoryBytes
    memory = try PayloadMemory(capacityBytes: memoryBytes, largestBlock: 1 << 20)
    let loop = group.next()
    shard = Shard(
      ShardSettings(
        number: 0, node: NodeID(0), incarnation: 0, cache: SharedConfiguration(cache), loop: loop,
        logger: Logger(label: "test")), memory: memory, flash: nil, origin: origin, peers: nil)
    object = ObjectVersion(
      tenant: TenantID(0), salt: TenantSalt(key0: 1, key1: 2), container: "c", key: "k",
      version: "\"1\"", size: blocks << 20, blockBytes: 1 << 20)
  }

  /// Reads blocks at once; the answers in order.
  func read(_ indexes: [UInt32]) async throws -> [BlockAnswer] {
    let answers = Answers()
    let (shard, object) = (shard, object)
    try await shard.loop.submit {
      for (tag, index) in indexes.enumerated() {
        let locator = BlockLocator(object: object, index: index)
        let read = BlockRead(
          locator: locator, key: locator.key, deadline: Shard.now + 10_000_000_000)
        if let answer = shard.read(read, waiter: answers, tag: tag) {
          answers.blockArrived(answer, tag: tag)
        }
      }
    }.get()
    while answers.arrived.withLock({ $0.count }) < indexes.count {
      try await Task.sleep(nanoseconds: 200_000)
    }
    return answers.arrived.withLock { arrived in indexes.indices.compactMap { arrived[$0] } }
  }
}

@Suite struct ShardTests {
  @Test func aCrowdThatMissesAsksTheOriginOnce() async throws {
    let origin = FakeOrigin()
    let bench = try Bench(origin: origin)
    let answers = try await bench.read(Array(repeating: 3, count: 50))
    #expect(answers.allSatisfy { $0.source == .origin && $0.payload?.bytes.first == 4 })
    #expect(origin.reads.withLock { Array($0.values) } == [1])
    #expect(try await bench.read([3])[0].source == .memory)
  }

  @Test func memoryStaysWithinItsCapacityWhateverIsRead() async throws {
    let bench = try Bench(origin: FakeOrigin())
    for round in 0..<8 {
      let blocks = (0..<8).map { UInt32(round * 8 + $0) }
      for answer in try await bench.read(blocks) { #expect(answer.failure == .none) }
      #expect(bench.memory.residentBytes <= (8 + 8) << 20)
    }
  }

  @Test func aPayloadOutlivesItsEviction() async throws {
    let bench = try Bench(origin: FakeOrigin())
    let held = try await bench.read([0])[0].payload
    for block in 1..<40 { _ = try await bench.read([UInt32(block)]) }
    #expect(held?.bytes.allSatisfy { $0 == 1 } == true)
  }

  @Test func aVersionThatIsGoneIsNotFoundAndNotAskedForAgain() async throws {
    let origin = FakeOrigin(failing: [.changed])
    let bench = try Bench(origin: origin)
    #expect(try await bench.read([0])[0].failure == .notFound)
    #expect(origin.reads.withLock { Array($0.values) } == [1])
    #expect(bench.shard.figures.originChanges == 1)
  }

  @Test func whatFailsOrIsThrottledIsTriedAgain() async throws {
    let origin = FakeOrigin(failing: [.failed("refused"), .throttled(retryAfterMilliseconds: 10)])
    let bench = try Bench(origin: origin)
    let answer = try await bench.read([5])[0]
    #expect(answer.failure == .none && answer.payload?.bytes.last == 6)
    #expect(origin.reads.withLock { Array($0.values) } == [3])
  }
}
