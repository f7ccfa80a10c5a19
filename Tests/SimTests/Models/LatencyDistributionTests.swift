import TarnCore
import Testing

@testable import TarnSim

struct LatencyDistributionTests {
  private let latency = LatencyDistribution(median: 15_000_000, p99: 120_000_000)

  /// The random number that stands for the quantile `share`.
  private func number(_ share: Double) -> UInt64 { UInt64(share * 18_446_744_073_709_549_568) }

  /// Expected: median * (p99 / median) ^ (z / 2.326348), z from tables of the normal distribution.
  @Test(arguments: [
    (0.5, 15_000_000.0), (0.99, 120_000_000), (0.9, 47_155_000), (0.1, 4_771_500),
    (0.999, 237_410_000), (0.9999, 416_450_000),
  ])
  func `quantiles are those of the log-normal distribution`(
    _ vector: (share: Double, expected: Double)
  ) {
    let value = Double(latency.sample(number(vector.share)))
    #expect(abs(value / vector.expected - 1) < 0.005, "\(value)")
  }

  /// Between two quantiles: the lower one * ratio ^ (share of the way in deviations).
  @Test(arguments: [
    (0.5, 10_000_000.0), (0.9, 20_000_000), (0.99, 100_000_000), (0.999, 200_000_000),
    (0.1, 5_000_000), (0.95, 35_000_925), (0.9999, 353_850_622),
  ])
  func `known quantiles are met, and log-normal between`(
    _ vector: (share: Double, expected: Double)
  ) {
    let known = LatencyDistribution(
      LatencyQuantiles(median: 10_000_000, p90: 20_000_000, p99: 100_000_000, p999: 200_000_000))
    let value = Double(known.sample(number(vector.share)))
    #expect(abs(value / vector.expected - 1) < 0.02, "\(value)")
  }

  @Test func `quantiles that a log-normal distribution has change nothing`() {
    let more = LatencyDistribution(
      LatencyQuantiles(
        median: 15_000_000, p90: latency.sample(number(0.9)), p99: 120_000_000,
        p999: latency.sample(number(0.999))))
    for step in 0..<4_096 as Range<UInt64> {
      let (one, other) = (Double(more.sample(step << 52)), Double(latency.sample(step << 52)))
      #expect(abs(one / other - 1) < 0.01)
    }
  }

  @Test func `quantiles rise`() {
    #expect(LatencyQuantiles(median: 1, p90: 1, p99: 1, p999: 1).isPossible)
    #expect(!LatencyQuantiles(median: 2, p90: 1, p99: 3).isPossible)
    #expect(!LatencyQuantiles(median: 1, p90: 4, p99: 3).isPossible)
    #expect(!LatencyQuantiles(median: 1, p99: 3, p999: 2).isPossible)
    #expect(!LatencyQuantiles(median: 1, p99: 3, p999: 1_001).isPossible)
  }

  @Test func `samples rise with the random number and have bounds`() {
    var last: Nanoseconds = 0
    for step in 0..<4_096 as Range<UInt64> {
      let value = latency.sample(step << 52)
      #expect(value >= last)
      last = value
    }
    #expect(latency.sample(0) > 1_000_000)
    #expect(latency.sample(.max) < 2_000_000_000)
  }

  @Test func `a distribution without spread is a constant`() {
    let constant = LatencyDistribution(median: 777, p99: 777)
    var random = ModelRandom(seed: 1)
    for _ in 0..<100 { #expect(constant.sample(random.next()) == 777) }
  }

  @Test func `our own exponential and logarithm are right`() {
    #expect(abs(DeterministicMath.exp(1) - 2.718281828459045) < 1e-13)
    #expect(abs(DeterministicMath.exp(-20) / 2.061153622438558e-9 - 1) < 1e-12)
    #expect(abs(DeterministicMath.log(10) - 2.302585092994046) < 1e-14)
    #expect(abs(DeterministicMath.log(0.001) + 6.907755278982137) < 1e-14)
  }
}
