import Testing

@testable import TarnCore

/// Who stays in memory, and what a core costs.
@Suite struct ResidencyTests {
  @Test(arguments: EvictionKind.allCases)
  func `pins survive a scan and are refused beyond half of memory`(kind: EvictionKind) {
    let harness = cell(1) {
      $0.memoryBytes = 8 * 16_384
      $0.memoryEviction = EvictionConfiguration(kind)
    }
    for index in 0..<6 as Range<UInt32> {
      _ = harness.answer(Fixture.block(index), at: 0)
      harness.pin(Fixture.block(index).key, .pin, at: 0)
    }
    #expect(harness.nodes[0].core.memory.pinnedBytes == 4 * 16_384)
    for index in 100..<150 as Range<UInt32> { _ = harness.answer(Fixture.block(index), at: 0) }
    for index in 0..<4 as Range<UInt32> {
      #expect(harness.answer(Fixture.block(index), at: 0)?.source == .memory)
    }
    harness.pin(Fixture.block(0).key, .unpin, at: 0)
    #expect(harness.nodes[0].core.memory.pinnedBytes == 3 * 16_384)
    harness.expectCalmEnd()
  }

  @Test func `a block that is pinned while it is demoted stays`() {
    let harness = cell(1) {
      $0.memoryBytes = 4 * 16_384
      $0.memoryHeadroomPermille = 500
      $0.memoryEviction = EvictionConfiguration(.fifo)
      $0.flashBytes = 1 << 20
      $0.flashSegmentBytes = 1 << 16
      $0.flashFill = .onDemotion
    }
    harness.conditions.flashDelay = 10 * millisecond...10 * millisecond
    for index in 0..<3 as Range<UInt32> { harness.read(Fixture.block(index), at: 0) }
    harness.run(for: 21 * millisecond)
    harness.pin(Fixture.block(0).key, .pin, at: 0)
    harness.expectCalmEnd()
    #expect(harness.nodes[0].core.counters.flashWrites >= 1)
    #expect(harness.answer(Fixture.block(0), at: 0)?.source == .memory)
  }

  @Test func `a tenant at its quota evicts its own, though it could use a little more`() {
    // Tenant 0 may use 300 of 1,000: four blocks and a fifth of one.
    let harness = cell(1) {
      $0.memoryBytes = 14 * 16_384
      $0.tenantQuotaPermille = [300, 300]
    }
    for index in 0..<4 as Range<UInt32> { _ = harness.answer(Fixture.block(index, of: 1), at: 0) }
    for index in 100..<120 as Range<UInt32> { _ = harness.answer(Fixture.block(index), at: 0) }
    for index in 0..<4 as Range<UInt32> {
      #expect(harness.answer(Fixture.block(index, of: 1), at: 0)?.source == .memory)
    }
    #expect(harness.nodes[0].core.memory.usedBytes == 8 * 16_384)
    harness.expectCalmEnd()
  }

  @Test(arguments: EvictionKind.allCases)
  func `a change of policy flushes nothing`(kind: EvictionKind) {
    let harness = cell(1) {
      $0.memoryBytes = 8 * 16_384
      $0.memoryEviction = EvictionConfiguration(.arc)
    }
    for index in 0..<8 as Range<UInt32> { _ = harness.answer(Fixture.block(index), at: 0) }
    harness.step(harness.nodes[0], .changeEviction(.memory, EvictionConfiguration(kind)))
    #expect(harness.nodes[0].core.memory.count == 8)
    for index in 0..<8 as Range<UInt32> {
      #expect(harness.answer(Fixture.block(index), at: 0)?.source == .memory)
    }
    _ = harness.answer(Fixture.block(9), at: 0)
    #expect(harness.nodes[0].core.memory.count == 8)
    harness.expectCalmEnd()
  }

  /// A core with blocks that peers offered to it: nothing but the tables is left behind.
  private func filled(_ count: Int, _ kind: EvictionKind) -> ClusterHarness {
    let harness = cell(1) {
      $0.memoryBytes = UInt64(count) * 4096
      $0.memoryEviction = EvictionConfiguration(kind)
    }
    for index in 0..<count {
      let key = BlockKey(high: 1, low: mix64(UInt64(index)))
      harness.put(HarnessBlock(key: key, length: 4096, kvAfter: key), at: 0)
    }
    return harness
  }

  @Test(arguments: EvictionKind.fixed)
  func `an idle core with 512 resident blocks takes 32 KiB at most`(kind: EvictionKind) {
    let harness = filled(512, kind)
    #expect(harness.nodes[0].core.memory.count == 512)
    let bytes = harness.nodes[0].core.residentBytes + MemoryLayout<CacheNode>.size
    #expect(bytes <= 32 * 1024)
  }

  @Test(arguments: EvictionKind.fixed)
  func `a memory tier of 2,000 blocks takes 48 bytes for each, 64 with priorities`(
    kind: EvictionKind
  ) {
    let harness = filled(2000, kind)
    #expect(harness.nodes[0].core.memory.count == 2000)
    let bound = kind == .gdsf || kind == .lhd ? 64 : 48
    #expect(harness.nodes[0].core.memory.residentBytes <= bound * 2000)
  }
}
