internal import Glibc

/// Copies within memory, from a source to a target that no cache holds.
public struct MemoryMeasurement: Sendable, Equatable {
  /// Copies of one size by one thread.
  public struct Copies: Sendable, Equatable {
    public var bytes: Int
    /// Bytes a second, each read and written once.
    public var bandwidth: Measured
    public var latency: LatencyFigures
  }

  static let sizes = [4 << 10, 64 << 10, 4 << 20]
  public var copies: [Copies] = []
  /// Threads that copied at once, and bytes a second of all together in copies of 4 MiB.
  public var threads: Int
  public var together: Measured

  static func measure(_ plan: MeasuringPlan, threads: Int) async throws -> MemoryMeasurement {
    let span = plan.span(of: sizes.count + 1)
    let limit = HostResources.read().memoryLimit?.bytes ?? 8 << 30
    let arena = CopyArena.bytes(threads: threads, limit: limit)
    var copies: [Copies] = []
    let one = CopyArena(bytes: arena)
    for size in sizes {
      try plan.begin("memory: copies of \(size >> 10) KiB")
      let runs = try await plan.onThreads(1) { _ in
        (0..<plan.runs).map { _ in one.copy(size, for: span) }
      }[0]
      var latencies = LatencyCounts()
      for run in runs { latencies += run.latencies }
      copies.append(
        Copies(
          bytes: size, bandwidth: Measured(runs.map(\.bytesPerSecond)),
          latency: LatencyFigures(latencies)))
    }
    try plan.begin("memory: copies by \(threads) threads at once")
    let arenas = try await plan.onThreads(threads) { $0 == 0 ? one : CopyArena(bytes: arena) }
    var together: [Double] = []
    for _ in 0..<plan.runs {
      let start = monotonicNow()
      let copied = try await plan.onThreads(threads) {
        arenas[$0].copy(4 << 20, for: span).latencies.count
      }
      let bytes = Double(copied.reduce(0, +)) * Double(4 << 20)
      together.append(bytes * 1e9 / Double(max(1, monotonicNow() - start)))
    }
    return MemoryMeasurement(copies: copies, threads: threads, together: Measured(together))
  }
}

/// Two regions to copy between, in present pages. One thread at a time copies in it.
private final class CopyArena: @unchecked Sendable {
  /// Bytes of each region, beyond what caches hold, where an eighth of the memory allows it.
  static func bytes(threads: Int, limit: UInt64) -> Int {
    let share = Int(limit / 8) / (2 * threads)
    return min(max(share, 4 << 20), 64 << 20) & ~((4 << 20) - 1)
  }

  private let source: UnsafeMutableRawPointer
  private let target: UnsafeMutableRawPointer
  private let bytes: Int

  init(bytes: Int) {
    self.bytes = bytes
    source = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: pageBytes)
    target = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: pageBytes)
    memset(source, 1, bytes)
    memset(target, 2, bytes)
  }

  deinit {
    source.deallocate()
    target.deallocate()
  }

  /// Copies pieces of `size` one after the other through the regions.
  func copy(_ size: Int, for span: UInt64) -> (bytesPerSecond: Double, latencies: LatencyCounts) {
    var latencies = LatencyCounts()
    var copied = 0
    let start = monotonicNow()
    var now = start
    repeat {
      let offset = copied % bytes
      memcpy(target + offset, source + offset, size)
      let end = monotonicNow()
      latencies.record(end - now)
      now = end
      copied += size
    } while now - start < span
    return (Double(copied) * 1e9 / Double(now - start), latencies)
  }
}
