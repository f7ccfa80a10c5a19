import TarnCore
import TarnSim
import Testing

/// LRU's curve from stack distances.
@Suite struct LRUCurveTests {
  @Test(arguments: [1, 2, 3, 17, 300, 5_000])
  func `every depth is the textbook's`(keys: UInt64) throws {
    let trace = CurveTraces.skewed(20_000, keys: keys, seed: keys)
    var stack = NaiveStack()
    var depths: [UInt64?] = []
    for key in trace.keys { depths.append(stack.depth(of: key, size: 1)) }
    let curve = try LRUCurve(of: .loaded(trace), isSized: false)
    for capacity in 1...keys + 1 {
      let expected = depths.count { $0.map { $0 > capacity } ?? true }
      #expect(curve.misses(at: capacity).requests == UInt64(expected))
    }
  }

  @Test(arguments: [3, 40, 900])
  func `depths in bytes are the textbook's, also where sizes change`(keys: UInt64) throws {
    var trace = CurveTraces.skewed(20_000, keys: keys, seed: keys, isSized: true)
    for index in stride(from: 0, to: trace.count, by: 7) {
      trace.sizes[index] = UInt32(index % 50 + 1)
    }
    let capacities: [UInt64] = [1, 10, 333, 1_000, 5_000, 20_000, 100_000, 450_000]
    var stack = NaiveStack()
    var hits = [UInt64](repeating: 0, count: capacities.count)
    for (key, size) in zip(trace.keys, trace.sizes) {
      guard let depth = stack.depth(of: key, size: UInt64(size)) else { continue }
      for (index, capacity) in capacities.enumerated() where depth <= capacity { hits[index] += 1 }
    }
    let curve = try LRUCurve(of: .loaded(trace), isSized: true, capacities: capacities)
    for (capacity, hits) in zip(capacities, hits) {
      #expect(curve.misses(at: capacity).requests == UInt64(trace.count) - hits)
      #expect(!curve.isExact(at: capacity))
    }
  }

  @Test func `the curve is what replays count at every capacity`() throws {
    let trace = CurveTraces.skewed(20_000, keys: 400, seed: 5)
    let curve = try LRUCurve(of: .loaded(trace), isSized: false)
    for capacity in UInt64(1)...401 {
      let replayed = try misses(.lru, trace, capacity, isSized: false)
      #expect(curve.misses(at: capacity).requests == replayed.misses)
    }
  }

  @Test func `with sizes that stay it is what replays count from the largest object on`() throws {
    let trace = CurveTraces.skewed(20_000, keys: 700, seed: 6, isSized: true)
    let capacities = (1...50).map { UInt64($0 * 7_141) } + [1_000, 999]
    let curve = try LRUCurve(of: .loaded(trace), isSized: true, capacities: capacities)
    #expect(curve.largestObject == 1_000 && curve.resizedRequests == 0)
    for capacity in capacities {
      let replayed = try misses(.lru, trace, capacity, isSized: true)
      #expect(curve.isExact(at: capacity) == (capacity >= 1_000))
      // Below, objects that no cache keeps push others down the stack.
      let (requests, bytes) = curve.misses(at: capacity)
      if capacity < 1_000 {
        #expect(requests >= replayed.misses)
      } else {
        #expect(requests == replayed.misses && bytes == replayed.bytesMissed)
      }
    }
  }

  @Test func `a timeline is compacted as often as it fills, with keys that come and go`() throws {
    // A window that slides over ever new keys: many compactions, growth, and keys never seen again.
    var numbers = TestNumbers(9)
    let keys = (0..<200_000).map { UInt64($0 / 4) + numbers.below(30_000) }
    let trace = RequestTrace(name: "window", keys: keys)
    let curve = try LRUCurve(of: .loaded(trace), isSized: false)
    #expect(curve.requests == 200_000)
    #expect(curve.objects == UInt64(trace.distinctObjects))
    for capacity in [1, 10, 500, 8_000, 20_000, 60_000] as [UInt64] {
      let replayed = try misses(.lru, trace, capacity, isSized: false)
      #expect(curve.misses(at: capacity).requests == replayed.misses)
    }
  }

  @Test func `recorded traces have the curve of their replays`() throws {
    for name in ["lirs/multi3.trace.gz", "lirs/loop.trace.gz", "cache2k/web12.keys.gz"] {
      guard let path = SharedTraces.path(name) else { continue }
      let trace = try RequestTrace.load(path: path)
      let curve = try LRUCurve(of: .loaded(trace), isSized: false)
      for capacity in CurveSettings.spread(12, over: UInt64(trace.distinctObjects)) {
        let replayed = try misses(.lru, trace, capacity, isSized: false)
        #expect(curve.misses(at: capacity).requests == replayed.misses, "\(name) at \(capacity)")
      }
    }
  }
}
