/// Three sentences that a comparison's figures support: who loses the least, what the origin pays, and
/// where Tarn, or else the best design, is beaten.
struct ComparisonVerdict {
  private let report: ComparisonReport

  init(_ report: ComparisonReport) { self.report = report }

  var sentences: [String] { [first, origin, losses] }

  private var ranked: [ComparisonReport.Row] { report.rankedRows }

  /// The design that the sentences are about.
  private var hero: ComparisonReport.Row { report.row("tarn") ?? ranked[0] }

  // MARK: Who loses the least

  private var first: String {
    let best = ranked[0]
    let money = dollars(best)
    guard ranked.count > 1 else {
      return "\(best.title) loses \(money) of GPU time a day; nothing is compared with it."
    }
    let second = ranked[1]
    let leaders = ranked.filter { isAsCheap($0, as: best) }
    if leaders.count > 1, leaders.contains(where: { $0.name == hero.name }) {
      let next = ranked.first { !isAsCheap($0, as: best) }
      return
        "\(Self.listed(leaders.map(\.title))) lose the same GPU time, \(money) a day, "
        + (report.timesPerDay == nil ? "within a thousandth of the fleet's" : "within a hundredth")
        + (next.map { "; the next is \($0.title) with \(dollars($0))" } ?? "") + "."
    }
    if best.name == hero.name {
      return "\(best.title) loses \(money) of GPU time a day, "
        + (isNoise(.dollarsPerDay, best, second)
          ? "no less than \(second.title) within the noise of \(report.seeds) seeds (\(dollars(second)))"
          : "less than every other design; the next is \(second.title) with \(dollars(second))")
        + "."
    }
    let place = report.ranking.firstIndex(of: hero.name).map { $0 + 1 } ?? 0
    return
      "\(best.title) loses the least GPU time, \(money) a day; \(hero.title) is number \(place) of "
      + "\(ranked.count) with \(dollars(hero))"
      + (isNoise(.dollarsPerDay, best, hero) ? ", which may be chance" : "") + "."
  }

  /// Whether two designs differ by less than a thousandth of what all GPUs cost meanwhile; in an event,
  /// whose span is arbitrary, by less than a hundredth of what the better one loses.
  private func isAsCheap(
    _ row: ComparisonReport.Row, as best: ComparisonReport.Row
  ) -> Bool {
    let (one, other) = (row.mean(.dollarsPerDay) ?? .nan, best.mean(.dollarsPerDay) ?? .nan)
    let margin = report.timesPerDay == nil ? report.dollarsAtStake / 1000 : min(one, other) / 100
    return abs(one - other) < margin
  }

  private static func listed(_ names: [String]) -> String {
    names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
  }

  private func dollars(_ row: ComparisonReport.Row) -> String {
    ComparisonMetric.dollarsPerDay.text(row.mean(.dollarsPerDay) ?? .nan)
  }

  // MARK: What the origin pays

  /// In all where the scenario is an event, else a second.
  private var origin: String {
    let metric: ComparisonMetric = report.timesPerDay == nil ? .originBytes : .originTotal
    let mine = hero.mean(metric) ?? 0
    let accounts = Int(hero.mean(.accounts) ?? 1)
    let others = ranked.filter { $0.name != hero.name }
    let range = others.compactMap { $0.mean(metric) }
    var sentence =
      "\(hero.title) asks the origin for \(metric.text(mine)) and needs "
      + (accounts == 1 ? "one account" : "\(accounts) accounts")
    guard let least = range.min(), let most = range.max() else { return sentence + "." }
    sentence += "; the others ask for \(metric.text(least))"
    if metric.text(most) != metric.text(least) { sentence += " to \(metric.text(most))" }
    let needs = others.compactMap { $0.mean(.accounts) }.map { Int($0) }
    if let fewest = needs.min(), let highest = needs.max() {
      sentence += " and need " + (fewest == highest ? "\(fewest)" : "\(fewest) to \(highest)")
    }
    return sentence + "."
  }

  // MARK: Where it is beaten

  /// Where another design is better beyond noise, worst first, and what could change the first place.
  private var losses: String {
    let beaten = hero.figures.keys.sorted { $0.rawValue < $1.rawValue }.compactMap(beaten(at:))
      .sorted { $0.ratio > $1.ratio }
    var sentence: String
    if beaten.isEmpty {
      sentence =
        "\(hero.title) is beaten at no figure, idle devices and quick recovery of designs that lose far "
        + "more aside"
    } else {
      let named = beaten.prefix(4).map(\.text)
      sentence = "\(hero.title) loses at \(named.joined(separator: ", "))"
      if beaten.count == 5 { sentence += " and one more figure" }
      if beaten.count > 5 { sentence += " and \(beaten.count - 4) more figures" }
    }
    let upsets = report.sensitivity.filter(\.changesFirst)
    if report.sensitivity.isEmpty { return sentence + "." }
    if upsets.isEmpty {
      return sentence + "; no assumption within its range changes who comes first."
    }
    let names = upsets.prefix(2).map { upset in
      "\(upset.key) at \(Figures.significant(upset.value, digits: 3)) puts "
        + "\(report.row(upset.ranking[0])?.title ?? upset.ranking[0]) first"
    }
    return sentence + "; \(names.joined(separator: ", "))"
      + (upsets.count > 2 ? ", and \(upsets.count - 2) more would" : "") + "."
  }

  private func beaten(at metric: ComparisonMetric) -> (text: String, ratio: Double)? {
    guard let prefersLess = metric.prefersLess, let mine = hero.mean(metric) else { return nil }
    let rivals = report.rows.filter {
      $0.name != hero.name && $0.mean(metric) != nil && isRival($0, at: metric)
    }
    let best = rivals.min { left, right in
      let (a, b) = (left.mean(metric) ?? .nan, right.mean(metric) ?? .nan)
      return prefersLess ? a < b : a > b
    }
    guard let best, let theirs = best.mean(metric) else { return nil }
    guard prefersLess ? theirs < mine : theirs > mine, !isNoise(metric, hero, best) else {
      return nil
    }
    // Less than a hundredth apart is no loss worth a sentence.
    let (low, high) = prefersLess ? (theirs, mine) : (mine, theirs)
    guard high - low > 0.01 * max(abs(high), 1e-12) else { return nil }
    let text =
      "\(metric.title) (\(metric.text(mine)) against \(metric.text(theirs)) of \(best.title))"
    return (text, low > 0 ? high / low : .infinity)
  }

  /// Idle devices, and nothing to recover, are no merit of a design that loses far more GPU time.
  private func isRival(_ row: ComparisonReport.Row, at metric: ComparisonMetric) -> Bool {
    guard
      metric.isRecovery || metric == .networkHeadroom || metric == .flashHeadroom
        || metric == .stall
    else { return true }
    let mine = hero.mean(.dollarsPerDay) ?? .infinity
    return (row.mean(.dollarsPerDay) ?? .infinity) <= 1.5 * mine || isAsCheap(row, as: hero)
  }

  private func isNoise(
    _ metric: ComparisonMetric, _ one: ComparisonReport.Row, _ other: ComparisonReport.Row
  ) -> Bool {
    guard let left = one.figures[metric]?.values, let right = other.figures[metric]?.values,
      left.count == right.count, left.count > 1
    else { return false }
    guard (left + right).allSatisfy(\.isFinite) else { return false }
    return TuneBand(left, minus: right).isNoise
  }
}
