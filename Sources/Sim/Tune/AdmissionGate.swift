import TarnCore

/// A shadow cache behind an admission filter, as a node's tiers are: the filter hears of every access,
/// and a miss that it does not admit is served and not kept.
struct AdmissionGate: ~Copyable {
  private var filter: AdmissionFilter
  private let trace: RequestTrace
  private let isSized: Bool

  init(_ kind: AdmissionKind, capacity: UInt64, over trace: RequestTrace, isSized: Bool) {
    self.trace = trace
    self.isSized = isSized
    var mean: UInt64 = 1
    if isSized, kind != .always {
      let footprint = trace.footprint()
      mean = max(1, footprint.bytes / max(1, footprint.objects))
    }
    filter = AdmissionFilter(kind, capacityBytes: capacity, blockBytesHint: mean)
  }

  /// Bytes of the filter.
  var residentBytes: Int { filter.residentBytes }

  /// Feeds a range of the trace to `cache`; what was counted meanwhile. With `touch` the misses are
  /// blocks outside cached prefixes.
  mutating func feed(
    _ range: Range<Int>, touch: PrefixTouch?, into cache: inout ShadowCache
  ) -> ShadowCounters {
    let past = cache.counters
    if let touch { return prompts(range, touch, &cache, past) }
    guard filter.kind != .always else {
      trace.keys.withUnsafeBufferPointer { keys in
        let part = UnsafeBufferPointer(rebasing: keys[range])
        guard isSized else { return cache.replay(keys: part, lengths: nil) }
        trace.sizes.withUnsafeBufferPointer { sizes in
          cache.replay(keys: part, lengths: sizes.baseAddress.map { $0 + range.lowerBound })
        }
      }
      return cache.counters.since(past)
    }
    var turnedAway = ShadowCounters()
    for index in range {
      let length = isSized ? trace.sizes[index] : 1
      if access(trace.keys[index], length, &cache) == .turnedAway {
        turnedAway.misses += 1
        turnedAway.bytesMissed += UInt64(length)
      }
    }
    var counters = cache.counters.since(past)
    counters.misses += turnedAway.misses
    counters.bytesMissed += turnedAway.bytesMissed
    return counters
  }

  /// What became of a request.
  enum Fate { case hit, missed, turnedAway }

  /// One request.
  mutating func access(_ bits: UInt64, _ length: UInt32, _ cache: inout ShadowCache) -> Fate {
    let key = ShadowKey(bits)
    guard filter.kind != .always else { return cache.access(key, length: length) ? .hit : .missed }
    let block = BlockKey(high: TraceRandom.mix(bits), low: bits)
    filter.record(block)
    if cache.contains(key) {
      cache.access(key, length: length)
      return .hit
    }
    // The tiers name no victim either.
    guard filter.admits(block, over: nil) else { return .turnedAway }
    cache.access(key, length: length)
    return .missed
  }

  private mutating func prompts(
    _ range: Range<Int>, _ touch: PrefixTouch, _ cache: inout ShadowCache, _ past: ShadowCounters
  ) -> ShadowCounters {
    var hits: UInt64 = 0
    let starts = trace.promptStarts
    var prompt = lowerBound(starts, range.lowerBound)
    while prompt + 1 < starts.count, starts[prompt] < range.upperBound {
      let (start, end) = (starts[prompt], starts[prompt + 1])
      var depth = start
      while depth < end, cache.contains(ShadowKey(trace.keys[depth])) { depth += 1 }
      hits += UInt64(depth - start)
      for step in 0..<(end - start) {
        let index = touch == .deepest ? end - 1 - step : start + step
        _ = access(trace.keys[index], 1, &cache)
      }
      prompt += 1
    }
    var counters = cache.counters.since(past)
    counters.misses = UInt64(range.count) - hits
    return counters
  }
}
