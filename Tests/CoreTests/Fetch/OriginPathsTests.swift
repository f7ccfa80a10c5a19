import Testing

@testable import TarnCore

/// The choice between paths against a model that keeps everything that ever happened and thinks it
/// all through again for every question.
@Suite struct OriginPathsTests {
  @Test(arguments: 1...200)
  func `it chooses as the naive model does`(seed: UInt64) {
    var random = ClusterRandom(seed)
    let configurations = (0..<2 + random.below(3)).map { index in
      OriginPathConfiguration(
        isBudgeted: true, isAuthoritative: index == 0 || random.chance(600),
        penaltyMicroseconds: random.pick([0, 0, 20_000]))
    }
    var paths = OriginPaths(configurations)
    var model = NaivePaths(configurations)
    var underWay: [(choice: OriginPaths.Choice, length: UInt32)] = []
    var now = Instant(nanoseconds: 1)
    for _ in 0..<400 {
      now = now + random.below(400_000_000 as UInt64)
      let length = random.pick([0, 1000, 65_536, 4 << 20, 4 << 20, 200 << 20]) as UInt32
      if random.chance(500) || underWay.isEmpty {
        let tried = UInt8(random.below(16)) & UInt8(random.below(16))
        let choice = paths.choose(length: length, tried: tried, empty: 0, at: now)
        #expect(choice == model.choose(length, tried, now), "seed \(seed)")
        paths.started(choice.path)
        model.started(choice.path)
        underWay.append((choice, length))
      } else if random.chance(100) {
        let path = OriginPath(index: random.below(configurations.count))
        let wait = Int64(random.below(100_000))
        paths.waited(path, microseconds: wait)
        model.history.append(.wait(path, wait))
      } else {
        let read = underWay.remove(at: random.below(underWay.count))
        let end = random.pick([
          OriginPaths.End.answered, .answered, .missed, .failed, .slow, .calledOff,
        ])
        let took = Int64(random.below(random.pick([20_000, 3_000_000])))
        let suspends = paths.ended(read.choice, end, after: took, length: read.length, at: now)
        #expect(
          suspends == model.ended(read.choice, end, took, read.length, now), "seed \(seed)")
      }
    }
  }

  @Test func `the expected time of a read has a fixed part and a part that grows`() {
    var record = PathRecord()
    for _ in 0..<200 {
      record.learn(10_000, 4096, at: .zero)
      record.learn(50_000, 4 << 20, at: .zero)
    }
    #expect((9_900...10_100).contains(record.expected(4096)))
    #expect((49_500...50_500).contains(record.expected(4 << 20)))
    #expect((29_000...31_000).contains(record.expected(2 << 20)))
  }

  @Test func `suspensions double from a second to a minute, and a probe that succeeds ends them`() {
    var record = PathRecord()
    var now = Instant(nanoseconds: 1)
    for _ in 0..<3 { _ = record.failed(isProbe: false, at: now) }
    var spans: [UInt64] = []
    for _ in 0..<8 {
      spans.append((record.probeAt - now) / 1_000_000_000)
      now = record.probeAt
      let suspends = record.failed(isProbe: true, at: now)
      #expect(suspends)
    }
    #expect(spans == [1, 2, 4, 8, 16, 32, 60, 60])
    record.succeeded(isMiss: false, isProbe: false)
    #expect(record.isSuspended)
    record.succeeded(isMiss: false, isProbe: true)
    #expect(!record.isSuspended)
  }

  @Test func `patience is four times the expected, 250 ms at least, and no more than it must be`() {
    func patience(_ microseconds: Int64) -> Int64 {
      var record = PathRecord()
      record.learn(microseconds, 0, at: .zero)
      return record.patience(0)
    }
    #expect(patience(1000) == 250_000)
    #expect(patience(100_000) == 400_000)
    #expect(patience(300_000) == 750_000)
    #expect(patience(2_000_000) == 4_000_000)
  }

  @Test func `one path leaves no choice and takes no memory`() {
    let paths = OriginPaths([OriginPathConfiguration()])
    let (isPlural, bytes) = (paths.isPlural, paths.residentBytes)
    #expect(!isPlural && bytes == 0)
  }
}

/// All that happened, in order; every question goes through all of it.
private struct NaivePaths {
  enum Event {
    case start(OriginPath)
    case wait(OriginPath, Int64)
    /// `isSlow`: counts as a failure; `penalty`: added to the time.
    case end(
      OriginPaths.Choice, took: Int64, length: UInt32, fails: Bool, misses: Bool, counts: Bool,
      learns: Bool, at: Instant)
    case probe(OriginPath, at: Instant)
  }
  struct State {
    var fixed: Int64 = 0, transfer: Int64 = 0, wait: Int64 = 0, misses: Int64 = 0
    var inFlight: Int64 = 0, failures = 0, suspensions = 0
    var measured: Instant?
    var probeAt: Instant?
  }

  let configurations: [OriginPathConfiguration]
  var history: [Event] = []
  var choices = 0

  init(_ configurations: [OriginPathConfiguration]) { self.configurations = configurations }

  private static func kib(_ length: UInt32) -> Int64 { min(65_536, Int64(length) / 1024) }

  private static func expected(_ state: State, _ length: UInt32) -> Int64 {
    guard state.measured != nil else { return 50_000 }
    return max(1, state.fixed + state.transfer * kib(length) / 4096)
  }

  private static func backOff(_ suspensions: Int) -> UInt64 {
    min(60_000_000_000, 1_000_000_000 << UInt64(min(6, suspensions)))
  }

  private func state(_ path: OriginPath) -> State {
    var state = State()
    for event in history {
      switch event {
      case .start(path): state.inFlight += 1
      case .wait(path, let sample):
        let difference = sample - state.wait
        state.wait += difference >= 0 ? difference / 4 : (difference - 3) / 4
      case .probe(path, let at): state.probeAt = at + Self.backOff(state.suspensions)
      case .end(
        let choice, let took, let length, let fails, let misses, let counts, let learns, let at)
      where choice.path == path:
        state.inFlight -= 1
        guard learns else { continue }
        if counts, !fails, choice.isProbe {
          (state.fixed, state.transfer, state.measured) = (0, 0, nil)
        }
        let error =
          state.measured == nil ? 4 * max(1, took) : max(1, took) - Self.expected(state, length)
        let k = Self.kib(length)
        let norm = 4 * (4096 * 4096 + k * k)
        state.fixed = max(0, state.fixed + error * (4096 * 4096) / norm)
        state.transfer = max(0, state.transfer + error * (4096 * k) / norm)
        state.measured = at
        guard counts else { continue }
        if fails {
          state.failures = min(255, state.failures + 1)
          if state.failures >= 3, state.probeAt == nil || choice.isProbe {
            state.probeAt = at + Self.backOff(state.suspensions)
            state.suspensions += 1
          }
        } else {
          state.failures = 0
          if !configurations[Int(path.rawValue)].isAuthoritative {
            state.misses += ((misses ? 1024 : 0) - state.misses) / 16
          }
          if choice.isProbe { (state.probeAt, state.suspensions) = (nil, 0) }
        }
      default: break
      }
    }
    return state
  }

  private func cost(_ index: Int, _ length: UInt32) -> Int64 {
    let state = state(OriginPath(index: index))
    if state.measured == nil, state.inFlight == 0 { return 0 }
    let penalty = Int64(configurations[index].penaltyMicroseconds)
    return (Self.expected(state, length) + state.wait + penalty) * (16 + state.inFlight) / 16
  }

  mutating func started(_ path: OriginPath) { history.append(.start(path)) }

  mutating func choose(_ length: UInt32, _ tried: UInt8, _ now: Instant) -> OriginPaths.Choice {
    choices += 1
    let all = Array(configurations.indices)
    let states = all.map { state(OriginPath(index: $0)) }
    let untried = all.filter { tried >> UInt8($0) & 1 == 0 }
    if let due = untried.first(where: { (states[$0].probeAt ?? .never) <= now }) {
      let path = OriginPath(index: due)
      history.append(.probe(path, at: now))
      return OriginPaths.Choice(path: path, isProbe: true)
    }
    let healthy = untried.filter { states[$0].probeAt == nil }
    if choices % 64 == 0, !healthy.isEmpty {
      let stale = healthy.min { (states[$0].measured ?? .zero) < (states[$1].measured ?? .zero) }
      return OriginPaths.Choice(path: OriginPath(index: stale ?? 0))
    }
    for group in [healthy, all.filter { states[$0].probeAt == nil }] where !group.isEmpty {
      let sure = group.filter { configurations[$0].isAuthoritative }.map { cost($0, length) }.min()
      let priced = group.map {
        (index: $0, cost: cost($0, length) + (sure ?? 0) * states[$0].misses / 1024)
      }
      let least = priced.map(\.cost).min() ?? 0
      let index = priced.first { $0.cost == least }?.index ?? 0
      return OriginPaths.Choice(path: OriginPath(index: index))
    }
    let soonest = all.min { (states[$0].probeAt ?? .zero) < (states[$1].probeAt ?? .zero) } ?? 0
    return OriginPaths.Choice(path: OriginPath(index: soonest), isProbe: true)
  }

  mutating func ended(
    _ choice: OriginPaths.Choice, _ end: OriginPaths.End, _ took: Int64, _ length: UInt32,
    _ now: Instant
  ) -> Bool {
    let before = state(choice.path)
    let expected = Self.expected(before, length)
    let event: (took: Int64, length: UInt32, fails: Bool, misses: Bool, counts: Bool) =
      switch end {
      case .answered: (took, length, false, false, true)
      case .missed: (took, 0, false, true, true)
      case .failed: (took + 250_000, length, true, false, true)
      case .slow: (took, length, true, false, true)
      case .calledOff: (took, length, true, false, took > expected && took >= 2 * expected)
      }
    history.append(
      .end(
        choice, took: event.took, length: event.length, fails: event.fails, misses: event.misses,
        counts: event.counts,
        learns: event.counts || took > expected,
        at: now))
    let after = state(choice.path)
    return after.suspensions > before.suspensions
  }
}
