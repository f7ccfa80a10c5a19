import Testing

@testable import TarnCore

@Suite struct GhostQueueTests {
  @Test func `it remembers in order of arrival, by bytes`() {
    var ghosts = GhostQueue()
    ghosts.insert(11, length: 4)
    ghosts.insert(12, length: 5)
    ghosts.insert(13, length: 6)
    ghosts.trim(toBytes: 11)
    let remembered = [11, 12, 13].map { ghosts.contains($0) }
    #expect(remembered == [false, true, true])
    #expect(ghosts.bytes == 11)
  }

  @Test func `an unused one has no memory`() {
    let ghosts = GhostQueue()
    #expect(ghosts.residentBytes == 0)
    #expect(ghosts.contains(1) == false)
  }

  @Test func `it does what an array does`() {
    for seed in 1...4 as ClosedRange<UInt64> {
      var random = HarnessRandom(seed: seed)
      var ghosts = GhostQueue()
      var model: [ModelBlock] = []
      let isSized = seed % 2 == 0
      for step in 0..<6000 {
        let limit: UInt64 = step < 3000 ? 150 : 600
        // Twins occur: the ring may hold one fingerprint twice, and forgets one of them.
        let id = 1 + random.next(below: 400)
        let isKnown = model.position(of: id) != nil
        if random.next(below: 3) == 0 {
          let removed = ghosts.remove(UInt32(id))
          #expect(removed == isKnown, "seed \(seed), step \(step)")
          _ = model.take(id)
        } else if !isKnown {
          let bytes = isSized ? 1 + random.next(below: 9) : 1
          ghosts.insert(UInt32(id), length: UInt32(bytes))
          model.append(ModelBlock(id: id, bytes: bytes))
          ghosts.trim(toBytes: limit)
          model.trim(to: limit)
        }
        #expect(ghosts.bytes == model.bytes, "seed \(seed), step \(step)")
        #expect(ghosts.count == model.count, "seed \(seed), step \(step)")
      }
      for block in model {
        let remembered = ghosts.contains(UInt32(block.id))
        #expect(remembered, "seed \(seed)")
      }
    }
  }

  @Test func `a fingerprint held twice is forgotten one by one`() {
    var ghosts = GhostQueue()
    ghosts.insert(7, length: 1)
    ghosts.insert(7, length: 1)
    ghosts.trim(toBytes: 1)
    #expect(ghosts.remove(7) == true)
    #expect(ghosts.remove(7) == false)
    #expect(ghosts.count == 0)
  }

  @Test func `a ring wider than two bytes a bucket still finds its ghosts`() {
    var ghosts = GhostQueue()
    for id in 1...20_000 as ClosedRange<UInt64> {
      ghosts.insert(numberedKey(id).ghostFingerprint, length: 1)
      ghosts.trim(toBytes: 9000)
    }
    #expect(ghosts.count == 9000)
    let found = (1...20_000 as ClosedRange<UInt64>).filter {
      ghosts.contains(numberedKey($0).ghostFingerprint)
    }
    #expect(found.count == 9000)
    #expect(found.first == 11_001)
  }

  @Test func `a promise survives other misses and is kept once`() {
    var promises = Promises()
    for fingerprint in 1...300 as ClosedRange<UInt32> { promises.add(fingerprint) }
    #expect(promises.redeem(44) == false)
    #expect(promises.redeem(45) == true)
    #expect(promises.redeem(45) == false)
    #expect(promises.redeem(300) == true)
    #expect(promises.residentBytes == 1024)
  }
}
