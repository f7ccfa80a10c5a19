import TarnCore
import Testing

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
private struct Draws: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word >> 31
  }
}

private func at(_ time: UInt64) -> Instant { Instant(nanoseconds: time) }

@Suite struct `Version rule` {
  @Test func `immutable objects are never asked about again`() {
    let rule = VersionRule(.immutable, keepers: 2)
    let version = RememberedVersion(askedAt: .zero, isFirstHand: false)
    #expect(rule.mayUse(version, at: at(.max - 1)))
    #expect(rule.mayUseUnanswered(version, at: at(.max - 1)))
    #expect(rule.earliestQuestion(at: at(99)) == .zero)
    #expect(Consistency.immutable.stalenessBound == nil)
  }

  @Test func `validated objects take no word that was asked for before`() {
    let rule = VersionRule(.validate, keepers: 2)
    let version = RememberedVersion(askedAt: at(50), isFirstHand: true)
    #expect(rule.mayUse(version, at: at(50)))
    #expect(!rule.mayUse(version, at: at(51)))
    #expect(!rule.mayUseUnanswered(version, at: at(51)))
    #expect(rule.earliestQuestion(at: at(51)) == at(51))
    #expect(rule.needsOrigin(isDoubtful: false))
    #expect(Consistency.validate.stalenessBound == 0)
  }

  @Test func `two keepers use half of the bound each, and the rest only if nobody answers`() {
    let rule = VersionRule(.ttl(1000), keepers: 2)
    let told = RememberedVersion(askedAt: at(10_000), isFirstHand: true)
    let heard = RememberedVersion(askedAt: at(10_000), isFirstHand: false)
    #expect(rule.mayUse(told, at: at(10_500)) && rule.mayUse(heard, at: at(10_500)))
    #expect(!rule.mayUse(told, at: at(10_501)) && !rule.mayUse(heard, at: at(10_501)))
    #expect(rule.mayUseUnanswered(told, at: at(11_000)))
    #expect(!rule.mayUseUnanswered(told, at: at(11_001)))
    #expect(!rule.mayUseUnanswered(heard, at: at(10_501)))
    #expect(!rule.needsOrigin(isDoubtful: false) && rule.needsOrigin(isDoubtful: true))
  }

  @Test func `a lone keeper uses the whole bound`() {
    let rule = VersionRule(.ttl(1000))
    let version = RememberedVersion(askedAt: at(0), isFirstHand: true)
    #expect(rule.mayUse(version, at: at(1000)) && !rule.mayUse(version, at: at(1001)))
    #expect(rule.earliestQuestion(at: at(400)) == .zero)
  }

  /// An object that is overwritten, two memories before it, questions that take their time or are
  /// lost. The referee knows when each version was replaced; the memories know the rule only.
  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func `no open gets a version that was replaced longer ago than the bound`(seed: UInt64) {
    var draws = Draws(state: seed)
    let bound = UInt64.random(in: 0...400, using: &draws)
    let consistency: Consistency = seed % 5 == 0 ? .validate : .ttl(bound)
    let keepers: UInt8 = seed % 2 == 0 ? 2 : 1
    let rule = VersionRule(consistency, keepers: keepers)
    // Version n was current from replaced[n - 1] until replaced[n].
    var replaced: [UInt64] = []
    var home: (version: Int, known: RememberedVersion)?
    var own: (version: Int, known: RememberedVersion)?
    var worst: UInt64 = 0
    var time: UInt64 = 1000
    var opens = 0

    func current(at time: UInt64) -> Int { replaced.count { $0 <= time } }
    /// Asks the origin from `time` on: nil if no answer comes, else when and what.
    func askOrigin(_ time: UInt64) -> (done: UInt64, version: Int)? {
      let there = time + UInt64.random(in: 0...60, using: &draws)
      guard UInt64.random(in: 0..<4, using: &draws) > 0 else { return nil }
      return (there + UInt64.random(in: 0...60, using: &draws), current(at: there))
    }
    // Overwrites are laid out beforehand, so that a question that is under way can meet one.
    var write: UInt64 = 1000
    while write < 200_000 {
      write += UInt64.random(in: 1...300, using: &draws)
      replaced.append(write)
    }

    while time < 150_000 {
      let asked = time
      var used: Int?
      if let own, rule.mayUse(own.known, at: at(time)) {
        used = own.version
      } else if keepers == 2, !rule.needsOrigin(isDoubtful: false) {
        if let known = home, rule.mayUse(known.known, at: at(time)) {
          own = (known.version, RememberedVersion(askedAt: at(asked), isFirstHand: false))
          time += UInt64.random(in: 0...5, using: &draws)
          used = known.version
        } else if let answer = askOrigin(time) {
          home = (answer.version, RememberedVersion(askedAt: at(asked), isFirstHand: true))
          own = (answer.version, RememberedVersion(askedAt: at(asked), isFirstHand: false))
          time = answer.done
          used = answer.version
        }
      } else if let answer = askOrigin(time) {
        own = (answer.version, RememberedVersion(askedAt: at(asked), isFirstHand: true))
        time = answer.done
        used = answer.version
      }
      if used == nil, let own, rule.mayUseUnanswered(own.known, at: at(asked)) {
        used = own.version
      }
      if let used {
        opens += 1
        let end = replaced[used]
        if end < asked { worst = max(worst, asked - end) }
      }
      time += UInt64.random(in: 1...80, using: &draws)
    }
    #expect(opens > 100)
    #expect(worst <= consistency.stalenessBound ?? 0)
    // The bound is one, not a distant one: with a wide bound versions do get old.
    if case .ttl(let bound) = consistency, bound > 200 { #expect(worst > bound / 4) }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `the rule agrees with sums of signed numbers`(seed: UInt64) {
    var draws = Draws(state: seed)
    for _ in 0..<500 {
      let bound = UInt64.random(in: 0...1000, using: &draws)
      let keepers = UInt8.random(in: 1...3, using: &draws)
      let rule = VersionRule(.ttl(bound), keepers: keepers)
      let asked = UInt64.random(in: 0...2000, using: &draws)
      let now = asked + UInt64.random(in: 0...2000, using: &draws)
      let isFirstHand = Bool.random(using: &draws)
      let version = RememberedVersion(askedAt: at(asked), isFirstHand: isFirstHand)
      let share = Int64(bound) / Int64(keepers)
      #expect(rule.mayUse(version, at: at(now)) == (Int64(now) - Int64(asked) <= share))
      #expect(
        rule.mayUseUnanswered(version, at: at(now))
          == (Int64(now) - Int64(asked) <= (isFirstHand ? Int64(bound) : share)))
      #expect(Int64(rule.earliestQuestion(at: at(now)).nanoseconds) == max(0, Int64(now) - share))
    }
  }
}

/// A home and what it answered, in the words of a test.
private struct Trial {
  var reach = HomeReach()
  mutating func asks(at time: UInt64) -> Bool { reach.mayAsk(at: at(time)) }
}

@Suite struct `Home reach` {
  @Test func `three unanswered questions put a home out of reach, and one a second probes it`() {
    var trial = Trial()
    for time in [0, 1, 2] as [UInt64] {
      let asks = trial.asks(at: time)
      #expect(asks)
      trial.reach.failed(at: at(time))
    }
    #expect(trial.reach.isLost)
    let times: [UInt64] = [1_000_000_001, 1_000_000_002, 1_000_000_003]
    let asked = times.map { trial.asks(at: $0) }
    #expect(asked == [false, true, false])
    trial.reach.failed(at: at(1_500_000_000))
    let later = [2_000_000_001, 2_000_000_002].map { trial.asks(at: $0) }
    #expect(later == [false, true])
    trial.reach.answered()
    #expect(!trial.reach.isLost)
    let again = trial.asks(at: 2_000_000_003)
    #expect(again)
  }

  @Test func `an answer in between starts the count anew`() {
    var trial = Trial()
    trial.reach.failed(at: at(1))
    trial.reach.failed(at: at(2))
    trial.reach.answered()
    trial.reach.failed(at: at(3))
    trial.reach.failed(at: at(4))
    let asks = trial.asks(at: 5)
    #expect(asks && !trial.reach.isLost)
  }
}
