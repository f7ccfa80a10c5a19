import Testing

@testable import TarnSim

@Suite struct HalvingTests {
  @Test func `the best quarter goes on, and ties go to the first`() {
    let kept = Halving.survivors(
      scores: [0.5, 0.1, 0.3, 0.1, 0.9, 0.2, 0.8, 0.7], groups: nil, keep: 3)
    #expect(kept == [1, 3, 5])
    #expect(Halving.survivors(scores: [0.2, 0.2, 0.2], groups: nil, keep: 2) == [0, 1])
    #expect(Halving.kept(of: 1_000) == 250)
    #expect(Halving.kept(of: 250) == 63)
    #expect(Halving.kept(of: 63) == 16)
    #expect(Halving.kept(of: 1) == 1)
  }

  @Test func `the best of each policy and the pinned go on however they rank`() {
    let scores = [0.9, 0.1, 0.2, 0.8, 0.7, 0.95]
    let groups = ["arc", "lru", "lru", "arc", "fifo", "fifo"]
    #expect(Halving.survivors(scores: scores, groups: groups, keep: 1) == [1, 3, 4])
    #expect(Halving.survivors(scores: scores, groups: nil, keep: 1, pinned: [5]) == [1, 5])
  }

  @Test func `what is not a number ranks last`() {
    #expect(Halving.ranked([.nan, 0.4, .nan, 0.3]) == [3, 1, 0, 2])
  }

  @Test func `samples start as small as leaves objects in them and in the cache`() {
    #expect(Halving.denominators(objects: 1_000, objectsHeld: 100) == [1])
    #expect(Halving.denominators(objects: 8_000, objectsHeld: 400) == [4, 1])
    #expect(Halving.denominators(objects: 8_000, objectsHeld: 399) == [1])
    #expect(Halving.denominators(objects: 200_000, objectsHeld: 20_000) == [64, 16, 4, 1])
    #expect(
      Halving.denominators(objects: 1 << 40, objectsHeld: 1 << 38)
        == [4_096, 1_024, 256, 64, 16, 4, 1])
  }
}

@Suite struct TuneBandTests {
  @Test func `the band is Student's`() {
    // Differences 1, 2, 3: mean 2, standard error 1/sqrt(3), t(2) = 4.303.
    let band = TuneBand([2, 4, 6], minus: [1, 2, 3])
    #expect(band.mean == 2)
    #expect(abs(band.halfWidth - 4.303 / 3.0.squareRoot()) < 1e-12)
    #expect(band.isNoise)
    #expect(band.pairs == 3)
  }

  @Test func `what both have in common cancels out`() {
    let band = TuneBand([10.1, 50.1, 90.1], minus: [10, 50, 90])
    #expect(abs(band.mean - 0.1) < 1e-9)
    #expect(band.halfWidth < 1e-9)
    #expect(!band.isNoise)
  }

  @Test func `one pair tells nothing, and equal values are noise`() {
    #expect(TuneBand([1], minus: [3]).halfWidth == .infinity)
    #expect(TuneBand([1], minus: [3]).isNoise)
    #expect(TuneBand([1, 1], minus: [1, 1]).isNoise)
  }

  @Test func `the quantiles are the table's`() {
    #expect(TuneBand.quantile(1) == 12.706)
    #expect(TuneBand.quantile(4) == 2.776)
    #expect(TuneBand.quantile(19) == 2.093)
    #expect(TuneBand.quantile(500) == 2.042)
  }
}

@Suite struct TuneKneeTests {
  @Test func `the knee lies farthest below the chord`() {
    let knee = TuneKnee.find([(100, 1.0), (200, 0.4), (400, 0.3), (800, 0.25), (1_100, 0.2)])
    #expect(knee == TuneReport.Knee(capacity: 200, value: 0.4))
  }

  @Test func `a straight line and a flat one have none`() {
    #expect(TuneKnee.find([(100, 1.0), (200, 0.9), (300, 0.8), (400, 0.7)]) == nil)
    #expect(TuneKnee.find([(100, 0.5), (200, 0.5), (300, 0.5)]) == nil)
    #expect(TuneKnee.find([(100, 0.5), (200, 0.1)]) == nil)
  }
}
