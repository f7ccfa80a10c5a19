import TarnTraceFormat

/// What a stream of requests looks like to a cache. Encodes as a part of `TraceSummary`'s JSON.
public struct TraceFigures: Encodable, Sendable, Equatable {
  /// Block requests: one each; prompts: one for each block of their chains.
  public var requests: UInt64 = 0
  public var distinctObjects: UInt64 = 0
  /// Sum over objects of the size seen first; null without sizes. 0 counts as 1.
  public var footprintBytes: UInt64?
  /// Sum of all sizes; null without sizes. 0 counts as 1.
  public var requestedBytes: UInt64?
  /// Share of objects that are requested once.
  public var oneHitShare = 0.0
  /// Distinct objects over requests: what an infinite cache misses.
  public var compulsoryMissRatio = 0.0
  /// Share of requests that go to the most popular 1 % and 10 % of the objects.
  public var top1PercentShare = 0.0
  public var top10PercentShare = 0.0
  /// Of requests, bytes; null without sizes.
  public var sizes: SizeQuantiles?

  /// Exact quantiles of the requests' sizes, bytes.
  public struct SizeQuantiles: Encodable, Sendable, Equatable {
    public var p50: UInt64
    public var p90: UInt64
    public var p99: UInt64
    public var max: UInt64
    public var mean: Double
  }

  enum CodingKeys: String, CodingKey {
    case requests, sizes
    case distinctObjects = "distinct_objects"
    case footprintBytes = "footprint_bytes"
    case requestedBytes = "requested_bytes"
    case oneHitShare = "one_hit_share"
    case compulsoryMissRatio = "compulsory_miss_ratio"
    case top1PercentShare = "top_1_percent_share"
    case top10PercentShare = "top_10_percent_share"
  }
}

/// Measures a trace block by block; memory grows with different keys and different sizes only.
struct TraceMeter: ~Copyable {
  private var objects = KeyCounts()
  private var sizes = KeyCounts(slots: 1 << 8)
  private var requests: UInt64 = 0
  private var footprint: UInt64 = 0
  private var requested: UInt64 = 0
  private var hasSizes = false

  mutating func add(_ block: borrowing TraceBlock) {
    var keys = block.chainLengths.isEmpty ? block.keys : block.chain
    if !block.keysHigh.isEmpty {
      for (index, high) in block.keysHigh.enumerated() { keys[index] ^= RequestTrace.mix(high) }
    }
    requests += UInt64(keys.count)
    let found = block.sizes.map { max(1, $0) }
    keys.withUnsafeBufferPointer { keys in
      guard !found.isEmpty else { return objects.add(keys) { _ in } }
      objects.add(keys) { footprint &+= found[$0] }
    }
    guard !found.isEmpty else { return }
    hasSizes = true
    for size in found { requested &+= size }
    found.withUnsafeBufferPointer { sizes.add($0) { _ in } }
  }

  consuming func figures() -> TraceFigures {
    var figures = TraceFigures()
    figures.requests = requests
    figures.distinctObjects = UInt64(objects.count)
    guard requests > 0 else { return figures }
    let counts = objects.pairs().map(\.count).sorted(by: >)
    figures.oneHitShare = Double(counts.count { $0 == 1 }) / Double(counts.count)
    figures.compulsoryMissRatio = Double(counts.count) / Double(requests)
    figures.top1PercentShare = share(of: counts, top: 0.01)
    figures.top10PercentShare = share(of: counts, top: 0.1)
    if hasSizes {
      figures.footprintBytes = footprint
      figures.requestedBytes = requested
      figures.sizes = quantiles()
    }
    return figures
  }

  private func share(of counts: [UInt64], top fraction: Double) -> Double {
    let many = max(1, Int(Double(counts.count) * fraction))
    return Double(counts[..<many].reduce(0, +)) / Double(requests)
  }

  private func quantiles() -> TraceFigures.SizeQuantiles {
    let table = sizes.pairs().sorted { $0.key < $1.key }
    func quantile(_ share: Double) -> UInt64 {
      let rank = UInt64((Double(requests) * share).rounded(.up))
      var passed: UInt64 = 0
      for (size, count) in table {
        passed += count
        if passed >= rank { return size }
      }
      return table.last?.key ?? 0
    }
    return TraceFigures.SizeQuantiles(
      p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99), max: table.last?.key ?? 0,
      mean: Double(requested) / Double(requests))
  }
}
