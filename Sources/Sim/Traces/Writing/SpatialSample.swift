import TarnTraceFormat

/// Keeps the requests of a share of the keys, chosen by hash: of a kept key every request stays, so
/// reuse distances shrink by the rate and a cache of rate x size misses as the whole trace does.
///
/// SHARDS: C. Waldspurger et al., "Efficient MRC construction with SHARDS", FAST '15.
public struct SpatialSample: Sendable, Equatable {
  /// Share of keys that is kept, over 0 and at most 1.
  public let rate: Double
  /// Which of the many samples.
  public let seed: UInt64
  private let threshold: UInt64
  private let mask: UInt64

  /// Nil if `rate` is not over 0 and at most 1.
  public init?(rate: Double, seed: UInt64) {
    guard rate > 0, rate <= 1 else { return nil }
    self.rate = rate
    self.seed = seed
    threshold = rate == 1 ? .max : UInt64(rate * 0x1p64)
    mask = TraceRandom.mix(seed)
  }

  /// Whether requests for `key` are kept.
  public func keeps(_ key: UInt64) -> Bool {
    TraceRandom.mix(key ^ mask) < threshold || threshold == .max
  }

  /// What remains of `block`. Of a prompt's chain the kept blocks remain: an id still stands for
  /// all before it, so equal ids mean equal prefixes. A prompt without any goes.
  func kept(of block: borrowing TraceBlock) -> TraceBlock {
    var kept = TraceBlock()
    guard block.chainLengths.isEmpty else {
      keepPrompts(of: block, in: &kept)
      return kept
    }
    for index in 0..<block.count {
      let high = block.keysHigh.isEmpty ? nil : block.keysHigh[index]
      guard keeps(block.keys[index] ^ (high.map(RequestTrace.mix) ?? 0)) else { continue }
      kept.keys.append(block.keys[index])
      if let high { kept.keysHigh.append(high) }
      if !block.times.isEmpty { kept.times.append(block.times[index]) }
      if !block.sizes.isEmpty { kept.sizes.append(block.sizes[index]) }
      if !block.operations.isEmpty { kept.operations.append(block.operations[index]) }
      if !block.tenants.isEmpty { kept.tenants.append(block.tenants[index]) }
      kept.count += 1
    }
    return kept
  }

  private func keepPrompts(of block: borrowing TraceBlock, in kept: inout TraceBlock) {
    var start = 0
    for index in 0..<block.count {
      let end = start + Int(block.chainLengths[index])
      let before = kept.chain.count
      for id in block.chain[start..<end] where keeps(id) { kept.chain.append(id) }
      start = end
      guard kept.chain.count > before else { continue }
      kept.chainLengths.append(UInt64(kept.chain.count - before))
      kept.times.append(block.times[index])
      kept.inputTokens.append(block.inputTokens[index])
      kept.outputTokens.append(block.outputTokens[index])
      if !block.tenants.isEmpty { kept.tenants.append(block.tenants[index]) }
      kept.count += 1
    }
  }

  /// `schema` with notes on the sample; a sample of a sample has the product of both rates.
  func noted(_ schema: TraceSchema) -> TraceSchema {
    var schema = schema
    let before = schema.notes.first { $0.name == "sample_rate" }.flatMap { Double($0.value) } ?? 1
    schema.notes.removeAll { $0.name == "sample_rate" }
    schema.notes += [
      .init("sample", "keys by spatial hash (SHARDS), seed \(seed)"),
      .init("sample_rate", "\(before * rate)"),
    ]
    return schema
  }
}
