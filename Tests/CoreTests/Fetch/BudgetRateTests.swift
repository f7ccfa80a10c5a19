import Testing

@testable import TarnCore

/// How the rate of a cell's keeper follows demand and 503s.
@Suite struct BudgetRateTests {
  private var rate = BudgetRate()
  private var now = Instant(nanoseconds: 1000 * millisecond)

  /// `count` intervals of 100 ms, in each of which `granted` reads got a grant and, maybe, one waited.
  private mutating func pass(
    _ count: Int, wanted: Bool, granted: Int = 10, ceiling: UInt32 = 8000
  ) {
    for _ in 0..<count {
      for _ in 0..<granted { rate.grants() }
      if wanted { rate.waited() }
      now = now + 100 * millisecond
      rate.advance(to: now, ceiling: ceiling)
    }
  }

  private mutating func refuse(ceiling: UInt32 = 8000, isStopped: Bool = false) -> Bool {
    rate.refused(at: now, ceiling: ceiling, isStopped: isStopped)
  }

  @Test mutating func `nobody borrows who need not wait`() {
    pass(100, wanted: false)
    #expect(rate.permille == 1000)
  }

  @Test mutating func `a rate whose ceiling is the share never grows beyond it`() {
    pass(100, wanted: true, ceiling: 1000)
    #expect(rate.permille == 1000)
  }

  @Test mutating func `while reads wait the rate grows ever faster, up to the ceiling`() {
    pass(1, wanted: false)
    var rates: [UInt32] = []
    for _ in 0..<6 {
      pass(1, wanted: true)
      rates.append(rate.permille)
    }
    #expect(rates == [1020, 1060, 1140, 1282, 1442, 1622])
    pass(20, wanted: true, ceiling: 2300)
    #expect(rate.permille == 2300)
  }

  @Test mutating func `what nobody waits for is given back, and after a second's silence at once`()
  {
    pass(20, wanted: true, ceiling: 1600)
    pass(1, wanted: false)
    #expect(rate.permille == 1500)
    pass(6, wanted: false)
    #expect(rate.permille < 1100)
    pass(20, wanted: true, ceiling: 1600)
    rate.waited()
    now = now + 1000 * millisecond
    rate.advance(to: now, ceiling: 1600)
    #expect(rate.permille == 1000)
  }

  @Test mutating func `a 503 takes a quarter of what was borrowed, and does not stop the cell`() {
    pass(20, wanted: true, ceiling: 2000)
    let stops = [refuse(), refuse(), refuse()]
    #expect(stops == [false, false, false])
    #expect(rate.permille == 1500)
    // What was under way goes on for half a second.
    pass(4, wanted: true)
    _ = refuse()
    #expect(rate.permille == 1500)
  }

  @Test mutating func `503s that go on take all that was borrowed, and a tenth to pay back`() {
    pass(20, wanted: true, ceiling: 2000)
    _ = refuse()
    pass(5, wanted: false, ceiling: 2000)
    let before = rate.permille
    #expect(before > 1000)
    let stops = refuse()
    #expect(!stops && rate.permille == 900)
    pass(5, wanted: true)
    #expect(rate.permille == 1000)
  }

  @Test mutating func `from where it was refused the rate grows slowly, until that is long ago`() {
    pass(40, wanted: true, ceiling: 4000)
    _ = refuse()
    #expect(rate.permille == 3000)
    pass(6, wanted: true)
    let slow = rate.permille
    pass(10, wanted: true)
    #expect(slow <= 3040 && rate.permille == slow + 200)
    pass(8, wanted: false)
    now = now + 31_000 * millisecond
    pass(30, wanted: true)
    #expect(rate.permille > 4000)
  }

  @Test mutating func `borrowing that comes to nothing is tried ever more seldom`() {
    var pauses: [Int] = []
    for _ in 0..<5 {
      while rate.permille <= 1000 { pass(1, wanted: true) }
      _ = refuse()
      var pause = 0
      while rate.permille <= 1000, pause < 1000 {
        pass(1, wanted: true)
        pause += 1
      }
      pauses.append(pause)
    }
    #expect(pauses == [10, 20, 40, 80, 160])
  }

  @Test mutating func `who keeps to its share goes on through a few 503s, then a tenth slower`() {
    var stops = false
    for _ in 0..<9 {
      pass(1, wanted: false)
      stops = refuse() || stops
    }
    #expect(!stops && rate.permille == 1000)
    pass(2, wanted: false)
    #expect(!refuse() && rate.permille == 900)
    // 503s that are more than a second apart are of different overloads.
    pass(11, wanted: false)
    #expect(!refuse() && rate.permille == 1000)
  }

  @Test mutating func `four 503s are too few to say how many reads are refused`() {
    pass(10, wanted: false, granted: 0)
    let stops = (0..<5).map { _ in refuse() }
    #expect(stops == [false, false, false, false, true])
  }

  @Test mutating func `where most reads are refused the origin is short: the cell stops`() {
    pass(10, wanted: false, granted: 4)
    let stops = (0..<8).map { _ in refuse() }
    #expect(stops.contains(true))
    #expect(rate.permille <= 700)
  }

  @Test mutating func `with a ceiling of the share the first 503 stops the cell`() {
    pass(10, wanted: true, ceiling: 1000)
    #expect(refuse(ceiling: 1000) && rate.permille == 700)
    // The others of the same overload cut nothing.
    #expect(refuse(ceiling: 1000, isStopped: true) && rate.permille == 700)
    rate.stopped(until: now + 1000 * millisecond)
    pass(10, wanted: true, ceiling: 1000)
    #expect(rate.permille == 700)
    pass(15, wanted: true, ceiling: 1000)
    #expect(rate.permille == 1000)
  }

  @Test(arguments: 1...100 as ClosedRange<UInt64>)
  mutating func `whatever happens, the rate stays between 2 % and the ceiling`(seed: UInt64) {
    var random = ClusterRandom(seed)
    let ceiling = UInt32(random.pick([1000, 1100, 2000, 21_000, 1_000_000]))
    for _ in 0..<2000 {
      now = now + random.pick([1, 1, 1, 20, 100, 700, 40_000]) * millisecond
      switch random.below(4) {
      case 0: rate.grants()
      case 1: rate.waited()
      case 2:
        rate.advance(to: now, ceiling: ceiling)
        let before = rate.permille
        rate.advance(to: now, ceiling: ceiling)
        #expect(rate.permille == before, "an interval counts once")
      default:
        rate.advance(to: now, ceiling: ceiling)
        let before = rate.permille
        if rate.refused(at: now, ceiling: ceiling, isStopped: random.chance(300)) {
          rate.stopped(until: now + random.below(2000) * millisecond)
        }
        #expect(rate.permille <= before, "a 503 never raises the rate")
      }
      #expect((20...ceiling).contains(rate.permille))
    }
  }
}
