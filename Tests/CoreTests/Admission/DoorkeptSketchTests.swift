import Testing

@testable import TarnCore

/// The sketch of W-TinyLFU's contests.
@Suite struct DoorkeptSketchTests {
  func hash(_ id: UInt64) -> UInt64 { numberedKey(id).sketchHash }

  @Test func `the first request opens the door and later ones count`() {
    var sketch = DoorkeptSketch()
    let before = sketch.estimate(hash(1))
    sketch.reserve(1_000)
    var estimates: [Int] = []
    for _ in 0..<20 {
      sketch.count(hash(1), weight: 0)
      estimates.append(sketch.estimate(hash(1)))
    }
    #expect(before == 0)
    #expect(estimates == Array(1...16) + [16, 16, 16, 16])
  }

  @Test func `keys asked for once are seldom taken for known`() {
    var sketch = DoorkeptSketch()
    sketch.reserve(1_000)
    for id in 0..<1_000 as Range<UInt64> { sketch.count(hash(id), weight: 0) }
    let low = (0..<1_000 as Range<UInt64>).filter { sketch.estimate(hash($0)) == 0 }.count
    let strangers = (5_000..<6_000 as Range<UInt64>).filter { sketch.estimate(hash($0)) > 0 }.count
    #expect(low == 0)
    #expect(strangers < 40)
  }

  @Test func `growth changes no estimate`() {
    var sketch = DoorkeptSketch()
    sketch.reserve(100)
    for id in 0..<60 as Range<UInt64> {
      for _ in 0...(id % 7) { sketch.count(hash(id), weight: 0) }
    }
    let before = (0..<200 as Range<UInt64>).map { sketch.estimate(hash($0)) }
    sketch.reserve(5_000)
    let after = (0..<200 as Range<UInt64>).map { sketch.estimate(hash($0)) }
    #expect(before == after)
  }

  @Test func `what is not asked for again is forgotten`() {
    var sketch = DoorkeptSketch()
    sketch.reserve(128)
    for _ in 0..<10 { sketch.count(hash(1), weight: 0) }
    let known = sketch.estimate(hash(1))
    // Each line ages once in 2.25 entries' misses: after nine times that, nothing is left.
    for id in 0..<2_700 as Range<UInt64> { sketch.count(hash(10_000 + id), weight: 4) }
    let left = sketch.estimate(hash(1))
    #expect(known == 10)
    #expect(left <= 3)
  }

  @Test func `it takes at most 8 bytes an entry`() {
    var sketch = DoorkeptSketch()
    for entries in [128, 1_000, 100_000] {
      sketch.reserve(entries)
      let bytes = sketch.residentBytes
      #expect(bytes <= 8 * entries)
    }
  }
}
