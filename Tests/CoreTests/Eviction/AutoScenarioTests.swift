import Testing

@testable import TarnCore

/// Streams of which one policy is known to be right, and whether `auto` ends beside it.
@Suite struct AutoScenarioTests {
  /// Miss ratios over the last half of `stream`.
  func settled(
    _ kinds: [EvictionKind], capacity: UInt64, requests: Int, _ stream: (Int) -> UInt64
  ) -> [EvictionKind: Double] {
    var ratios: [EvictionKind: Double] = [:]
    for kind in kinds {
      var cache = ShadowCache(EvictionConfiguration(kind), capacity: capacity, isSized: false)
      for request in 0..<requests / 2 { cache.access(ShadowKey(stream(request))) }
      let before = cache.counters.misses
      for request in requests / 2..<requests { cache.access(ShadowKey(stream(request))) }
      ratios[kind] = Double(cache.counters.misses - before) / Double(requests - requests / 2)
    }
    return ratios
  }

  /// A number below `bound`, near 0 far more often than not; a pure function of `request`.
  func skewed(_ request: Int, below bound: UInt64) -> UInt64 {
    let inner = mix64(UInt64(request) &+ 0x5851_f42d) % bound + 1
    let outer = mix64(inner ^ UInt64(request) << 20) % inner + 1
    return mix64(outer ^ UInt64(request) << 40) % outer
  }

  @Test(arguments: [300, 6_000] as [UInt64])
  func `on a loop it ends within 0.02 of lirs`(capacity: UInt64) {
    let length = Int(capacity) * 3 / 2
    let ratios = settled([.lru, .lirs, .auto], capacity: capacity, requests: length * 20) {
      UInt64($0 % length)
    }
    #expect(ratios[.lru] ?? 0 > 0.99)
    #expect(ratios[.auto] ?? 1 < (ratios[.lirs] ?? 0) + 0.02)
  }

  @Test(arguments: [600, 6_000] as [UInt64])
  func `on agents' growing prompts it ends within 0.02 of lru`(capacity: UInt64) {
    // An agent reads its prompt again with a few more blocks each turn, then goes and never returns.
    let turns = 12
    let prompt = Int(capacity) / 2 / turns
    var stream: [UInt64] = []
    for agent in 0..<30 as Range<UInt64> {
      for turn in 1...turns {
        for block in 0..<turn * prompt { stream.append(agent << 32 | UInt64(block)) }
      }
    }
    let ratios = settled([.lru, .lfu, .auto], capacity: capacity, requests: stream.count) {
      stream[$0]
    }
    #expect(ratios[.lfu] ?? 0 > (ratios[.lru] ?? 1) + 0.1)
    #expect(ratios[.auto] ?? 1 < (ratios[.lru] ?? 0) + 0.02)
  }

  @Test(arguments: [400, 6_000] as [UInt64])
  func `on skewed reads with scans it ends within 0.02 of s3fifo`(capacity: UInt64) {
    let ratios = settled(
      [.lru, .s3fifo, .auto], capacity: capacity, requests: Int(capacity) * 40
    ) {
      $0 % 3 == 0 ? 1 << 32 + UInt64($0) : skewed($0, below: capacity * 10)
    }
    #expect(ratios[.lru] ?? 0 > (ratios[.s3fifo] ?? 1) + 0.02)
    #expect(ratios[.auto] ?? 1 < (ratios[.s3fifo] ?? 0) + 0.02)
  }

  @Test func `when the phase changes it changes, and changes back`() {
    let capacity = 400
    var cache = ShadowCache(
      EvictionConfiguration(.auto), capacity: UInt64(capacity), isSized: false)
    /// Misses over the last quarter of a phase of 120,000 requests.
    func phase(_ stream: (Int) -> UInt64) -> Double {
      var misses: UInt64 = 0
      for request in 0..<120_000 {
        let before = cache.counters.misses
        cache.access(ShadowKey(stream(request)))
        if request >= 90_000 { misses += cache.counters.misses - before }
      }
      return Double(misses) / 30_000
    }
    let loop: (Int) -> UInt64 = { UInt64($0 % 600) }
    // A window that slides on: only recency tells what is inside.
    let window: (Int) -> UInt64 = { request in
      1 << 32 + UInt64(request / 8) + mix64(UInt64(request)) % 380
    }
    let first = phase(loop)
    let second = phase(window)
    let third = phase(loop)
    // What the best of the seven reaches in each phase: lirs 0.340, lru 0.162, wtinylfu 0.416 (lirs
    // does not recover: the window's blocks stay, and its ghosts are fewer than the loop is long).
    #expect(first < 0.36)
    #expect(second < 0.18)
    #expect(third < 0.43)
    #expect(cache.adaptiveReport?.switches ?? 0 >= 2)
  }
}
