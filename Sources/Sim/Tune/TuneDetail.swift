import TarnCore

/// What sets the recommended configuration apart from the one it is compared with, key by key, and how
/// old blocks are when they are hit and when they leave. Of a trace, on a sample where it is long.
public struct TuneDetail: Encodable, Sendable {
  /// A key and what became of its requests in the held-out part.
  public struct KeyRow: Encodable, Sendable {
    public var key: String
    public var requests: Int
    public var hits: Int
    public var otherHits: Int

    enum CodingKeys: String, CodingKey {
      case key, requests, hits
      case otherHits = "other_hits"
    }
  }

  /// Counts in a range of ages or distances, `from` to below twice `from` (0 for below 1).
  public struct Bucket: Encodable, Sendable, Equatable {
    public var from: Double
    public var hits = 0.0
    public var evictions = 0.0
  }

  /// The two that are compared.
  public var label: String
  public var other: String
  /// Keys with the largest difference of hits, either way, at most twenty each.
  public var kept: [KeyRow] = []
  public var dropped: [KeyRow] = []
  /// Distinct objects between two requests for the same one, `hits` counting the requests; first
  /// requests are in `firstRequests`.
  public var reuse: [Bucket] = []
  public var firstRequests = 0.0
  /// Requests since a block's last request, when it is hit and when it is evicted.
  public var ages: [Bucket] = []

  enum CodingKeys: String, CodingKey {
    case label, other, kept, dropped, reuse, ages
    case firstRequests = "first_requests"
  }
}

extension TuneSearch {
  /// Looks closer at a report's choice; nil for a scenario.
  public func detail(_ report: TuneReport) throws -> TuneDetail? {
    guard case .trace(let source) = ground.source else { return nil }
    let choice = report.choice
    let index = report.recommended == report.standard ? report.lru : report.standard
    let other = report.finalists[index]
    let sample = source.sample(ground.sideDenominator, seed: question.seed)
    var detail = TuneDetail(label: choice.label, other: other.label)
    let watcher = KeyWatcher(sample, question, countFrom: sample.index(ground.split))
    let mine = try watcher.run(choice.candidate, watchesEvictions: true)
    let theirs = try watcher.run(other.candidate, watchesEvictions: false)
    (detail.kept, detail.dropped) = watcher.difference(mine.hits, theirs.hits)
    detail.ages = mine.ages.buckets
    (detail.reuse, detail.firstRequests) = ReuseDistances.histogram(sample)
    return detail
  }
}

/// Runs candidates over a sample and notes each key's hits and ages.
private struct KeyWatcher {
  private let sample: SampledTrace
  private let question: TuneQuestion
  private let countFrom: Int
  /// A small number for each request's key, and the keys by number.
  private let numbers: [Int]
  private let keys: [UInt64]

  init(_ sample: SampledTrace, _ question: TuneQuestion, countFrom: Int) {
    (self.sample, self.question, self.countFrom) = (sample, question, countFrom)
    var map = KeyMap(expected: 1 << 12)
    var keys: [UInt64] = []
    numbers = sample.trace.keys.map { key in
      let number = Int(map.number(key))
      if number == keys.count { keys.append(key) }
      return number
    }
    self.keys = keys
  }

  func run(
    _ candidate: TuneCandidate, watchesEvictions: Bool
  ) throws(ReplayError) -> (hits: [Int], ages: AgeHistogram) {
    let isSized = question.isSized && !sample.trace.sizes.isEmpty
    let capacity = max(1, question.capacity / UInt64(sample.denominator))
    var cache = ShadowCache(try candidate.eviction(), capacity: capacity, isSized: isSized)
    var gate = AdmissionGate(
      try candidate.filter(), capacity: capacity, over: sample.trace, isSized: isSized)
    var hits = Array(repeating: 0, count: keys.count)
    var last = Array(repeating: -1, count: keys.count)
    var residents = ResidentList(keys: keys.count)
    var ages = AgeHistogram(scale: Double(sample.denominator))
    var seen: UInt64 = 0
    for (time, index) in order(candidate).enumerated() {
      let number = numbers[index]
      let length = isSized ? sample.trace.sizes[index] : 1
      let fate = gate.access(sample.trace.keys[index], length, &cache)
      if fate == .hit {
        if index >= countFrom { hits[number] += 1 }
        if watchesEvictions { ages.hit(time - last[number]) }
      } else if watchesEvictions {
        if residents.contains(number) { ages.evicted(time - last[number]) }
        if fate == .missed { residents.insert(number) }
      }
      last[number] = time
      // A look at every resident is due when a 64th of them has left: no age is off by more.
      if watchesEvictions, cache.counters.evictions - seen > UInt64(residents.numbers.count / 64) {
        seen = cache.counters.evictions
        residents.sweep { number in
          if cache.contains(ShadowKey(keys[number])) { return true }
          ages.evicted(time - last[number])
          return false
        }
      }
    }
    return (hits, ages)
  }

  /// The order in which the candidate touches the requests.
  private func order(_ candidate: TuneCandidate) -> [Int] {
    guard candidate.touch == PrefixTouch.deepest.rawValue else {
      return Array(sample.trace.keys.indices)
    }
    let starts = sample.trace.promptStarts
    return zip(starts, starts.dropFirst()).flatMap { (start, end) in (start..<end).reversed() }
  }

  func difference(
    _ mine: [Int], _ theirs: [Int]
  ) -> (kept: [TuneDetail.KeyRow], dropped: [TuneDetail.KeyRow]) {
    var requests = Array(repeating: 0, count: keys.count)
    for index in countFrom..<max(countFrom, numbers.count) { requests[numbers[index]] += 1 }
    func rows(_ sign: Int) -> [TuneDetail.KeyRow] {
      let chosen = keys.indices.filter { (mine[$0] - theirs[$0]) * sign > 0 }
        .sorted { left, right in
          let (a, b) = ((mine[left] - theirs[left]) * sign, (mine[right] - theirs[right]) * sign)
          return a == b ? left < right : a > b
        }
      return chosen.prefix(20).map {
        TuneDetail.KeyRow(
          key: TuneJob.hexadecimal(keys[$0]), requests: requests[$0], hits: mine[$0],
          otherHits: theirs[$0])
      }
    }
    return (rows(1), rows(-1))
  }
}

/// The keys that a cache held when it was last looked at.
private struct ResidentList {
  private(set) var numbers: [Int] = []
  private var isIn: [Bool]

  init(keys: Int) { isIn = Array(repeating: false, count: keys) }

  func contains(_ number: Int) -> Bool { isIn[number] }

  mutating func insert(_ number: Int) {
    if isIn[number] { return }
    isIn[number] = true
    numbers.append(number)
  }

  mutating func sweep(keeping: (Int) -> Bool) {
    var kept = 0
    for number in numbers {
      if keeping(number) {
        numbers[kept] = number
        kept += 1
      } else {
        isIn[number] = false
      }
    }
    numbers.removeLast(numbers.count - kept)
  }
}

/// Ages in ranges of powers of two.
private struct AgeHistogram {
  private let scale: Double
  private var hits: [Double] = []
  private var evictions: [Double] = []

  init(scale: Double) { self.scale = scale }

  mutating func hit(_ age: Int) { ReuseDistances.add(1, age, to: &hits) }
  mutating func evicted(_ age: Int) { ReuseDistances.add(1, age, to: &evictions) }

  var buckets: [TuneDetail.Bucket] {
    (0..<max(hits.count, evictions.count)).map { step in
      TuneDetail.Bucket(
        from: ReuseDistances.start(step) * scale,
        hits: step < hits.count ? hits[step] * scale : 0,
        evictions: step < evictions.count ? evictions[step] * scale : 0)
    }
  }
}

/// How many distinct objects lie between two requests for the same one.
///
/// Mattson et al., "Evaluation techniques for storage hierarchies", IBM Systems Journal 9, 1970, with a
/// binary indexed tree over the positions of last requests (Bennett and Kruskal, 1975). O(n log n).
enum ReuseDistances {
  /// Of a sample, scaled to the whole.
  static func histogram(
    _ sample: SampledTrace
  ) -> (buckets: [TuneDetail.Bucket], first: Double) {
    let scale = Double(sample.denominator)
    var counts: [Double] = []
    var first = 0.0
    var last = KeyMap(expected: 1 << 12)
    var tree = Array(repeating: Int32(0), count: sample.trace.count + 1)
    func add(_ position: Int, _ value: Int32) {
      var index = position + 1
      while index < tree.count {
        tree[index] += value
        index += index & -index
      }
    }
    func sum(below position: Int) -> Int {
      var (index, total) = (position, 0)
      while index > 0 {
        total += Int(tree[index])
        index -= index & -index
      }
      return total
    }
    var live = 0
    for (position, key) in sample.trace.keys.enumerated() {
      let previous = last.exchange(key, UInt32(truncatingIfNeeded: position))
      if previous == KeyMap.absent {
        first += scale
        live += 1
      } else {
        Self.add(scale, live - sum(below: Int(previous) + 1), to: &counts)
        add(Int(previous), -1)
      }
      add(position, 1)
    }
    let buckets = counts.indices.map {
      TuneDetail.Bucket(from: start($0) * scale, hits: counts[$0])
    }
    return (buckets, first)
  }

  /// Where a range begins: 0, 1, 2, 4, 8 ...
  static func start(_ step: Int) -> Double { step == 0 ? 0 : Double(1 << (step - 1)) }

  /// Adds to the range that `value` lies in.
  static func add(_ amount: Double, _ value: Int, to counts: inout [Double]) {
    let step = value <= 0 ? 0 : Int.bitWidth - value.leadingZeroBitCount
    while counts.count <= step { counts.append(0) }
    counts[step] += amount
  }
}
