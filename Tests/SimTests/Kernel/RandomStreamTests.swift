import TarnCore
import Testing

@testable import TarnSim

/// The vectors were computed by an independent implementation; the first two are also the published
/// ones of their generators.
struct RandomStreamTests {
  @Test func `SplitMix64 gives its published numbers`() {
    var generator = SplitMix64(state: 1_234_567)
    let words = [generator.next(), generator.next(), generator.next()]
    #expect(
      words == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      ])
  }

  @Test func `xoshiro256** gives its published numbers`() {
    var stream = RandomStream(words: (1, 2, 3, 4))
    let words = (0..<6).map { _ in stream.next() }
    #expect(
      words == [
        11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360,
        607_988_272_756_665_600,
      ])
  }

  @Test func `streams are seeded as specified`() {
    func first(_ seed: UInt64, _ purpose: String, _ index: UInt64) -> [UInt64] {
      var stream = RandomStream(seed: seed, purpose: purpose, index: index)
      return [stream.next(), stream.next(), stream.next()]
    }
    #expect(
      first(0, "", 0)
        == [0x6350_8F6E_2A08_72F2, 0x872C_F67A_53D6_94D6, 0xB2AE_22AC_34E3_5BE3])
    #expect(
      first(1, "arrivals", 0)
        == [0xC3A9_E32C_FDEC_72EF, 0x4ADD_0498_11FB_D393, 0xCFBA_F15F_1A6A_E511])
    #expect(
      first(1, "arrivals", 1)
        == [0x055C_1819_7CE1_0F53, 0xCA65_69FA_6757_A383, 0x19C4_7BB1_98B5_0AC7])
    #expect(
      first(.max, "café", 7)
        == [0x4BEE_0D97_FE8E_E3BF, 0xFB33_293C_704A_088C, 0x4EB1_5F3E_63CB_E619])
  }

  @Test func `bounded numbers, fractions and waits are the specified ones`() {
    var stream = RandomStream(seed: 1, purpose: "arrivals")
    let digits = (0..<12).map { _ in stream.below(10) }
    let wide = stream.below(1 << 63 + 1)
    let fractions = [stream.unit(), stream.unit(), stream.unit()]
    var other = RandomStream(seed: 1, purpose: "arrivals")
    let waits = (0..<4).map { _ in other.exponential(mean: 1_000_000_000 as Nanoseconds) }
    #expect(digits == [7, 2, 8, 0, 9, 9, 5, 6, 3, 7, 5, 3])
    #expect(wide == 5_174_309_478_085_330_652)
    #expect(fractions == [0.4720489401762329, 0.9211470619828138, 0.48464290315764713])
    #expect(waits == [1_445_242_250, 345_925_733, 1_668_372_281, 20_905_263])
  }

  @Test func `a bound that does not divide 2^64 is met fairly`() {
    // With plain remainders, the lower half of 0..<3*2^62 would come up twice as often.
    var stream = RandomStream(seed: 4, purpose: "fair")
    let low = (0..<30_000).count { _ in stream.below(3 << 62) < 3 << 61 }
    #expect(abs(low - 15_000) < 500)
  }

  /// Mean and standard deviation of 100,000 draws.
  private func moments(_ draw: () -> Double) -> (mean: Double, deviation: Double) {
    var sum = 0.0
    var squares = 0.0
    for _ in 0..<100_000 {
      let x = draw()
      sum += x
      squares += x * x
    }
    let mean = sum / 100_000
    return (mean, (squares / 100_000 - mean * mean).squareRoot())
  }

  @Test func `fractions have the moments of the uniform distribution`() {
    var stream = RandomStream(seed: 5, purpose: "unit")
    let (mean, deviation) = moments { stream.unit() }
    #expect(abs(mean - 0.5) < 0.003)
    #expect(abs(deviation - 0.288675) < 0.002)
  }

  @Test func `exponential waits have mean and deviation alike`() {
    var stream = RandomStream(seed: 6, purpose: "exponential")
    let (mean, deviation) = moments { stream.exponential(mean: 20.0) }
    #expect(abs(mean - 20) < 0.25)
    #expect(abs(deviation - 20) < 0.4)
  }

  @Test func `normal numbers have the asked mean and deviation`() {
    var stream = RandomStream(seed: 7, purpose: "normal")
    var beyondTwo = 0
    let (mean, deviation) = moments {
      let x = stream.normal(mean: 50, deviation: 4)
      if abs(x - 50) > 8 { beyondTwo += 1 }
      return x
    }
    #expect(abs(mean - 50) < 0.05)
    #expect(abs(deviation - 4) < 0.04)
    #expect(abs(beyondTwo - 4_550) < 250)
  }

  @Test func `log-normal numbers have the asked median and the mean that follows`() {
    var stream = RandomStream(seed: 8, purpose: "log-normal")
    var below = 0
    let (mean, _) = moments {
      let x = stream.logNormal(median: 10, sigma: 0.5)
      if x < 10 { below += 1 }
      return x
    }
    #expect(abs(below - 50_000) < 600)
    #expect(abs(mean - 11.3315) < 0.08)
  }
}
