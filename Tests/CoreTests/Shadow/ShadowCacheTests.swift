import Testing

@testable import TarnCore

/// A cache of keys decides what a tier of blocks decides, and costs less.
@Suite struct ShadowCacheTests {
  /// Misses of a tier of unit blocks run by the same policy.
  private func tierMisses(_ kind: EvictionKind, _ ids: [UInt64], capacity: UInt64) -> UInt64 {
    var tier = CacheTier(capacityBytes: capacity, eviction: EvictionConfiguration(kind))
    var misses: UInt64 = 0
    for id in ids {
      let key = BlockKey(high: 0, low: id)
      let slot = tier.find(key)
      if slot != .none {
        tier.touch(slot)
        continue
      }
      misses += 1
      guard tier.prepare(key: key, length: 1, tenant: TenantID(0)) else { continue }
      if !tier.hasRoom(for: 1, of: TenantID(0)) {
        if tier.declines(tenant: TenantID(0)) { continue }
        tier.discard(tier.victim(for: TenantID(0), length: 1))
      }
      let landed = tier.reserve(key: key, length: 1, tenant: TenantID(0))
      tier.land(landed)
      tier.release(landed)
    }
    return misses
  }

  private func ids(_ count: Int, seed: UInt64) -> [UInt64] {
    var random = HarnessRandom(seed: seed)
    return (0..<count).map { _ in random.next(below: random.next(below: 3_000) + 1) }
  }

  /// A sketch hashes a tier's keys and bare keys differently, so its estimates may differ, and so may
  /// the samples of `auto`.
  @Test(arguments: EvictionKind.allCases.filter { $0 != .wtinylfu && $0 != .auto })
  func `it misses what a tier misses`(kind: EvictionKind) {
    let ids = ids(20_000, seed: 3)
    for capacity in [1, 30, 400] as [UInt64] {
      var cache = ShadowCache(EvictionConfiguration(kind), capacity: capacity, isSized: false)
      ids.withUnsafeBufferPointer { cache.replay(keys: $0, lengths: nil) }
      let counters = cache.counters
      #expect(counters.misses == tierMisses(kind, ids, capacity: capacity), "\(kind.name)")
      #expect(counters.bytesHeld <= capacity)
    }
  }

  @Test(arguments: EvictionKind.allCases)
  func `one call for all requests and a call for each give the same`(kind: EvictionKind) {
    let ids = ids(6_000, seed: 8)
    let lengths = ids.map { UInt32($0 % 50 + 1) }
    var whole = ShadowCache(EvictionConfiguration(kind), capacity: 3_000, isSized: true)
    ids.withUnsafeBufferPointer { keys in
      lengths.withUnsafeBufferPointer { whole.replay(keys: keys, lengths: $0.baseAddress) }
    }
    var single = ShadowCache(EvictionConfiguration(kind), capacity: 3_000, isSized: true)
    var hits: UInt64 = 0
    for (id, length) in zip(ids, lengths) {
      let wasHeld = single.contains(ShadowKey(id))
      let hit = single.access(ShadowKey(id), length: length)
      #expect(hit == wasHeld)
      if hit { hits += 1 }
    }
    let (all, one) = (whole.counters, single.counters)
    #expect(all == one)
    #expect(hits == one.requests - one.misses)
    #expect(one.bytesHeld <= 3_000)
  }

  @Test(arguments: EvictionKind.allCases.filter { $0 != .gdsf && $0 != .lhd && $0 != .lfu })
  func `key, index and links take 32 bytes an object at most`(kind: EvictionKind) {
    for capacity in [50_000, 98_304, 100_000] as [UInt64] {
      var cache = ShadowCache(
        EvictionConfiguration(kind), capacity: capacity, isSized: false, entries: Int(capacity))
      for id in 0..<capacity + 5_000 { cache.access(ShadowKey(id &* 0x9e37_79b9_7f4a_7c15)) }
      let table = cache.residentBytes.table
      #expect(Double(table) / Double(capacity) <= 32, "\(kind.name)")
    }
  }

  @Test func `gdsf declines what is worth less than all that could leave`() {
    var cache = ShadowCache(EvictionConfiguration(.gdsf), capacity: 100, isSized: true)
    cache.access(ShadowKey(1), length: 10)
    cache.access(ShadowKey(2), length: 90)
    // Larger than both: the newcomer is the least valuable.
    cache.access(ShadowKey(3), length: 95)
    let isHeld = [1, 2, 3].map { cache.contains(ShadowKey($0)) }
    #expect(isHeld == [true, true, false])
    let evictions = cache.counters.evictions
    #expect(evictions == 0)
  }

  @Test func `2q declines what is larger than its queue for newcomers`() {
    var cache = ShadowCache(EvictionConfiguration(.twoQ), capacity: 100, isSized: true)
    cache.access(ShadowKey(1), length: 25)
    cache.access(ShadowKey(2), length: 26)
    let isHeld = [1, 2].map { cache.contains(ShadowKey($0)) }
    #expect(isHeld == [true, false])
  }
}
