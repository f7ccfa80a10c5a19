import Foundation
import Logging
import NIOCore
import NIOPosix
import TarnCore

@testable import TarnNode

/// Where the tests' lines go: nowhere, but they are kept.
final class KeptLog: LogHandler, @unchecked Sendable {
  var metadata = Logger.Metadata()
  var logLevel = Logger.Level.trace
  private let lock = NSLock()
  private var kept: [String] = []

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { lock.withLock { kept.append("\(event.message)") } }

  var lines: [String] { lock.withLock { kept } }
}

/// A folder of its own for one test.
final class FlashPlace: Sendable {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "tarn-flash-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var shard: String { path + "/shard-000" }

  /// Overwrites bytes of one of the shard's files.
  func overwrite(_ file: String, at offset: Int, _ bytes: [UInt8]) throws {
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: shard + "/" + file))
    try handle.seek(toOffset: UInt64(offset))
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
  }

  func bytes(_ file: String, at offset: Int, _ count: Int) throws -> [UInt8] {
    let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: shard + "/" + file))
    try handle.seek(toOffset: UInt64(offset))
    let bytes = try handle.read(upToCount: count) ?? Data()
    try handle.close()
    return [UInt8](bytes)
  }

  /// Flips one bit of a byte.
  func flip(_ file: String, at offset: Int) throws {
    let byte = try bytes(file, at: offset, 1)[0]
    try overwrite(file, at: offset, [byte ^ 0x10])
  }
}

/// A store on an event loop, asked from tests.
final class FlashRig: @unchecked Sendable {
  let store: SegmentStore
  let log: KeptLog
  let recovered: [RecoveredBlock]
  let engine: FaultyEngine
  private let loop: any EventLoop
  private let memory: PayloadMemory

  init(
    _ place: FlashPlace, segments: UInt32 = 6, segmentBytes: UInt32 = 256 << 10,
    engine: NodeConfiguration.Flash.Engine = .automatic, isCompressed: Bool = false
  ) throws {
    memory = try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 4 << 20)
    loop = MultiThreadedEventLoopGroup.singleton.next()
    var settings = NodeConfiguration.Flash()
    settings.engine = engine
    settings.isCompressed = isCompressed
    let log = KeptLog()
    self.log = log
    var faulty: FaultyEngine?
    let loop = loop
    let opened = try SegmentStore(
      directory: place.path, flashBytes: UInt64(segments) * UInt64(segmentBytes),
      segmentBytes: segmentBytes, shard: 0, shards: 1, settings: settings, loop: loop,
      logger: Logger(label: "test") { _ in log },
      wrapping: { inner in
        let wrapped = FaultyEngine(inner, loop: loop)
        faulty = wrapped
        return wrapped
      })
    store = opened
    guard let faulty else { fatalError("the store wraps its engine") }
    self.engine = faulty
    recovered = try loop.submit {
      var blocks: [RecoveredBlock] = []
      opened.recover { blocks.append($0) }
      return blocks
    }.wait()
  }

  func write(_ extent: FlashExtent, _ key: BlockKey, _ bytes: [UInt8]) async -> FlashStatus {
    await start(write: extent, key, bytes).value
  }

  /// Starts a write and returns at once; the store has seen it before any later call.
  func start(
    write extent: FlashExtent, _ key: BlockKey, _ bytes: [UInt8], tenant: UInt16 = 7
  ) -> Task<FlashStatus, Never> {
    let payload = memory.allocate(bytes.count)
    payload.bytes.copyBytes(from: bytes)
    return run { store, done in
      store.write(extent, key: key, tenant: TenantID(tenant), from: payload, completion: done)
    }
  }

  func read(_ extent: FlashExtent, _ key: BlockKey) async -> (FlashStatus, [UInt8]) {
    let payload = memory.allocate(Int(extent.length))
    for index in 0..<payload.count { payload.bytes[index] = 0xEE }
    let status = await run { $0.read(extent, key: key, into: payload, completion: $1) }.value
    return (status, [UInt8](payload.bytes))
  }

  func start(move from: FlashExtent, to: FlashExtent) -> Task<FlashStatus, Never> {
    run { $0.move(from: from, to: to, completion: $1) }
  }

  func move(_ from: FlashExtent, to: FlashExtent) async -> FlashStatus {
    await start(move: from, to: to).value
  }

  func discard(_ segment: UInt32) async {
    let store = store
    try? await loop.submit { store.discard(segment) }.get()
  }

  private func run(
    _ body: @escaping @Sendable (SegmentStore, @escaping (FlashStatus) -> Void) -> Void
  ) -> Task<FlashStatus, Never> {
    let promise = loop.makePromise(of: FlashStatus.self)
    let store = store
    loop.execute {
      var isInside = true
      body(store) { status in
        precondition(!isInside, "a completion came from inside the call")
        promise.succeed(status)
      }
      isInside = false
    }
    return Task { (try? await promise.futureResult.get()) ?? .failed }
  }

  var counters: FlashCounters { store.counters }

  func close() async { await store.close() }
  /// Leaves the folder like a process that was killed.
  func abandon() async { await store.close(isOrderly: false) }
}

/// An engine whose device fails or hesitates when told to.
final class FaultyEngine: FlashEngine, @unchecked Sendable {
  private let inner: any FlashEngine
  private let loop: any EventLoop
  private let lock = NSLock()
  private var started = 0
  private var fault: (@Sendable (Int, FlashTransfer) -> CInt)?
  private var holds: (@Sendable (FlashTransfer) -> Bool)?
  private var held: [FlashTransfer] = []

  init(_ inner: any FlashEngine, loop: any EventLoop) {
    self.inner = inner
    self.loop = loop
  }

  var name: String { inner.name }

  /// Fails transfers for which this names an errno, told their number from now on.
  func fail(_ fault: (@Sendable (Int, FlashTransfer) -> CInt)?) {
    lock.withLock {
      started = 0
      self.fault = fault
    }
  }

  /// Keeps transfers to itself until `release`.
  func hold(_ holds: @escaping @Sendable (FlashTransfer) -> Bool) {
    lock.withLock { self.holds = holds }
  }

  var heldCount: Int { lock.withLock { held.count } }

  /// Carries out what was held, and holds nothing more.
  func release() {
    let late = lock.withLock {
      holds = nil
      defer { held = [] }
      return held
    }
    for transfer in late { inner.start(transfer) }
  }

  func start(_ transfer: FlashTransfer) {
    let (error, isHeld) = lock.withLock {
      started += 1
      if let error = fault?(started, transfer), error != 0 { return (error, false) }
      if holds?(transfer) == true {
        held.append(transfer)
        return (CInt(0), true)
      }
      return (CInt(0), false)
    }
    if error != 0 {
      transfer.error = error
      loop.execute { transfer.end(transfer) }
    } else if !isHeld {
      inner.start(transfer)
    }
  }

  func stop() async { await inner.stop() }
}

/// Bytes that depend on `seed` only: noise, or what lz4 can shrink.
func flashBytes(_ count: Int, seed: UInt64, isShrinkable: Bool = false) -> [UInt8] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { index in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return isShrinkable && index % 64 != 0 ? UInt8(truncatingIfNeeded: seed) : UInt8(state >> 56)
  }
}

func flashKey(_ number: UInt64) -> BlockKey {
  BlockKey(high: number &* 0xD6E8_FEB8_6659_FD93, low: number)
}

func extent(_ segment: UInt32, _ offset: UInt32, _ length: UInt32) -> FlashExtent {
  FlashExtent(segment: segment, offset: offset, length: length)
}

/// Waits until `condition` holds, for as long as it takes: the test's own time limit is the bound.
func until(_ condition: @Sendable () -> Bool) async {
  while !condition() { try? await Task.sleep(for: .milliseconds(1)) }
}
