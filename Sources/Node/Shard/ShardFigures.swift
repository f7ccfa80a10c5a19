public import TarnCore

/// What a shard has counted besides its core. Monotone.
public struct ShardFigures: Sendable {
  /// Upper bounds of the latency histogram, in nanoseconds; the last bucket has none.
  public static let bounds: [Nanoseconds] = [
    50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
    50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000,
    5_000_000_000, 10_000_000_000,
  ]
  /// Block reads by source and bucket, sources in the order of `Source.allCases`.
  public internal(set) var latencies: [UInt64]
  /// Nanoseconds of all block reads, by source.
  public internal(set) var latencySums: [UInt64]
  /// Bytes given to clients, by source.
  public internal(set) var bytes: [UInt64]
  /// Times that a block read found no memory free. It is made again and counts among the reads when
  /// it ends, once.
  public internal(set) var refusals: UInt64 = 0
  public internal(set) var originReads: UInt64 = 0
  public internal(set) var originBytes: UInt64 = 0
  public internal(set) var originThrottles: UInt64 = 0
  public internal(set) var originFailures: UInt64 = 0
  /// Reads that found another version than the one asked for.
  public internal(set) var originChanges: UInt64 = 0

  init() {
    latencies = Array(repeating: 0, count: (Self.bounds.count + 1) * Source.allCases.count)
    latencySums = Array(repeating: 0, count: Source.allCases.count)
    bytes = Array(repeating: 0, count: Source.allCases.count)
  }

  mutating func answered(_ answer: BlockAnswer, after span: Nanoseconds) {
    if answer.failure == .overloaded {
      refusals += 1
      return
    }
    count(answer.source, after: span)
    bytes[Int(answer.source.rawValue)] += UInt64(answer.payload?.count ?? 0)
  }

  /// A read that was refused again and again has ended: it never found memory free.
  mutating func gaveUp(after span: Nanoseconds) { count(.none, after: span) }

  /// Reads that have ended, by where their bytes came from.
  public func reads(from source: Source) -> UInt64 {
    let first = Int(source.rawValue) * (Self.bounds.count + 1)
    return latencies[first..<first + Self.bounds.count + 1].reduce(0, +)
  }

  private mutating func count(_ source: Source, after span: Nanoseconds) {
    let source = Int(source.rawValue)
    var bucket = 0
    while bucket < Self.bounds.count, span > Self.bounds[bucket] { bucket += 1 }
    latencies[source * (Self.bounds.count + 1) + bucket] += 1
    latencySums[source] += span
  }
}
