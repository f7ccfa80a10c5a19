import Logging
import NIOCore
import NIOPosix
import Synchronization
import TarnCore
import Testing

@testable import TarnNode

/// An origin in memory: objects by name, each of one repeated byte, a version a byte.
private final class CountedOrigin: Origin {
  struct State {
    var objects: [String: (size: UInt64, byte: UInt8)] = [:]
    var questions = 0
    var reads = 0
    /// Questions fail as if nobody could be reached.
    var isSilent = false
    /// Held back until told: the number of questions that may be answered.
    var beforeRead: (@Sendable (Int) -> Void)?
  }
  let state = Mutex(State())
  var description: String { "memory" }

  func put(_ key: String, size: UInt64, byte: UInt8) {
    state.withLock { $0.objects[key] = (size, byte) }
  }

  func attributes(of object: OriginObject) async throws(OriginError) -> ObjectAttributes {
    let (found, isSilent) = state.withLock { state in
      state.questions += 1
      return (state.objects[object.key], state.isSilent)
    }
    if isSilent { throw .failed("nobody answers") }
    guard let found else { throw .notFound }
    return ObjectAttributes(size: found.size, version: "\"\(found.byte)\"", lastModified: 0)
  }

  func read(
    _ object: OriginObject, version: String, range: Range<UInt64>,
    into buffer: UnsafeMutableRawBufferPointer
  ) async throws(OriginError) {
    let (hook, count) = state.withLock { state in
      state.reads += 1
      return (state.beforeRead, state.reads)
    }
    hook?(count)
    let found = state.withLock { $0.objects[object.key] }
    guard let found else { throw .notFound }
    guard version == "\"\(found.byte)\"" else { throw .changed }
    buffer.initializeMemory(as: UInt8.self, repeating: found.byte)
  }

  func containers() async throws(OriginError) -> [ContainerListing] { [] }
  func list(_ request: ListRequest) async throws(OriginError) -> ListPage { ListPage() }
  func put(
    _ object: OriginObject, _ metadata: ObjectMetadata, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> ObjectAttributes { throw .unsupported("put") }
  func delete(_ object: OriginObject) async throws(OriginError) { throw .unsupported("delete") }
  func copy(
    _ source: OriginObject, to target: OriginObject, replacing metadata: ObjectMetadata?
  ) async throws(OriginError) -> ObjectAttributes { throw .unsupported("copy") }
  func startUpload(
    _ object: OriginObject, _ metadata: ObjectMetadata
  ) async throws(OriginError) -> String { throw .unsupported("upload") }
  func putPart(
    _ object: OriginObject, upload: String, number: Int, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> String { throw .unsupported("upload") }
  func completeUpload(
    _ object: OriginObject, upload: String, parts: [UploadedPart]
  ) async throws(OriginError) -> ObjectAttributes { throw .unsupported("upload") }
  func abortUpload(_ object: OriginObject, upload: String) async throws(OriginError) {}
  func shutdown() async {}
}

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
  let origin = CountedOrigin()

  init(_ consistency: NodeConfiguration.Container.Consistency, threads: Int = 2) throws {
    group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    var rule = NodeConfiguration.Container(name: "c")
    rule.consistency = consistency
    let containers = ContainerTable(
      origins: [("memory", origin)], containers: [rule], tenants: [])
    let shards = try group.makeIterator().enumerated().map { number, loop in
      Shard(
        ShardSettings(
          number: number, node: NodeID(0), incarnation: 0,
          cache: SharedConfiguration(CacheConfiguration()), loop: loop,
          logger: Logger(label: "test")),
        memory: try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 65_536), flash: nil,
        origin: containers, peers: nil)
    }
    service = ObjectService(
      ObjectService.Settings(
        blockBytes: 65_536, readDeadlineNanoseconds: 10_000_000_000, readAhead: 4,
        salts: [TenantSalt(key0: 1, key1: 2)]), shards: ShardSet(shards),
      containers: containers, cell: nil)
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
    _ object: OpenObject, _ range: Range<UInt64>
  ) async throws -> (bytes: [UInt8], failure: ObjectFailure?) {
    let (service, loop) = (service, group.next())
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

  @Test func aSilentOriginIsAskedThreeTimesAndThenOnceASecond() async throws {
    let bench = try Bench(.validate)
    bench.origin.put("k", size: 1, byte: 1)
    bench.origin.state.withLock { $0.isSilent = true }
    for _ in 0..<20 {
      guard case .failed = await bench.open("k").failure else {
        Issue.record("a validated object was opened without an answer")
        return
      }
    }
    // A slow machine may reach the next second, and one more question.
    #expect((3...4).contains(bench.origin.state.withLock { $0.questions }))
    bench.origin.state.withLock { $0.isSilent = false }
    try await Task.sleep(nanoseconds: 1_100_000_000)
    #expect(try await bench.open("k").get().attributes.version == "\"1\"")
  }

  @Test func aSilentOriginTakesNothingAwayThatNeverChanges() async throws {
    let bench = try Bench(.immutable)
    bench.origin.put("k", size: 1, byte: 1)
    _ = try await bench.open("k").get()
    bench.origin.state.withLock { $0.isSilent = true }
    for key in ["x", "y", "z", "x"] { #expect(await bench.open(key).failure != nil) }
    #expect(try await bench.open("k").get().attributes.version == "\"1\"")
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

extension Result {
  fileprivate var failure: Failure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}
