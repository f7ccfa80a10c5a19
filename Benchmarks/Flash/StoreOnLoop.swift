import Logging
import NIOCore
import NIOPosix
import TarnCore
import TarnNode

/// A store on an event loop of its own, and what it found when it started.
final class StoreOnLoop: @unchecked Sendable {
  let store: SegmentStore
  let recovered: [RecoveredBlock]
  let loop: any EventLoop
  private let group: MultiThreadedEventLoopGroup

  /// `keeping` false only counts what is recovered.
  init(
    _ options: StoreOptions, segments: UInt64, segmentBytes: UInt32, keeping: Bool = true
  ) throws {
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    loop = group.next()
    var logger = Logger(label: "flash") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .warning
    let opened = try SegmentStore(
      directory: options.directory, flashBytes: segments * UInt64(segmentBytes),
      segmentBytes: segmentBytes, shard: 0, shards: 1, settings: options.settings, loop: loop,
      logger: logger)
    store = opened
    recovered = try loop.submit {
      var blocks: [RecoveredBlock] = []
      opened.recover { if keeping { blocks.append($0) } }
      return blocks
    }.wait()
  }

  func close() async {
    await store.close()
    try? await group.shutdownGracefully()
  }

  /// Starts `count` operations, `depth` at once, and waits for all. `start` gets a number, a lane
  /// below `depth` that no other running operation has, and what to call at the end; it runs on
  /// the event loop.
  func run(
    count: Int, depth: Int,
    _ start: @escaping @Sendable (Int, Int, @escaping (FlashStatus) -> Void) -> Void
  ) async throws {
    let promise = loop.makePromise(of: Void.self)
    let lanes = Lanes(count: count, promise: promise, start: start)
    loop.execute { for lane in 0..<min(depth, count) { lanes.next(lane) } }
    try await promise.futureResult.get()
  }
}

/// Keeps lanes busy until all operations are done. On the event loop only.
private final class Lanes: @unchecked Sendable {
  private let count: Int
  private let promise: EventLoopPromise<Void>
  private let start: (Int, Int, @escaping (FlashStatus) -> Void) -> Void
  private var started = 0
  private var ended = 0

  init(
    count: Int, promise: EventLoopPromise<Void>,
    start: @escaping (Int, Int, @escaping (FlashStatus) -> Void) -> Void
  ) {
    self.count = count
    self.promise = promise
    self.start = start
  }

  func next(_ lane: Int) {
    guard started < count else { return }
    started += 1
    start(started - 1, lane) { [self] _ in
      ended += 1
      if ended == count { promise.succeed() } else { next(lane) }
    }
  }
}

/// Blocks whose number says what they are: key, length and bytes.
struct NumberedBlock {
  let number: UInt64

  var key: BlockKey { BlockKey(high: Self.mix(number), low: number) }
  /// 1 to 60,000 bytes; every fourth a page.
  var length: UInt32 {
    number % 4 == 3 ? 4096 : 1 + UInt32(truncatingIfNeeded: Self.mix(number ^ 0x5A) % 60_000)
  }

  /// Fills a buffer: noise, or with every second number what lz4 can shrink.
  func fill(_ bytes: UnsafeMutableRawBufferPointer) {
    let isShrinkable = number % 2 == 0
    var word = Self.mix(number &+ 1)
    for index in stride(from: 0, to: bytes.count, by: 8) {
      if !isShrinkable || index % 512 == 0 { word = Self.mix(word) }
      let count = min(8, bytes.count - index)
      withUnsafeBytes(of: word) { source in
        UnsafeMutableRawBufferPointer(rebasing: bytes[index..<index + count])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
      }
    }
  }

  /// The finish of SplitMix64.
  static func mix(_ word: UInt64) -> UInt64 {
    var word = word &+ 0x9E37_79B9_7F4A_7C15
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
