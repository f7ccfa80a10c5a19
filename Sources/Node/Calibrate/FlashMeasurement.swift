internal import Glibc
internal import Synchronization

/// Reads and writes of a file on flash, past the page cache, by as many threads as the queue is deep.
public struct FlashMeasurement: Sendable, Equatable {
  public enum Direction: String, Sendable, CaseIterable { case read, write }
  public enum Pattern: String, Sendable, CaseIterable { case sequential, random }

  /// One kind of operation at one queue depth.
  public struct Cell: Sendable, Equatable {
    public var direction: Direction
    public var pattern: Pattern
    public var blockBytes: Int
    public var depth: Int
    public var operationsPerSecond: Measured
    public var latency: LatencyFigures

    /// Bytes a second of the median run.
    public var bytesPerSecond: Double { operationsPerSecond.median * Double(blockBytes) }
  }

  public static let depths = [1, 4, 16]
  static let largeBlock = 1 << 20
  static let smallBlock = 4 << 10

  public var directory: String
  public var fileBytes: UInt64
  public var fileSystemBytes: UInt64
  public var cells: [Cell]

  /// The cell of this kind with the most operations a second.
  public func best(_ direction: Direction, _ pattern: Pattern, blockBytes: Int) -> Cell? {
    cells.filter {
      $0.direction == direction && $0.pattern == pattern && $0.blockBytes == blockBytes
    }.max { $0.operationsPerSecond.median < $1.operationsPerSecond.median }
  }

  /// Random small operations of this direction, one after the other.
  public func idle(_ direction: Direction) -> Cell? {
    cells.first {
      $0.direction == direction && $0.pattern == .random && $0.blockBytes == Self.smallBlock
        && $0.depth == 1
    }
  }

  static func measure(
    _ plan: MeasuringPlan, _ file: ScratchFile
  ) async throws -> FlashMeasurement {
    try plan.begin("flash: filling a file of \(file.bytes >> 20) MiB")
    try await fill(file, plan)
    let kinds: [(Pattern, Int)] = [
      (.sequential, largeBlock), (.random, largeBlock), (.random, smallBlock),
    ]
    let span = plan.span(of: kinds.count * Direction.allCases.count * depths.count)
    var cells: [Cell] = []
    for (pattern, blockBytes) in kinds {
      for direction in Direction.allCases {
        for depth in depths {
          let load = FlashLoad(
            file: file, direction: direction, pattern: pattern, blockBytes: blockBytes)
          try plan.begin(
            "flash: \(pattern.rawValue) \(direction.rawValue)s of \(blockBytes >> 10) KiB, \(depth) "
              + "at once")
          cells.append(try await load.measure(plan, depth: depth, span: span))
        }
      }
    }
    return FlashMeasurement(
      directory: file.directory, fileBytes: file.bytes, fileSystemBytes: file.fileSystemBytes,
      cells: cells)
  }

  /// Reads of blocks that were never written would not reach the device.
  private static func fill(_ file: ScratchFile, _ plan: MeasuringPlan) async throws {
    let cursor = BlockCursor()
    let blocks = file.bytes / UInt64(largeBlock)
    _ = try await plan.onThreads(4) { thread in
      try withBlock(largeBlock, seed: thread) { block in
        while case let index = cursor.next(), index < blocks {
          try file.transfer(.write, block, at: index * UInt64(largeBlock))
        }
      }
    }
  }
}

/// Counts blocks for several threads.
private final class BlockCursor: Sendable {
  private let count = Atomic<UInt64>(0)
  func next() -> UInt64 { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// An aligned block of random bytes for as long as `body` runs.
private func withBlock<Answer>(
  _ bytes: Int, seed: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Answer
) rethrows -> Answer {
  let block = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: pageBytes)
  defer { block.deallocate() }
  var random = CheapRandom(seed + 1)
  random.fill(block)
  return try body(block)
}

/// One kind of operation.
private struct FlashLoad: Sendable {
  var file: ScratchFile
  var direction: FlashMeasurement.Direction
  var pattern: FlashMeasurement.Pattern
  var blockBytes: Int

  func measure(
    _ plan: MeasuringPlan, depth: Int, span: UInt64
  ) async throws -> FlashMeasurement.Cell {
    var rates: [Double] = []
    var latencies = LatencyCounts()
    for run in 0..<plan.runs {
      let cursor = BlockCursor()
      let start = monotonicNow()
      let parts = try await plan.onThreads(depth) { thread in
        try work(seed: run * 1_000 + thread, until: start + span, cursor)
      }
      // Over the whole time, so that threads that start late do not count twice.
      let end = parts.map(\.end).max() ?? start
      var counts = LatencyCounts()
      for part in parts { counts += part.latencies }
      rates.append(Double(counts.count) * 1e9 / Double(max(1, end - start)))
      latencies += counts
    }
    return FlashMeasurement.Cell(
      direction: direction, pattern: pattern, blockBytes: blockBytes, depth: depth,
      operationsPerSecond: Measured(rates), latency: LatencyFigures(latencies))
  }

  /// What one thread does: one operation after the other, one at least.
  private func work(
    seed: Int, until end: UInt64, _ cursor: BlockCursor
  ) throws -> (end: UInt64, latencies: LatencyCounts) {
    try withBlock(blockBytes, seed: seed) { block in
      var random = CheapRandom(seed)
      var latencies = LatencyCounts()
      let blocks = file.bytes / UInt64(blockBytes)
      var now = monotonicNow()
      repeat {
        let index = pattern == .random ? random.next(below: blocks) : cursor.next() % blocks
        try file.transfer(direction, block, at: index * UInt64(blockBytes))
        let after = monotonicNow()
        latencies.record(after - now)
        now = after
      } while now < end
      return (now, latencies)
    }
  }
}
