import Testing

@testable import TarnCore

/// What an adaptive tier promises whatever is asked of it.
@Suite struct AutoTests {
  /// A tier of bytes that only `Auto` orders, and what it should hold.
  struct Harness: ~Copyable {
    var table = BlockTable()
    var policy = AnyEviction(EvictionConfiguration(.auto), capacityBytes: 1)
    var used: UInt64 = 0
    let capacity: UInt64
    var isSound = true
    var victims: UInt64 = 0

    init(capacity: UInt64) {
      self.capacity = capacity
      policy = AnyEviction(EvictionConfiguration(.auto), capacityBytes: capacity)
    }

    mutating func access(_ id: UInt64, length: UInt32, mayDecline: Bool) {
      let key = numberedKey(id)
      let slot = table.find(key)
      if slot != .none { return policy.hit(slot, in: &table) }
      guard UInt64(length) <= capacity, policy.prepare(key: key, length: length, in: &table) else {
        return
      }
      while used + UInt64(length) > capacity {
        if mayDecline, policy.declines(in: &table) { return }
        evict()
      }
      used += UInt64(length)
      policy.insert(table.insert(key: key, length: length, tenant: TenantID(0)), in: &table)
    }

    mutating func evict() {
      let slot = policy.evict(from: &table)
      guard slot != .none, table.isLive(slot), !table[slot].flags.contains(.inPolicy) else {
        isSound = false
        return used = 0
      }
      victims = mix64(victims ^ table[slot].key.low)
      used -= UInt64(table[slot].length)
      table.remove(slot)
    }

    mutating func remove(_ id: UInt64) {
      let slot = table.find(numberedKey(id))
      if slot == .none { return }
      policy.remove(slot, in: &table)
      used -= UInt64(table[slot].length)
      table.remove(slot)
    }
  }

  /// Skewed requests with scans, removals and cold insertions; returns a digest of all victims.
  func soak(seed: UInt64, capacity: UInt64, longest: UInt64, requests: Int) -> UInt64 {
    var harness = Harness(capacity: capacity)
    var random = HarnessRandom(seed: seed)
    var scanned: UInt64 = 1 << 40
    let population = capacity / longest * 8 + 8
    for _ in 0..<requests {
      let id: UInt64
      if random.next(below: 4) == 0 {
        scanned += 1
        id = scanned
      } else {
        id = random.next(below: random.next(below: population) + 1)
      }
      let length = UInt32(1 + mix64(id) % longest)
      harness.access(id, length: length, mayDecline: seed & 1 == 0)
      if random.next(below: 16) == 0 { harness.remove(random.next(below: population)) }
      guard harness.isSound else { break }
    }
    let sound = harness.isSound
    let isWithin = harness.used <= capacity
    #expect(sound, "seed \(seed): a victim is a block that the policy held")
    #expect(isWithin, "seed \(seed): the bytes stay within the capacity")
    harness.table.checkInvariants()
    return harness.victims
  }

  @Test(arguments: 0..<12 as Range<UInt64>)
  func `it evicts what it holds, keeps its capacity and repeats itself`(seed: UInt64) {
    let capacity: UInt64 = [3, 40, 900, 9_000, 300_000, 2_000_000][Int(seed % 6)]
    let longest: UInt64 = seed < 6 ? 1 : min(capacity, 700)
    let first = soak(seed: seed, capacity: capacity, longest: longest, requests: 30_000)
    #expect(first == soak(seed: seed, capacity: capacity, longest: longest, requests: 30_000))
  }

  @Test func `a cold block leaves first, also beyond the size where the sample thins`() {
    var harness = Harness(capacity: 10_000)
    for id in 0..<9_999 as Range<UInt64> { harness.access(id, length: 1, mayDecline: false) }
    let cold = harness.table.insert(key: numberedKey(1 << 30), length: 1, tenant: TenantID(0))
    harness.policy.insertCold(cold, in: &harness.table)
    let report = harness.policy.adaptiveReport
    #expect((report?.sampledOneIn ?? 0) > 1)
    let victim = harness.policy.evict(from: &harness.table)
    #expect(victim == cold)
  }

  @Test(arguments: [100, 20_000, 4_000_000, 400_000_000] as [UInt64])
  func `shadows of mixed sizes take 1 % of the bytes or 64 KiB`(capacity: UInt64) {
    var cache = ShadowCache(EvictionConfiguration(.auto), capacity: capacity, isSized: true)
    var random = HarnessRandom(seed: capacity)
    for _ in 0..<200_000 {
      let id = random.next(below: random.next(below: 200_000) + 1)
      cache.access(ShadowKey(id), length: UInt32(1 + mix64(id) % 5_000))
    }
    let report = cache.adaptiveReport
    let (bytes, limit) = (report?.shadowBytes ?? .max, report?.shadowBytesLimit ?? 0)
    #expect(limit == max(64 << 10, Int(capacity / 100)))
    // Ghosts may grow for 256 sampled requests before the limit is looked at again.
    #expect(bytes <= limit + 16 << 10)
  }

  @Test func `it changes its mind at most once per turnover of the cache`() {
    let capacity = 500
    var cache = ShadowCache(
      EvictionConfiguration(.auto), capacity: UInt64(capacity), isSized: false)
    var id: UInt64 = 0
    let requests = 200_000
    for request in 0..<requests {
      // A loop and a sliding window in turn: what is right for the one is wrong for the other.
      id =
        request / 5_000 % 2 == 0
        ? UInt64(request % 700) : UInt64(request) - mix64(UInt64(request)) % 400
      cache.access(ShadowKey(id))
    }
    let switches = cache.adaptiveReport?.switches ?? .max
    #expect(switches >= 1)
    #expect(switches <= UInt64(requests / capacity))
  }
}
