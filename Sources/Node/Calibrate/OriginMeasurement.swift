/// Ranged reads of one object of an origin.
public struct OriginMeasurement: Sendable, Equatable {
  /// Reads so many at once.
  public struct Reads: Sendable, Equatable {
    public var concurrency: Int
    /// Bytes a second of all together.
    public var bandwidth: Measured
  }

  /// Reads of a block, one after the other, with pauses between them: as a cache's misses come, which
  /// find the store busy with nothing and prepared for nothing.
  public struct BlockReads: Sendable, Equatable {
    public var bytes: UInt64
    /// Of whole reads.
    public var latency: LatencyFigures
  }

  static let concurrencies = [1, 4]
  static let mostReadBytes: UInt64 = 4 << 20

  /// `Origin.description`.
  public var origin: String
  public var container: String
  public var key: String
  public var objectBytes: UInt64
  /// Reads of one byte: time to the first byte and nothing else.
  public var firstByte: LatencyFigures
  /// Each run's median, nanoseconds.
  public var firstByteMedian: Measured
  public var block: BlockReads
  /// Bytes of a ranged read: 4 MiB, or the whole object if it is smaller.
  public var readBytes: UInt64
  public var reads: [Reads]
  /// Answers 503 and 429, which were waited out and tried again.
  public var throttled: Int

  /// Bytes a second of one answer from its first byte on, as a scenario wants it: reads one after the
  /// other, less what a read of one byte takes. Nil if the object is too small to tell, or if the
  /// first byte took nearly all of the time.
  public var bytesPerSecondOfOneAnswer: Double? {
    guard readBytes >= Self.leastFlow, let single = reads.first(where: { $0.concurrency == 1 })
    else { return nil }
    let seconds = Double(readBytes) / max(1, single.bandwidth.median)
    let flow = seconds - firstByte.p50 / 1e9
    return flow > seconds / 20 ? Double(readBytes) / flow : nil
  }
  /// Bytes of a read below which the time to its first byte hides the rest.
  private static let leastFlow: UInt64 = 256 << 10

  static func measure(
    _ plan: MeasuringPlan, _ reader: OriginReader, block: UInt64
  ) async throws -> OriginMeasurement {
    let object = reader.object
    let span = plan.span(of: 2 + concurrencies.count)
    try plan.begin("origin: first bytes of \(object.container)/\(object.key)")
    var throttled = 0
    var counts = LatencyCounts()
    var medians: [Double] = []
    for run in 0..<plan.runs {
      let part = try await reader.read(1, for: span, atLeast: 8, seed: run)
      counts += part.latencies
      medians.append(part.latencies.percentile(0.5))
      throttled += part.throttled
    }
    let blockBytes = min(block, reader.size)
    try plan.begin("origin: reads of \(blockBytes) bytes with pauses")
    let blocks = try await reader.readWithPauses(
      blockBytes, for: span * UInt64(plan.runs), atLeast: 8)
    throttled += blocks.throttled
    var reads: [Reads] = []
    for concurrency in concurrencies {
      try plan.begin("origin: ranged reads, \(concurrency) at once")
      var rates: [Double] = []
      for run in 0..<plan.runs {
        let part = try await reader.read(concurrency, for: span, seed: run)
        rates.append(part.bytesPerSecond)
        throttled += part.throttled
      }
      reads.append(Reads(concurrency: concurrency, bandwidth: Measured(rates)))
    }
    return OriginMeasurement(
      origin: reader.origin.description, container: object.container, key: object.key,
      objectBytes: reader.size, firstByte: LatencyFigures(counts),
      firstByteMedian: Measured(medians),
      block: BlockReads(bytes: blockBytes, latency: LatencyFigures(blocks.latencies)),
      readBytes: reader.readBytes, reads: reads,
      throttled: throttled)
  }
}
