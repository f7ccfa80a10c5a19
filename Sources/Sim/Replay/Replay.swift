import Glibc
import TarnCore
import TarnTraceFormat

/// Runs a trace through one cache: what `tarn replay` prints a line of.
public enum Replay {
  /// How a replay goes about it.
  public struct Options: Sendable {
    /// Count from this request on; what comes before warms the cache.
    public var countFrom = 0
    /// Score KV prompts by their cached prefixes, and touch them so; nil for block by block.
    public var prefix: PrefixTouch?
    /// The keys are numbers below this bound (see `RequestTrace.interned()`); nil for any keys.
    public var internedBelow: Int?

    /// Block by block from the first request on, any keys.
    public init() {}
  }

  /// Answers `cell`. The trace's sizes are used if `cell.isSized` and it has any.
  public static func run(
    _ cell: ReplayCell, over input: ReplayInput, options: Options = Options()
  ) throws -> ReplayResult {
    switch input {
    case .loaded(let trace): return try run(cell, over: trace, options: options)
    case .mapped(let map, _):
      return replayMapped(cell, map.records, countFrom: options.countFrom)
    case .streamed(let path, let readOptions, _):
      return try stream(cell, path, readOptions, countFrom: options.countFrom)
    }
  }

  /// Answers `cell` from a trace in memory.
  public static func run(
    _ cell: ReplayCell, over trace: RequestTrace, options: Options = Options()
  ) throws(ReplayError) -> ReplayResult {
    guard case .core(let configuration) = cell.policy.kind else {
      return try offline(cell, trace, options)
    }
    var cache = makeCache(cell, configuration, options, requests: trace.count)
    var result = ReplayResult(cell: cell)
    let start = threadCPUSeconds()
    if let touch = options.prefix {
      result.prefixHits = PrefixReplay.run(
        trace, cache: &cache, touch: touch, countFrom: options.countFrom, counters: &result.counters
      )
    } else {
      let isSized = cell.isSized && !trace.sizes.isEmpty
      let boundary = min(options.countFrom, trace.count)
      replay(trace, 0..<boundary, isSized: isSized, into: &cache)
      let past = cache.counters
      replay(trace, boundary..<trace.count, isSized: isSized, into: &cache)
      result.counters = cache.counters.since(past)
    }
    result.cpuSeconds = threadCPUSeconds() - start
    result.note(cache)
    return result
  }

  private static func makeCache(
    _ cell: ReplayCell, _ configuration: EvictionConfiguration, _ options: Options, requests: Int
  ) -> ShadowCache {
    // Room for as many objects as can ever be held, where that is known and not absurd.
    let entries = cell.isSized ? 0 : Int(min(cell.capacity, UInt64(requests), 1 << 26))
    return ShadowCache(
      configuration, capacity: cell.capacity, isSized: cell.isSized,
      keys: options.internedBelow.map { .interned(below: $0) } ?? .hashed, entries: entries)
  }

  private static func replay(
    _ trace: RequestTrace, _ range: Range<Int>, isSized: Bool, into cache: inout ShadowCache
  ) {
    trace.keys.withUnsafeBufferPointer { keys in
      let part = UnsafeBufferPointer(rebasing: keys[range])
      guard isSized else { return cache.replay(keys: part, lengths: nil) }
      trace.sizes.withUnsafeBufferPointer { sizes in
        cache.replay(keys: part, lengths: sizes.baseAddress.map { $0 + range.lowerBound })
      }
    }
  }

  private static func replayMapped(
    _ cell: ReplayCell, _ records: borrowing MappedRequests, countFrom: Int
  ) -> ReplayResult {
    guard case .core(let configuration) = cell.policy.kind else {
      preconditionFailure("offline policies run over loaded traces")
    }
    var cache = makeCache(cell, configuration, Options(), requests: records.count)
    var result = ReplayResult(cell: cell)
    let start = threadCPUSeconds()
    let boundary = min(countFrom, records.count)
    func part(_ range: Range<Int>) -> StridedRequests {
      StridedRequests(
        base: records.base + range.lowerBound * MappedRequests.stride, count: range.count,
        stride: MappedRequests.stride, keyOffset: MappedRequests.idOffset,
        lengthOffset: cell.isSized ? MappedRequests.sizeOffset : nil)
    }
    cache.replay(part(0..<boundary))
    let past = cache.counters
    cache.replay(part(boundary..<records.count))
    result.cpuSeconds = threadCPUSeconds() - start
    result.counters = cache.counters.since(past)
    result.note(cache)
    return result
  }

  private static func stream(
    _ cell: ReplayCell, _ path: String, _ options: TraceReadOptions, countFrom: Int
  ) throws(TraceError) -> ReplayResult {
    guard case .core(let configuration) = cell.policy.kind else {
      preconditionFailure("offline policies run over loaded traces")
    }
    var cache = makeCache(cell, configuration, Options(), requests: 0)
    var result = ReplayResult(cell: cell)
    let start = threadCPUSeconds()
    var source = try RequestSource(path: path, options: options)
    var block = TraceBlock()
    var chunk = RequestChunk(path: path)
    var past = ShadowCounters()
    while try source.next(into: &block) {
      try chunk.fill(block, isSized: cell.isSized)
      if cache.counters.requests <= UInt64(countFrom) { past = cache.counters }
      chunk.keys.withUnsafeBufferPointer { keys in
        guard cell.isSized else { return cache.replay(keys: keys, lengths: nil) }
        chunk.lengths.withUnsafeBufferPointer { cache.replay(keys: keys, lengths: $0.baseAddress) }
      }
    }
    result.cpuSeconds = threadCPUSeconds() - start
    result.counters = cache.counters.since(past)
    result.note(cache)
    return result
  }

  private static func offline(
    _ cell: ReplayCell, _ trace: RequestTrace, _ options: Options
  ) throws(ReplayError) -> ReplayResult {
    if options.prefix != nil {
      throw ReplayError(
        "policy \(cell.policy.name) knows the order of blocks, not of prompts; leave it out of prefix "
          + "mode")
    }
    var result = ReplayResult(cell: cell)
    let start = threadCPUSeconds()
    let isSized = cell.isSized && !trace.sizes.isEmpty
    let next = try trace.keys.withUnsafeBufferPointer { (keys) throws(ReplayError) in
      try NextAccess(keys)
    }
    let isBound = cell.policy.kind == .belady
    func answer(_ sizes: UnsafeBufferPointer<UInt32>?) -> ShadowCounters {
      if isBound {
        var bound = Belady(requests: trace.count, capacity: cell.capacity, isSized: isSized)
        return bound.run(next: next, sizes: sizes, countFrom: options.countFrom)
      }
      var heuristic = BeladySize(requests: trace.count, capacity: cell.capacity)
      return heuristic.run(next: next, sizes: sizes, countFrom: options.countFrom)
    }
    result.counters =
      isSized ? trace.sizes.withUnsafeBufferPointer { answer($0) } : answer(nil)
    result.cpuSeconds = threadCPUSeconds() - start
    return result
  }

  /// Processor time of the calling thread, seconds. It informs people and decides nothing.
  static func threadCPUSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

extension ReplayResult {
  fileprivate mutating func note(_ cache: borrowing ShadowCache) {
    residentBytes = cache.residentBytes
    objectsHeld = cache.count
    adaptive = cache.adaptiveReport
  }
}

extension ShadowCounters {
  /// What happened after `past`, an earlier state of the same counters.
  func since(_ past: ShadowCounters) -> ShadowCounters {
    var rest = self
    rest.requests -= past.requests
    rest.misses -= past.misses
    rest.bytesRequested -= past.bytesRequested
    rest.bytesMissed -= past.bytesMissed
    rest.evictions -= past.evictions
    rest.bytesWritten -= past.bytesWritten
    return rest
  }
}
