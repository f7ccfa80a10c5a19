import Logging
import NIOCore
import NIOPosix
import Synchronization
import TarnCore
import Testing

@testable import TarnNode

/// Takes everything, a slice at a time, and remembers it.
private final class Collector: ObjectSink, @unchecked Sendable {
  var bytes: [UInt8] = []
  var sources: [Source] = []
  var read: (any ObjectRead)?
  private let done: EventLoopPromise<ObjectFailure?>
  init(_ done: EventLoopPromise<ObjectFailure?>) { self.done = done }

  func take(_ slice: PayloadSlice, source: Source) {
    bytes += Array(slice.bytes)
    sources.append(source)
    read?.more()
  }
  func end(_ failure: ObjectFailure?) { done.succeed(failure) }
}

private struct Bench {
  let group: MultiThreadedEventLoopGroup
  let service: ObjectService
  let origin = MemoryOrigin()
  private let shards: ShardSet
  private let containers: ContainerTable

  init(
    _ consistency: NodeConfiguration.Container.Consistency, threads: Int = 2,
    memoryBytes: UInt64 = 64 << 20
  ) throws {
    group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    var rule = NodeConfiguration.Container(name: "c")
    rule.consistency = consistency
    let containers = ContainerTable(
      origins: [("memory", origin)], containers: [rule], tenants: [])
    var cache = CacheConfiguration()
    cache.memoryBytes = memoryBytes
    let shared = SharedConfiguration(cache)
    shards = ShardSet(
      try group.makeIterator().enumerated().map { number, loop in
        Shard(
          ShardSettings(
            number: number, node: NodeID(0), incarnation: 0, cache: shared, loop: loop,
            logger: Logger(label: "test")),
          memory: try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 65_536), flash: nil,
          origin: containers, peers: nil)
      })
    self.containers = containers
    service = Bench.service(shards, containers, patience: 10_000_000_000)
  }

  private static func service(
    _ shards: ShardSet, _ containers: ContainerTable, patience: Nanoseconds
  ) -> ObjectService {
    ObjectService(
      ObjectService.Settings(
        blockBytes: 65_536, readDeadlineNanoseconds: patience, readAhead: 4,
        salts: [TenantSalt(key0: 1, key1: 2)]), shards: shards, containers: containers, cell: nil)
  }

  /// Another front of the same shards, whose reads wait for `patience` nanoseconds.
  func service(patience: Nanoseconds) -> ObjectService {
    Bench.service(shards, containers, patience: patience)
  }

  /// Sums over the shards.
  func figures() async throws -> (reads: ShardFigures, core: CacheCounters) {
    var sum = (reads: ShardFigures(), core: CacheCounters())
    for shard in shards.shards {
      let glance = try await shard.loop.submit { shard.glance() }.get()
      sum.reads += glance.reads
      sum.core += glance.counters
    }
    return sum
  }

  func open(_ key: String) async -> Result<OpenObject, ObjectFailure> {
    let (service, loop) = (service, group.next())
    return await withCheckedContinuation { continuation in
      loop.execute {
        service.open(tenant: TenantID(0), container: "c", key: key, on: loop) {
          continuation.resume(returning: $0)
        }
      }
    }
  }

  func read(
    _ object: OpenObject, _ range: Range<UInt64>, through front: ObjectService? = nil
  ) async throws -> (bytes: [UInt8], failure: ObjectFailure?) {
    let (service, loop) = (front ?? service, group.next())
    let promise = loop.makePromise(of: ObjectFailure?.self)
    let collector = Collector(promise)
    loop.execute {
      collector.read = service.read(object, range: range, on: loop, into: collector)
      collector.read?.more()
    }
    let failure = try await promise.futureResult.get()
    return (collector.bytes, failure)
  }
}

@Suite struct ObjectServiceTests {
  @Test func aRangeAcrossManyBlocksAndShardsComesInOrder() async throws {
    let bench = try Bench(.immutable)
    bench.origin.put("k", size: 1_000_000, byte: 9)
    let object = try await bench.open("k").get()
    let (bytes, failure) = try await bench.read(object, 70_000..<900_001)
    #expect(failure == nil && bytes.count == 830_001 && bytes.allSatisfy { $0 == 9 })
    let again = try await bench.read(object, 0..<1)
    #expect(again.bytes == [9])
  }

  @Test func emptyRangesEndAtOnce() async throws {
    let bench = try Bench(.immutable)
    bench.origin.put("k", size: 0, byte: 1)
    let object = try await bench.open("k").get()
    let (bytes, failure) = try await bench.read(object, 0..<0)
    #expect(bytes.isEmpty && failure == nil)
  }

  @Test func immutableContainersAskOnceAndValidatedOnesAlways() async throws {
    let immutable = try Bench(.immutable)
    immutable.origin.put("k", size: 1, byte: 1)
    for _ in 0..<5 { _ = try await immutable.open("k").get() }
    #expect(immutable.origin.state.withLock { $0.questions } == 1)

    let validated = try Bench(.validate)
    validated.origin.put("k", size: 1, byte: 1)
    for _ in 0..<5 { _ = try await validated.open("k").get() }
    #expect(validated.origin.state.withLock { $0.questions } == 5)
  }

  @Test func aCrowdThatOpensAskesTheOriginOnce() async throws {
    let bench = try Bench(.ttl(10_000_000_000))
    bench.origin.put("k", size: 1, byte: 1)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<50 { group.addTask { _ = await bench.open("k") } }
    }
    #expect(bench.origin.state.withLock { $0.questions } == 1)
  }

  @Test func whatIsKnownGrowsOld() async throws {
    let bench = try Bench(.ttl(30_000_000))
    bench.origin.put("k", size: 1, byte: 1)
    _ = await bench.open("k")
    bench.origin.put("k", size: 1, byte: 2)
    try await Task.sleep(nanoseconds: 40_000_000)
    #expect(try await bench.open("k").get().attributes.version == "\"2\"")
  }

  @Test func absentObjectsAndContainersAreSaidToBe() async throws {
    let bench = try Bench(.immutable)
    #expect(await bench.open("nothing").failure == .noObject)
    #expect(await bench.open("nothing").failure == .noObject)
    #expect(bench.origin.state.withLock { $0.questions } == 2)
  }

  @Test func anOverwriteHalfWayEndsTheReadAndTheNextOpenSeesTheNewVersion() async throws {
    let bench = try Bench(.immutable)
    bench.origin.put("k", size: 640_000, byte: 1)
    let object = try await bench.open("k").get()
    let origin = bench.origin
    origin.state.withLock {
      $0.beforeRead = { count in if count == 6 { origin.put("k", size: 640_000, byte: 2) } }
    }
    let (bytes, failure) = try await bench.read(object, 0..<640_000)
    #expect(failure == .changed && bytes.count < 640_000 && bytes.allSatisfy { $0 == 1 })
    let fresh = try await bench.open("k").get()
    #expect(fresh.attributes.version == "\"2\"")
    let second = try await bench.read(fresh, 0..<640_000)
    #expect(second.failure == nil && second.bytes == [UInt8](repeating: 2, count: 640_000))
  }
}

@Suite struct MemoryShortageTests {
  @Test func readsThatWaitForMemoryCountOnce() async throws {
    // Room for two blocks, and sixteen readers that each want four at once.
    let bench = try Bench(.immutable, threads: 1, memoryBytes: 131_072)
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
    let bench = try Bench(.immutable, threads: 1, memoryBytes: 131_072)
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

extension Result {
  fileprivate var failure: Failure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}
