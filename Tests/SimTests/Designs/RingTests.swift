import TarnCore
import Testing

@testable import TarnSim

private func key(_ number: UInt64) -> BlockKey {
  BlockKey(high: mix64(number), low: mix64(number ^ 0xabc))
}

@Suite struct RingTests {
  @Test func `750 places a server spread keys within a fifth of the mean`() {
    let ring = HashRing(0..<20, virtualNodes: 750)
    var counts = [Int](repeating: 0, count: 20)
    for number in 0..<40_000 as Range<UInt64> { counts[Int(ring.server(of: key(number))!)] += 1 }
    #expect(counts.allSatisfy { $0 > 1600 && $0 < 2400 }, "\(counts)")
  }

  @Test func `a server that is passed over gives away its own keys only`() {
    let ring = HashRing(0..<10, virtualNodes: 750)
    for number in 0..<2000 as Range<UInt64> {
      let owner = ring.server(of: key(number))!
      let other = ring.server(of: key(number)) { $0 != 3 }!
      #expect(other != 3)
      if owner != 3 { #expect(other == owner) }
    }
  }

  @Test func `a ring without usable servers names none`() {
    #expect(HashRing([UInt32](), virtualNodes: 750).server(of: key(1)) == nil)
    #expect(HashRing(0..<3, virtualNodes: 2).server(of: key(1)) { _ in false } == nil)
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `a chunk store is a least-recently-used list of bytes`(seed: UInt64) {
    var random = RandomStream(seed: seed, purpose: "chunk store test")
    var store = ChunkStore(capacityBytes: 1000)
    var model: [(key: UInt64, bytes: Int)] = []
    for _ in 0..<3000 {
      let number = random.below(60)
      let bytes = 1 + random.index(below: 200)
      let known = model.firstIndex { $0.key == number }
      if random.chance(0.5) {
        #expect(store.touch(key(number)) == (known != nil))
        if let known { model.append(model.remove(at: known)) }
      } else {
        store.insert(key(number), bytes: UInt32(bytes))
        if let known {
          model.append(model.remove(at: known))
        } else {
          model.append((number, bytes))
          while model.reduce(0, { $0 + $1.bytes }) > 1000 { model.removeFirst() }
        }
      }
      #expect(store.count == model.count)
      #expect(store.usedBytes == UInt64(model.reduce(0) { $0 + $1.bytes }))
    }
  }

  @Test func `a chunk that is larger than the store stays out`() {
    var store = ChunkStore(capacityBytes: 10)
    store.insert(key(1), bytes: 11)
    #expect(store.usedBytes == 0 && !store.touch(key(1)))
  }

  @Test func `blocks are idle once nobody has read them for the time-out`() {
    var blocks = IdleBlocks(after: 100)
    blocks.touched(key(1), of: 7, at: Instant(nanoseconds: 0))
    blocks.touched(key(2), of: 7, at: Instant(nanoseconds: 10))
    blocks.touched(key(1), of: 7, at: Instant(nanoseconds: 50))
    #expect(blocks.takeIdle(at: Instant(nanoseconds: 109)) == nil)
    #expect(blocks.takeIdle(at: Instant(nanoseconds: 110)) == NodeBlock(node: 7, key: key(2)))
    #expect(blocks.takeIdle(at: Instant(nanoseconds: 149)) == nil)
    #expect(blocks.takeIdle(at: Instant(nanoseconds: 150)) == NodeBlock(node: 7, key: key(1)))
    #expect(blocks.takeIdle(at: Instant(nanoseconds: 999)) == nil)
  }
}
