/// Which of several shadows to follow, by their misses of late: the least, with hysteresis.
///
/// Misses fade with a time constant of thirty turnovers of the cache. A rival takes over when its lead
/// is worth what the change costs: a share of the blocks that it holds and the tier would have to
/// fetch. That share doubles with each change and recovers slowly, so a trace that favours many
/// policies in turn is not followed into each. All counts are of sampled requests, so that they compare
/// with the entries of a shadow. Blum, Burch, "On-line learning and the metrical task system problem",
/// Machine Learning 39 (2000), treats the trade of regret against the cost of moving.
struct Vote: ~Copyable {
  /// The shadow that is followed.
  var leader = 0
  /// Changes of the leader.
  private(set) var switches: UInt64 = 0
  let count: Int
  private let scores: UnsafeMutablePointer<Double>
  /// What a stranger is reckoned at, in units of `strangerPrice`.
  private var caution = 1.0
  private var sinceSwitch = 0
  private var sinceLook = 0

  /// Time constant of the fading, in turnovers: requests over entries.
  private static let horizon = 30.0
  /// The same for tiny caches, in requests.
  private static let shortestHorizon = 1500.0
  /// Misses that it costs to follow a rival, for each of its blocks that the tier lacks. Many are never
  /// asked for again, and what the tier holds instead still hits for a while.
  private static let strangerPrice = 0.1
  private static let mostCaution = 16.0
  /// Time constant in which caution is forgotten, in turnovers.
  private static let calm = 20.0

  init(_ count: Int, leader: Int) {
    self.count = count
    self.leader = leader
    scores = .allocate(capacity: count)
    scores.initialize(repeating: 0, count: count)
  }

  deinit { scores.deallocate() }

  var residentBytes: Int { count * MemoryLayout<Double>.stride }

  /// Counts one sampled request, which the shadows of `missed` missed; the leader's holds `entries`.
  @inline(__always)
  mutating func count(_ missed: UInt32, entries: Int) {
    let turnover = Double(max(16, entries))
    let keep = 1 - 1 / max(Self.horizon * turnover, Self.shortestHorizon)
    for shadow in 0..<count {
      let isMiss = (missed &>> UInt32(truncatingIfNeeded: shadow)) & 1
      scores[shadow] = scores[shadow] * keep + Double(isMiss)
    }
    caution -= (caution - 1) / (Self.calm * turnover)
    sinceSwitch += 1
    sinceLook += 1
  }

  /// The shadow that leads the leader by enough for a closer look, which takes time linear in `entries`
  /// and so is not taken at each request; nil if there is none.
  @inline(__always)
  mutating func rival(entries: Int) -> Int? {
    guard sinceLook * 16 > entries, sinceSwitch > entries else { return nil }
    var best = leader
    for shadow in 0..<count where scores[shadow] < scores[best] { best = shadow }
    guard lead(of: best) > 1 + 0.01 * Double(entries) else { return nil }
    sinceLook = 0
    return best
  }

  /// Whether `rival`'s lead is worth fetching `strangers` blocks.
  func isWorth(_ rival: Int, strangers: Int) -> Bool {
    lead(of: rival) > 1 + caution * Self.strangerPrice * Double(strangers)
  }

  /// Follows `rival` from now on.
  mutating func follow(_ rival: Int) {
    leader = rival
    switches += 1
    caution = min(2 * caution, Self.mostCaution)
    sinceSwitch = 0
  }

  private func lead(of rival: Int) -> Double { scores[leader] - scores[rival] }
}
