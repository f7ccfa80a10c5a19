import Logging
import NIOCore
import NIOPosix
import TarnCore

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

/// Objects of an origin in memory, read through real shards on real event loops.
struct ObjectBench {
  let group: MultiThreadedEventLoopGroup
  let service: ObjectService
  let origin = MemoryOrigin()
  let shards: ShardSet
  private let containers: ContainerTable

  init(
    _ consistency: NodeConfiguration.Container.Consistency, threads: Int = 2,
    memoryBytes: UInt64 = 64 << 20,
    _ configure: (inout CacheConfiguration) -> Void = { _ in }
  ) throws {
    group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    var rule = NodeConfiguration.Container(name: "c")
    rule.consistency = consistency
    let containers = ContainerTable(
      origins: [("memory", origin)], containers: [rule], tenants: [])
    var cache = CacheConfiguration()
    cache.memoryBytes = memoryBytes
    configure(&cache)
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
    service = ObjectBench.service(shards, containers)
  }

  private static func service(
    _ shards: ShardSet, _ containers: ContainerTable, patience: Nanoseconds = 10_000_000_000,
    cell: CellDirectory? = nil, earlyBytes: UInt64 = 1 << 20
  ) -> ObjectService {
    var settings = ObjectService.Settings(
      blockBytes: 65_536, readDeadlineNanoseconds: patience, readAhead: 4,
      salts: [TenantSalt(key0: 1, key1: 2)])
    settings.earlyBytes = earlyBytes
    return ObjectService(settings, shards: shards, containers: containers, cell: cell)
  }

  /// Another front of the same shards that knows of no object yet.
  func service(
    patience: Nanoseconds = 10_000_000_000, cell: CellDirectory? = nil,
    earlyBytes: UInt64 = 1 << 20
  ) -> ObjectService {
    ObjectBench.service(
      shards, containers, patience: patience, cell: cell, earlyBytes: earlyBytes)
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

  func open(
    _ key: String, wanting offset: UInt64? = nil, through front: ObjectService? = nil
  ) async -> Result<OpenObject, ObjectFailure> {
    let (service, loop) = (front ?? service, group.next())
    return await withCheckedContinuation { continuation in
      loop.execute {
        service.open(tenant: TenantID(0), container: "c", key: key, wanting: offset, on: loop) {
          continuation.resume(returning: $0)
        }
      }
    }
  }

  func read(
    _ object: OpenObject, _ range: Range<UInt64>, through front: ObjectService? = nil
  ) async throws -> (bytes: [UInt8], failure: ObjectFailure?) {
    try await ObjectBench.read(object, range, through: front ?? service, on: group.next())
  }

  static func read(
    _ object: OpenObject, _ range: Range<UInt64>, through service: ObjectService,
    on loop: any EventLoop
  ) async throws -> (bytes: [UInt8], failure: ObjectFailure?) {
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

extension Result {
  /// What went wrong, if something did.
  var failure: Failure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}
