import TarnCore
import TarnSettings

/// What a tuning does on its kind of input: which rounds there are, and which jobs they need.
struct TuneGround {
  let source: TuneSource
  let question: TuneQuestion
  /// The rounds: sampling denominators of a trace, nodes of a scenario; the last is the whole.
  let levels: [Int]
  /// Trace: where the tuned part ends.
  let split: Int
  private let objects: UInt64

  init(_ source: TuneSource, _ question: TuneQuestion) throws {
    self.source = source
    self.question = question
    switch source {
    case .trace(let source):
      split = source.boundary(Int(Double(source.trace.count) * question.train))
      let footprint = source.trace.footprint()
      objects = footprint.objects
      let whole = question.isSized ? footprint.bytes : footprint.objects
      let held = Double(question.capacity) / Double(max(1, whole)) * Double(footprint.objects)
      if let first = question.firstDenominator {
        var list = [1]
        while list[0] < first { list.insert(min(first, list[0] * Halving.factor), at: 0) }
        levels = list
      } else {
        levels = Halving.denominators(
          objects: footprint.objects, objectsHeld: UInt64(min(held, Double(footprint.objects))))
      }
    case .fleet(let fleet):
      split = 0
      objects = 0
      levels = try fleet.sizes(upTo: question.nodes)
    }
  }

  var space: TuneSpace {
    switch source {
    case .trace:
      TuneSpace(
        policies: question.policies,
        admissions: question.usesPrefixes ? [.always] : TuneSpace.admissions,
        touches: question.usesPrefixes ? [.deepest, .front] : [], isFleet: false,
        seed: question.seed)
    case .fleet:
      TuneSpace(
        policies: question.policies, admissions: TuneSpace.admissions, touches: [], isFleet: true,
        seed: question.seed)
    }
  }

  /// The present default, and LRU: what a gain is measured from.
  var baselines: [TuneCandidate] {
    var standard = TuneCandidate(policy: EvictionKind.s3fifo.name)
    var lru = TuneCandidate(policy: EvictionKind.lru.name)
    switch source {
    case .trace:
      if question.usesPrefixes {
        standard.touch = PrefixTouch.front.rawValue
        lru.touch = PrefixTouch.front.rawValue
      }
    case .fleet(let fleet):
      standard.policy = ReplayPolicy(fleet.scenario.cache.memoryEviction).label
      standard.fleet = TuneCandidate.Fleet()
      standard.fleet?.keepsMemory = true
      lru.fleet = TuneCandidate.Fleet()
    }
    return [standard, lru]
  }

  /// Twenty pieces, or as many as leave fifty requests in each.
  private func pieces(_ requests: Int) -> Int { min(20, max(2, requests / 50)) }

  /// The tuned part, or the scenario with its own seed, at a level.
  func trial(_ candidate: TuneCandidate, level: Int) -> TuneJob {
    switch source {
    case .trace(let source):
      return job(
        candidate, capacity: question.capacity, denominator: level,
        from: source.boundary(split / 4), end: split, pieces: 1)
    case .fleet(let fleet):
      return job(candidate, nodes: level, seed: fleet.scenario.seed)
    }
  }

  /// What judges: the held-out part behind a cache that the tuned part warmed, in pieces; or
  /// simulations with seeds that no round has seen.
  func judgement(_ candidate: TuneCandidate) -> [TuneJob] {
    switch source {
    case .trace(let source):
      let count = source.trace.count
      return [
        job(
          candidate, capacity: question.capacity, denominator: 1, from: split, end: count,
          pieces: pieces(count - split))
      ]
    case .fleet(let fleet):
      return (1...question.seeds).map { index in
        job(
          candidate, nodes: levels[levels.count - 1],
          seed: fleet.scenario.seed &+ question.seed &* 1_000 &+ UInt64(index))
      }
    }
  }

  /// The denominator at which side questions (curves, sensitivity) of this trace stay cheap: about two
  /// million requests.
  var sideDenominator: Int {
    guard case .trace(let source) = source else { return 1 }
    var denominator = 1
    while source.trace.count / denominator > 2_000_000,
      objects / UInt64(denominator * Halving.factor) >= 20_000
    {
      denominator *= Halving.factor
    }
    return denominator
  }

  /// The held-out part at another capacity.
  func curvePoint(_ candidate: TuneCandidate, capacity: UInt64) -> TuneJob? {
    guard case .trace(let source) = source else { return nil }
    return job(
      candidate, capacity: capacity, denominator: sideDenominator, from: split,
      end: source.trace.count, pieces: 1)
  }

  /// Everything fits: what is left are compulsory misses, which no cache avoids.
  var infinite: TuneJob? {
    guard case .trace(let source) = source else { return nil }
    let footprint = source.trace.footprint()
    return job(
      baselines[1], capacity: max(1, question.isSized ? footprint.bytes : footprint.objects),
      denominator: 1, from: split, end: source.trace.count, pieces: 1)
  }

  /// Belady's bound of the held-out part; nil where it does not apply.
  var belady: TuneJob? {
    guard case .trace(let source) = source, !question.usesPrefixes else { return nil }
    return job(
      TuneCandidate(policy: "belady"), capacity: question.capacity, denominator: 1, from: split,
      end: source.trace.count, pieces: 1)
  }

  /// Capacities for the curve: halvings and doublings of the asked one, within the footprint.
  var capacities: [UInt64] {
    guard case .trace(let source) = source else { return [] }
    let footprint = source.trace.footprint()
    let whole = question.isSized ? footprint.bytes : footprint.objects
    let least = max(1, whole / 10_000)
    var list = [question.capacity]
    while list.count < 6, list[0] / 2 >= max(least, 8) { list.insert(list[0] / 2, at: 0) }
    while list.count < 11, list[list.count - 1] < whole {
      list.append(min(whole, list[list.count - 1] * 2))
    }
    return list
  }

  private func job(
    _ candidate: TuneCandidate, capacity: UInt64, denominator: Int, from: Int, end: Int, pieces: Int
  ) -> TuneJob {
    TuneJob(
      source: source.path, content: source.content, candidate: candidate,
      trace: TuneJob.Part(
        capacity: capacity, isSized: question.isSized, denominator: denominator,
        sampleSeed: denominator == 1 ? 0 : question.seed, countFrom: from, end: end, pieces: pieces)
    )
  }

  private func job(_ candidate: TuneCandidate, nodes: Int, seed: UInt64) -> TuneJob {
    TuneJob(
      source: source.path, content: source.content, candidate: candidate,
      simulation: TuneJob.Run(nodes: nodes, seed: seed))
  }
}
