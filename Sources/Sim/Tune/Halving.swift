/// Successive halving: many candidates see little, the better ones see more, few see everything.
///
/// Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization",
/// AISTATS 2016. Every round costs about the same: candidates fall by the factor by which a run gets
/// dearer. Two things differ from the paper, both because a small spatial sample is biased the same
/// way for a whole policy: the best of every policy goes on however it ranks, and so do pinned
/// candidates, which are compared with in the end.
enum Halving {
  /// By what factor candidates fall from round to round.
  static let factor = 4

  /// Indices that go on, ascending: the best `keep` by score, the best of each group, and the pinned.
  /// Ties go to the lower index.
  static func survivors(
    scores: [Double], groups: [String]?, keep: Int, pinned: Set<Int> = []
  ) -> [Int] {
    let ranking = ranked(scores)
    var chosen = Array(repeating: false, count: scores.count)
    for index in ranking.prefix(max(1, keep)) { chosen[index] = true }
    if let groups {
      var seen: Set<String> = []
      for index in ranking where seen.insert(groups[index]).inserted { chosen[index] = true }
    }
    return scores.indices.filter { chosen[$0] || pinned.contains($0) }
  }

  /// Indices from the smallest score to the largest; what is not a number comes last.
  static func ranked(_ scores: [Double]) -> [Int] {
    scores.indices.sorted { left, right in
      let (a, b) = (scores[left], scores[right])
      if a.isNaN != b.isNaN { return b.isNaN }
      return a == b || a.isNaN ? left < right : a < b
    }
  }

  /// How many go on to a round.
  static func kept(of count: Int) -> Int { (count + factor - 1) / factor }

  /// Sampling rates of the rounds as denominators, the smallest sample first and 1 last: as small as
  /// leaves 2,000 objects in the sample and 100 in the cache, and never below 1 in 4,096.
  static func denominators(objects: UInt64, objectsHeld: UInt64) -> [Int] {
    var denominators = [1]
    while let last = denominators.first, last < 4_096 {
      let next = UInt64(last * factor)
      guard objects / next >= 2_000, objectsHeld / next >= 100 else { break }
      denominators.insert(last * factor, at: 0)
    }
    return denominators
  }
}
