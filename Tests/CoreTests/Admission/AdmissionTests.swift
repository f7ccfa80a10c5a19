import Testing

@testable import TarnCore

@Suite struct AdmissionTests {
  func filter(_ kind: AdmissionKind, blocks: UInt64 = 1000) -> AdmissionFilter {
    AdmissionFilter(kind, capacityBytes: blocks * 4096, blockBytesHint: 4096)
  }

  @Test func `always and never do what they say, without memory`() {
    for (kind, answer) in [(AdmissionKind.always, true), (.never, false)] {
      var filter = filter(kind)
      filter.record(numberedKey(1))
      #expect(filter.admits(numberedKey(1), over: numberedKey(2)) == answer)
      #expect(filter.residentBytes == 0)
    }
  }

  @Test func `second access admits what was asked for twice`() {
    var filter = filter(.secondAccess)
    filter.record(numberedKey(1))
    #expect(filter.admits(numberedKey(1), over: nil) == false)
    filter.record(numberedKey(1))
    #expect(filter.admits(numberedKey(1), over: nil) == true)
    #expect(filter.admits(numberedKey(2), over: nil) == false)
  }

  @Test func `second access forgets a key that was asked for once, long ago`() {
    var filter = filter(.secondAccess, blocks: 500)
    filter.record(numberedKey(1))
    for id in 1000..<5000 as Range<UInt64> { filter.record(numberedKey(id)) }
    filter.record(numberedKey(1))
    #expect(filter.admits(numberedKey(1), over: nil) == false)
  }

  @Test func `tinylfu compares with the victim and admits a tie`() {
    var filter = filter(.tinyLFU)
    for _ in 0..<3 { filter.record(numberedKey(1)) }
    filter.record(numberedKey(2))
    filter.record(numberedKey(3))
    #expect(filter.admits(numberedKey(1), over: numberedKey(2)) == true)
    #expect(filter.admits(numberedKey(2), over: numberedKey(1)) == false)
    #expect(filter.admits(numberedKey(2), over: numberedKey(3)) == true)
    #expect(filter.admits(numberedKey(4), over: nil) == true)
  }

  @Test(arguments: [AdmissionKind.secondAccess, .tinyLFU])
  func `memory starts small, grows with the keys and is bounded`(kind: AdmissionKind) {
    var filter = filter(kind, blocks: 4000)
    #expect(filter.residentBytes == 0)
    filter.record(numberedKey(1))
    let first = filter.residentBytes
    #expect(first > 0 && first <= 4096)
    for id in 0..<20_000 as Range<UInt64> { for _ in 0..<2 { filter.record(numberedKey(id)) } }
    let full = filter.residentBytes
    #expect(full > first && full <= 4000 * 9)
    for id in 20_000..<50_000 as Range<UInt64> { for _ in 0..<2 { filter.record(numberedKey(id)) } }
    #expect(filter.residentBytes == full)
  }
}

@Suite struct FrequencySketchTests {
  @Test func `it counts to 15 and never too low`() {
    var sketch = FrequencySketch()
    sketch.reserve(1000)
    for id in 0..<200 as Range<UInt64> {
      for _ in 0..<(id % 20) { sketch.increment(numberedKey(id).sketchHash) }
    }
    var exact = 0
    for id in 0..<200 as Range<UInt64> {
      let estimate = sketch.estimate(numberedKey(id).sketchHash)
      #expect(estimate >= min(15, Int(id % 20)), "block \(id)")
      if estimate == min(15, Int(id % 20)) { exact += 1 }
    }
    #expect(exact >= 190)
  }

  @Test func `doubling changes no estimate`() {
    var sketch = FrequencySketch()
    sketch.reserve(1)
    for id in 0..<100 as Range<UInt64> {
      for _ in 0...(id % 7) { sketch.increment(numberedKey(id).sketchHash) }
    }
    let before = (0..<100 as Range<UInt64>).map {
      sketch.estimate(numberedKey($0).sketchHash)
    }
    sketch.reserve(5000)
    let after = (0..<100 as Range<UInt64>).map {
      sketch.estimate(numberedKey($0).sketchHash)
    }
    #expect(before == after)
    #expect(sketch.residentBytes == 32_768)
  }

  @Test func `it halves its counters after a sample`() {
    var sketch = FrequencySketch()
    sketch.reserve(16)
    let hash = numberedKey(1).sketchHash
    for _ in 0..<12 { sketch.increment(hash) }
    #expect(sketch.estimate(hash) == 12)
    // 160 increments are a sample of 16 entries.
    for id in 100..<248 as Range<UInt64> { sketch.increment(numberedKey(id).sketchHash) }
    #expect(sketch.estimate(hash) == 6)
  }
}

@Suite struct BloomDoorkeeperTests {
  @Test func `it knows what it saw and little else`() {
    var doorkeeper = BloomDoorkeeper(entries: 2000)
    for id in 0..<1500 as Range<UInt64> {
      _ = doorkeeper.insert(numberedKey(id).sketchHash)
    }
    let remembered = (1100..<1500 as Range<UInt64>).filter {
      doorkeeper.contains(numberedKey($0).sketchHash)
    }
    #expect(remembered.count == 400)
    let strangers = (50_000..<60_000 as Range<UInt64>).filter {
      doorkeeper.contains(numberedKey($0).sketchHash)
    }
    #expect(strangers.count < 400)
  }

  @Test func `it remembers its last entries and forgets after two turns`() {
    var doorkeeper = BloomDoorkeeper(entries: 1000)
    for id in 0..<20_000 as Range<UInt64> {
      _ = doorkeeper.insert(numberedKey(id).sketchHash)
    }
    let recent = (19_000..<20_000 as Range<UInt64>).filter {
      doorkeeper.contains(numberedKey($0).sketchHash)
    }
    #expect(recent.count == 1000)
    let old = (0..<10_000 as Range<UInt64>).filter {
      doorkeeper.contains(numberedKey($0).sketchHash)
    }
    #expect(old.count < 400)
  }
}
