import Testing

@testable import TarnCore

/// Each policy chooses the victims that a plain model of its paper chooses, call by call.
@Suite struct PolicyPropertyTests {
  func check(_ kind: EvictionKind, model: (UInt64) -> some NaiveModel) {
    // Room for at least two blocks, because misses overlap.
    for (capacity, isSized) in [(2, false), (40, false), (200, true), (700, true)] {
      for seed in 1...5 as ClosedRange<UInt64> {
        let divergence = firstDivergence(
          of: AnyEviction.self, from: model(UInt64(capacity)),
          configuration: EvictionConfiguration(kind), capacity: UInt64(capacity),
          isSized: isSized, seed: seed)
        #expect(divergence == nil, "\(kind.name) of \(capacity) bytes")
      }
    }
  }

  @Test func `lru evicts what its model evicts`() { check(.lru) { NaiveLRU(capacity: $0) } }
  @Test func `fifo evicts what its model evicts`() { check(.fifo) { NaiveFIFO(capacity: $0) } }
  @Test func `clock evicts what its model evicts`() { check(.clock) { NaiveCLOCK(capacity: $0) } }
  @Test func `sieve evicts what its model evicts`() { check(.sieve) { NaiveSIEVE(capacity: $0) } }
  @Test func `s3fifo evicts what its model evicts`() {
    check(.s3fifo) { NaiveS3FIFO(capacity: $0) }
  }
  @Test func `wtinylfu evicts what its model evicts`() {
    check(.wtinylfu) { NaiveWTinyLFU(capacity: $0) }
  }
  @Test func `arc evicts what its model evicts`() { check(.arc) { NaiveARC(capacity: $0) } }
  @Test func `2q evicts what its model evicts`() { check(.twoQ) { NaiveTwoQ(capacity: $0) } }
  @Test func `lfu evicts what its model evicts`() { check(.lfu) { NaiveLFU(capacity: $0) } }
  @Test func `gdsf evicts what its model evicts`() { check(.gdsf) { NaiveGDSF(capacity: $0) } }
  @Test func `lirs evicts what its model evicts`() { check(.lirs) { NaiveLIRS(capacity: $0) } }
}
