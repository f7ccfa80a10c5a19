import Testing

@testable import TarnCore

/// What a tier of 2,000 equal blocks costs, and that it stops costing more.
@Suite struct MemoryTests {
  /// Bytes a block of table and policy after `requests` skewed reads, and whether the last quarter
  /// of them left the memory as it was.
  func run(_ kind: EvictionKind, requests: Int) -> (bytesPerBlock: Double, isSteady: Bool) {
    let capacity = 2000
    var table = BlockTable()
    var policy = AnyEviction(EvictionConfiguration(kind), capacityBytes: UInt64(capacity))
    var random = HarnessRandom(seed: 11)
    var settled = 0
    for request in 0..<requests {
      if request == requests / 4 * 3 { settled = table.residentBytes + policy.residentBytes }
      let wanted = numberedKey(random.next(below: random.next(below: 20_000) + 1))
      let slot = table.find(wanted)
      if slot != .none {
        policy.hit(slot, in: &table)
        continue
      }
      policy.prepare(key: wanted, length: 1, in: &table)
      if table.count == capacity { table.remove(policy.evict(from: &table)) }
      policy.insert(table.insert(key: wanted, length: 1, tenant: TenantID(0)), in: &table)
    }
    let resident = table.residentBytes + policy.residentBytes
    return (Double(resident) / Double(capacity), resident == settled)
  }

  @Test(arguments: [EvictionKind.lru, .fifo, .clock, .sieve, .s3fifo, .wtinylfu])
  func `2,000 blocks cost at most 48 bytes each, ghosts included`(kind: EvictionKind) {
    let result = run(kind, requests: 60_000)
    #expect(result.bytesPerBlock <= 48, "\(kind.name)")
  }

  @Test func `arc, which remembers as many blocks as it holds, costs at most 56`() {
    #expect(run(.arc, requests: 60_000).bytesPerBlock <= 56)
  }

  @Test(arguments: EvictionKind.allCases)
  func `a full tier allocates nothing`(kind: EvictionKind) {
    #expect(run(kind, requests: 120_000).isSteady, "\(kind.name)")
  }

  @Test func `an idle policy is small`() {
    #expect(MemoryLayout<LRU>.size < 64)
    #expect(MemoryLayout<SIEVE>.size < 64)
    for kind in EvictionKind.fixed {
      let policy = AnyEviction(EvictionConfiguration(kind), capacityBytes: 1 << 40)
      let resident = policy.residentBytes
      #expect(resident <= 320, "\(kind.name)")
    }
  }
}
