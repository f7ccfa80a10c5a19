import TarnCore
import Testing

@testable import TarnSim

struct BacklogTests {
  @Test func `unsampled it is a plain reservation`() {
    var backlog = Backlog()
    var free: UInt64 = 0
    var random = ModelRandom(seed: 1)
    var now: UInt64 = 0
    for _ in 0..<2_000 {
      now += random.next(below: 200)
      let span = random.next(below: 200)
      let start = backlog.reserve(span, at: at(now), scale: .unsampled)
      #expect(start == at(max(now, free)))
      free = max(now, free) + span
    }
  }

  @Test func `sampled, it waits for the backlog beyond the burst that it stands for`() {
    var backlog = Backlog()
    let scale = SamplingScale(rate: 0.25)
    // Each takes 100 and leaves 400; waits are for what exceeds 300.
    let starts = (0..<4).map { _ in backlog.reserve(100, at: .zero, scale: scale).nanoseconds }
    #expect(starts == [0, 100, 500, 900])
    #expect(backlog.waiting(at: at(600)) == 1_000)
  }

  /// Mean wait in spans of one operation and share of time busy, of random arrivals at `load`.
  private func run(load: Double, rate: Double, seed: UInt64) -> (wait: Double, busy: Double) {
    let span = 1_000.0
    var random = ModelRandom(seed: seed)
    var backlog = Backlog()
    let scale = SamplingScale(rate: rate)
    let threshold = UInt64(rate * 65_536)
    var now = 0.0
    var waits = 0.0
    var work = 0.0
    var count = 0.0
    for _ in 0..<40_000 {
      let uniform = Double(random.next() >> 11) / 9_007_199_254_740_992
      now += -DeterministicMath.log(max(uniform, 1e-12)) * span / load
      guard random.next(below: 65_536) < threshold else { continue }
      let time = at(UInt64(now))
      waits += Double(backlog.reserve(UInt64(span), at: time, scale: scale) - time) / span
      work += span / rate
      count += 1
    }
    return (waits / count, work / now)
  }

  /// Utilisation within 10 % (2,500 samples of a Poisson stream: one deviation is 2 %), and waits
  /// too long by at most half a span at 20 % load, 1 span at 30 %, 4 spans at 50 %: the stated error.
  @Test(arguments: [(0.2, 0.5), (0.3, 1.0), (0.5, 4.0)])
  func `one key in 16 gives the utilisation and bounds the error of waits`(
    _ vector: (load: Double, error: Double)
  ) {
    let real = run(load: vector.load, rate: 1, seed: 5)
    let sampled = run(load: vector.load, rate: 1.0 / 16, seed: 5)
    #expect(abs(sampled.busy / real.busy - 1) < 0.1)
    #expect(sampled.wait >= real.wait * 0.5)
    #expect(sampled.wait <= real.wait + vector.error)
  }

  @Test func `saturation is the same sampled and not`() {
    // 1,600 operations of 1,000 ns in 800 us: the last waits for 800 us.
    var real = Backlog()
    var sampled = Backlog()
    let scale = SamplingScale(rate: 1.0 / 16)
    var lastReal: UInt64 = 0
    var lastSampled: UInt64 = 0
    for index in 0..<1_600 as Range<UInt64> {
      let now = at(index * 500)
      lastReal = real.reserve(1_000, at: now, scale: .unsampled) - now
      if index % 16 == 15 { lastSampled = sampled.reserve(1_000, at: now, scale: scale) - now }
    }
    #expect(lastReal == 799_500)
    #expect((760_000...800_000).contains(lastSampled), "\(lastSampled)")
  }

  @Test func `spans are rounded up and large transfers do not overflow`() {
    #expect(transferSpan(bytes: 4_194_304, bytesPerSecond: 20_000_000_000) == 209_716)
    #expect(transferSpan(bytes: 0, bytesPerSecond: 1) == 0)
    #expect(transferSpan(bytes: 1, bytesPerSecond: 1_000_000_000_000) == 1)
    #expect(transferSpan(bytes: 1 << 34, bytesPerSecond: 1 << 34) == 1_000_000_000)
    #expect(
      transferSpan(bytes: 18_000_000_000_000, bytesPerSecond: 20_000_000_000) == 900_000_000_000)
  }
}
