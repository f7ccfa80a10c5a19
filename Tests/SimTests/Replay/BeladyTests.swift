import TarnCore
import Testing

@testable import TarnSim

/// The offline bounds.
@Suite struct BeladyTests {
  private func trace(_ seed: UInt64, requests: Int, keys: UInt64) -> RequestTrace {
    var numbers = TestNumbers(seed)
    return RequestTrace(
      name: "random", keys: (0..<requests).map { _ in numbers.below(numbers.below(keys) + 1) })
  }

  private func misses(_ policy: String, _ trace: RequestTrace, capacity: UInt64) throws -> UInt64 {
    let cell = ReplayCell(
      policy: try ReplayPolicy(parsing: policy), capacity: capacity, isSized: false)
    return try Replay.run(cell, over: trace).counters.misses
  }

  /// MIN over an array: the resident whose next request is farthest leaves.
  private func naiveMisses(_ keys: [UInt64], capacity: Int) -> UInt64 {
    var resident: [UInt64] = []
    var misses: UInt64 = 0
    for (position, key) in keys.enumerated() where !resident.contains(key) {
      misses += 1
      if resident.count == capacity {
        let distances = resident.map { keys[(position + 1)...].firstIndex(of: $0) ?? .max }
        let farthest = distances.indices.max { distances[$0] < distances[$1] } ?? 0
        resident.remove(at: farthest)
      }
      resident.append(key)
    }
    return misses
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `belady misses what a plain MIN misses`(seed: UInt64) throws {
    let trace = trace(seed, requests: 400, keys: 40)
    for capacity in [1, 2, 7, 20] as [UInt64] {
      #expect(
        try misses("belady", trace, capacity: capacity)
          == naiveMisses(trace.keys, capacity: Int(capacity)))
    }
  }

  @Test func `no policy misses less than belady`() throws {
    let trace = trace(3, requests: 20_000, keys: 900)
    for capacity in [10, 100, 400] as [UInt64] {
      let bound = try misses("belady", trace, capacity: capacity)
      for kind in EvictionKind.allCases where kind != .gdsf {
        #expect(try misses(kind.name, trace, capacity: capacity) >= bound, "\(kind.name)")
      }
    }
  }

  @Test func `the largest position of a set is found at every level`() {
    var set = PositionSet(bound: 300_000)
    #expect(set.largest == nil)
    for position in [0, 63, 64, 4_095, 4_096, 262_143, 262_144, 299_999] { set.insert(position) }
    var found: [Int] = []
    while let largest = set.largest {
      found.append(largest)
      set.remove(largest)
    }
    #expect(found == [299_999, 262_144, 262_143, 4_096, 4_095, 64, 63, 0])
  }

  @Test func `belady-size misses less than policies that cannot look ahead`() throws {
    var trace = trace(11, requests: 20_000, keys: 900)
    trace.sizes = trace.keys.map { UInt32($0 % 97 + 1) }
    func misses(_ policy: String) throws -> UInt64 {
      let cell = ReplayCell(
        policy: try ReplayPolicy(parsing: policy), capacity: 5_000, isSized: true)
      return try Replay.run(cell, over: trace).counters.misses
    }
    let ahead = try misses("belady-size")
    #expect(try misses("belady-size") == ahead)
    for policy in ["lru", "arc", "gdsf", "belady"] {
      #expect(ahead < (try misses(policy)), "\(policy)")
    }
  }

  @Test func `belady-size keeps nothing that is never asked for again`() throws {
    let trace = RequestTrace(name: "sizes", keys: [1, 2, 3, 1], sizes: [5, 5, 5, 5])
    let cell = ReplayCell(
      policy: try ReplayPolicy(parsing: "belady-size"), capacity: 5, isSized: true)
    let counters = try Replay.run(cell, over: trace).counters
    // Room is made for 2 before it turns out to be the last of its kind.
    #expect(counters.misses == 4)
    #expect(counters.bytesWritten == 5)
    #expect(counters.bytesHeld == 0)
  }
}
