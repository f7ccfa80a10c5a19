@testable import TarnSim
import Testing

@Suite struct SizeAndArrivalTests {
  private func sorted(_ model: SizeModel, _ count: UInt64 = 100_000) -> [UInt32] {
    (0..<count).map { model.size(of: $0) }.sorted()
  }

  @Test func `an object has the same size on every machine`() {
    let ids = 0..<4 as Range<UInt64>
    #expect(ids.map { SizeModel.fixed(4096).size(of: $0) } == [4096, 4096, 4096, 4096])
    #expect(
      ids.map { SizeModel.lognormal(median: 1e6, sigma: 2).size(of: $0) } == [
        1151069, 467053, 1906446, 32200,
      ])
    #expect(ids.map { SizeModel.uniform(least: 10, most: 20).size(of: $0) } == [13, 13, 19, 18])
    #expect(
      ids.map { SizeModel.pareto(least: 100, alpha: 1, most: 1e6).size(of: $0) } == [
        152, 156, 637, 435,
      ])
  }

  @Test func `sizes follow their model`() {
    let lognormal = sorted(.lognormal(median: 1e6, sigma: 1))
    #expect((Double(lognormal[50_000]) / 1e6 - 1).magnitude < 0.02)
    #expect((Double(lognormal[84_134]) / 2.71828e6 - 1).magnitude < 0.03)
    let uniform = sorted(.uniform(least: 10, most: 13))
    for size in 10...13 as ClosedRange<UInt32> {
      #expect((uniform.count { $0 == size } - 25_000).magnitude < 500)
    }
    let pareto = sorted(.pareto(least: 100, alpha: 1, most: 0xFFFF_FFFF))
    #expect(pareto[0] == 100)
    #expect((Double(pareto[50_000]) / 200 - 1).magnitude < 0.02)
    #expect((Double(pareto[90_000]) / 1000 - 1).magnitude < 0.05)
    #expect(sorted(.pareto(least: 100, alpha: 0.1, most: 500)).last! <= 500)
    // Beyond what fits: all that can be.
    #expect(SizeModel.lognormal(median: 4e9, sigma: 10).size(of: 3) >= 1)
  }

  @Test func `arrivals are random at their rate`() {
    var clock = ArrivalClock(rate: 1000, seed: 7)
    let times = (0..<100_000).map { _ in clock.next() }
    #expect(Array(times.prefix(4)) == [389_845, 681_209, 1_317_962, 2_238_025])
    #expect((Double(times.last!) / 1e11 - 1).magnitude < 0.02)
    let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
    // Of an exponential distribution 36.8 % exceed the mean.
    #expect((Double(gaps.count { $0 > 1_000_000 }) / 99_999 - 0.368).magnitude < 0.01)
  }
}
