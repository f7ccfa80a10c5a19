/// LRU's miss-ratio curve from one pass of stack distances.
///
/// Where every size is 1 it is exact at every capacity: to the miss what `Replay` counts, because a
/// cache of n objects holds the n on top of the stack.
///
/// With sizes an object's depth is the sum of the sizes of all objects asked for since its last
/// request, and its own. An LRU cache holds what is no deeper than its capacity, so the curve is exact
/// as well, under two conditions that `isExact(at:)` checks:
/// - no object changes its size. A cache keeps the size with which an object entered it, and that
///   depends on the capacity; the stack takes the last one asked for.
/// - no object is larger than the capacity. A cache does not keep such an object, and the stack lets
///   it push others down: where only this condition fails, the curve lies above the truth.
public struct LRUCurve: Sendable {
  private let figures: StackFigures
  private let isSized: Bool
  private let depths: any DepthTally & Sendable
  private let limits: [UInt64]?

  /// Runs over `input`. With `isSized` the curve is counted at `capacities` and known there only;
  /// without sizes it is known everywhere.
  ///
  /// Memory: 16 to 32 bytes a key for the hash table, 1 more for the stack and 8 for the counts; with
  /// sizes 32 for the stack. Throws if a streamed trace can't be read again, and for more keys than
  /// 2^29.
  public init(of input: ReplayInput, isSized: Bool, capacities: [UInt64] = []) throws {
    self.isSized = isSized
    if isSized {
      let limits = capacities.ascendingOnce()
      var pass = StackPass<ByteTimeline, DepthLimits>(tally: DepthLimits(limits))
      try input.forEachChunk(isSized: true) {
        pass.take($0, sizes: $1)
        try Self.check(pass.figures.objects)
      }
      (figures, depths, self.limits) = (pass.figures, pass.tally, limits)
    } else {
      var pass = StackPass<UnitTimeline, EveryDepth>(tally: EveryDepth())
      try input.forEachChunk(isSized: false) { keys, _ in
        pass.take(keys, sizes: nil)
        try Self.check(pass.figures.objects)
      }
      (figures, depths, limits) = (pass.figures, pass.tally, nil)
    }
  }

  private static func check(_ objects: UInt64) throws(ReplayError) {
    guard objects < (1 << 29) - (1 << 20) else {
      throw ReplayError(
        "an exact curve takes traces of fewer than 2^29 keys; replay single "
          + "capacities instead")
    }
  }

  /// Requests that were run.
  public var requests: UInt64 { figures.requests }
  /// Different keys.
  public var objects: UInt64 { figures.objects }
  /// Requests whose size was not that of the request before for the same key.
  public var resizedRequests: UInt64 { figures.resizedRequests }
  /// The largest size asked for; 1 where sizes are ignored.
  public var largestObject: UInt32 { figures.largestObject }

  /// Whether the curve is at `capacity` to the miss what a replay counts.
  public func isExact(at capacity: UInt64) -> Bool {
    !isSized || (figures.resizedRequests == 0 && capacity >= UInt64(figures.largestObject))
  }

  /// Misses, and bytes missed, of a cache of `capacity`; with sizes one of the capacities given.
  public func misses(at capacity: UInt64) -> (requests: UInt64, bytes: UInt64) {
    let hits = depths.hits(ascending: [capacity])[0]
    return (figures.requests - hits.requests, figures.bytesRequested - hits.bytes)
  }

  /// The curve at `capacities`, of which repeated ones count once.
  public func curve(at capacities: [UInt64]) -> MissRatioCurve {
    let ascending = capacities.ascendingOnce()
    let requests = Double(max(1, figures.requests))
    let bytes = Double(max(1, figures.bytesRequested))
    let hits = depths.hits(ascending: ascending)
    return MissRatioCurve(
      zip(ascending, hits).map { capacity, hits in
        MissRatioCurve.Point(
          capacity: capacity, missRatio: Double(figures.requests - hits.requests) / requests,
          byteMissRatio: Double(figures.bytesRequested - hits.bytes) / bytes,
          method: isExact(at: capacity) ? .exact : .stackDistance)
      })
  }
}

extension [UInt64] {
  /// The same numbers in ascending order, each once.
  func ascendingOnce() -> [UInt64] {
    var result: [UInt64] = []
    for number in sorted() where number != result.last { result.append(number) }
    return result
  }
}
