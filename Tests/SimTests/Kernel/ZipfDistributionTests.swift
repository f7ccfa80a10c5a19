import Testing

@testable import TarnSim

struct ZipfDistributionTests {
  /// Pearson's chi-square test of 100,000 draws.
  @Test(arguments: [0, 0.6, 0.99, 1, 1.2, 3] as [Double])
  func `ranks come up as often as the definition says`(exponent: Double) {
    let zipf = ZipfDistribution(count: 50, exponent: exponent)
    var stream = RandomStream(seed: 3, purpose: "zipf")
    var counts = [Int](repeating: 0, count: 50)
    for _ in 0..<100_000 { counts[Int(zipf.draw(from: &stream))] += 1 }
    let weights = (1...50).map { DeterministicMath.pow(Double($0), -exponent) }
    let total = weights.reduce(0, +)
    var chiSquare = 0.0
    for (count, weight) in zip(counts, weights) where weight / total > 1e-4 {
      let expected = 100_000 * weight / total
      chiSquare += (Double(count) - expected) * (Double(count) - expected) / expected
    }
    // 49 degrees of freedom: above 94 once in 10,000 times.
    #expect(chiSquare < 94, "exponent \(exponent)")
  }

  @Test func `a single rank is always drawn`() {
    let zipf = ZipfDistribution(count: 1, exponent: 1)
    var stream = RandomStream(seed: 1, purpose: "zipf")
    let ranks = (0..<100).map { _ in zipf.draw(from: &stream) }
    #expect(ranks.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [0, 0.5, 1, 1 + 1e-9, 16] as [Double])
  func `ranks stay in range at the largest count`(exponent: Double) {
    let zipf = ZipfDistribution(count: 1 << 52, exponent: exponent)
    var stream = RandomStream(seed: 2, purpose: "zipf")
    let ranks = (0..<1_000).map { _ in zipf.draw(from: &stream) }
    #expect(ranks.allSatisfy { $0 < 1 << 52 })
  }

  @Test func `the draws are the specified ones`() {
    let zipf = ZipfDistribution(count: 1_000_000, exponent: 0.9)
    var stream = RandomStream(seed: 1, purpose: "popularity")
    let ranks = (0..<8).map { _ in zipf.draw(from: &stream) }
    #expect(ranks == [2, 201_637, 11_397, 15_590, 46_167, 292_313, 379_459, 262_781])
  }
}
