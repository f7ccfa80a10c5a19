/// What makes KV traces alike: the figures by which a fit is judged.
public struct KVStatistics: Equatable, Sendable, Encodable {
  /// Prompts in the trace.
  public let requests: Int
  /// Blocks of all chains, and how many different ones.
  public let blockReferences: Int
  public let distinctBlocks: Int
  /// From the first arrival to the last.
  public let spanSeconds: Double
  public let requestsPerSecond: Double
  public let meanChainLength: Double
  public let meanInputTokens: Double
  public let meanOutputTokens: Double
  /// Share of blocks found in cached prefixes by a cache that keeps everything, and by LRU caches
  /// of 10 % and 30 % of the distinct blocks (touched front to back).
  public let infiniteHitRatio: Double
  public let hitRatioAt10Percent: Double
  public let hitRatioAt30Percent: Double
  /// Seconds from a reference of a block to the next of the same block, over all such pairs.
  public let reuseSecondsP50: Double
  public let reuseSecondsP90: Double

  enum CodingKeys: String, CodingKey {
    case requests
    case blockReferences = "block_references"
    case distinctBlocks = "distinct_blocks"
    case spanSeconds = "span_s"
    case requestsPerSecond = "requests_per_second"
    case meanChainLength = "mean_chain_length"
    case meanInputTokens = "mean_input_tokens"
    case meanOutputTokens = "mean_output_tokens"
    case infiniteHitRatio = "hit_ratio_infinite"
    case hitRatioAt10Percent = "hit_ratio_lru_10_percent"
    case hitRatioAt30Percent = "hit_ratio_lru_30_percent"
    case reuseSecondsP50 = "reuse_s_p50"
    case reuseSecondsP90 = "reuse_s_p90"
  }

  /// Measures `trace`.
  public init(of trace: KVTrace) {
    let (blocks, distinct) = Self.dense(trace.chainIDs)
    requests = trace.count
    blockReferences = blocks.count
    distinctBlocks = distinct
    spanSeconds = Double(trace.spanNanoseconds) / 1e9
    requestsPerSecond = spanSeconds > 0 ? Double(trace.count) / spanSeconds : 0
    let count = Double(max(1, trace.count))
    meanChainLength = Double(blocks.count) / count
    meanInputTokens = Double(trace.inputTokens.reduce(UInt64(0)) { $0 + UInt64($1) }) / count
    meanOutputTokens = Double(trace.outputTokens.reduce(UInt64(0)) { $0 + UInt64($1) }) / count
    func hitRatio(_ capacity: Int) -> Double {
      PrefixLRU.hitRatio(blocks, starts: trace.chainStarts, distinct: distinct, capacity: capacity)
    }
    infiniteHitRatio = hitRatio(distinct)
    hitRatioAt10Percent = hitRatio(distinct / 10)
    hitRatioAt30Percent = hitRatio(distinct * 3 / 10)
    let intervals = Self.reuseSeconds(trace, blocks: blocks, distinct: distinct)
    reuseSecondsP50 = QuantileTable(of: intervals).value(at: 0.5)
    reuseSecondsP90 = QuantileTable(of: intervals).value(at: 0.9)
  }

  /// The ids renumbered 0 ..< distinct in order of appearance.
  private static func dense(_ ids: [UInt64]) -> (blocks: [Int], distinct: Int) {
    var numbers: [UInt64: Int] = [:]
    let blocks = ids.map { id -> Int in
      if let number = numbers[id] { return number }
      let number = numbers.count
      numbers[id] = number
      return number
    }
    return (blocks, numbers.count)
  }

  private static func reuseSeconds(
    _ trace: KVTrace, blocks: [Int], distinct: Int
  ) -> [Double] {
    var last = [UInt64?](repeating: nil, count: distinct)
    var intervals: [Double] = []
    intervals.reserveCapacity(blocks.count - distinct)
    for index in 0..<trace.count {
      let now = trace.timeNanoseconds[index]
      for block in blocks[trace.chainRange(index)] {
        if let before = last[block] { intervals.append(Double(now - before) / 1e9) }
        last[block] = now
      }
    }
    return intervals
  }
}
