/// Judgement on what no round has seen, and what surrounds it.
extension TuneSearch {
  /// Runs the best candidates, the best of each policy and the baselines over what was held out.
  func judge(_ ranking: [Ranked], _ report: inout TuneReport) throws {
    let chosen = finalists(ranking)
    let jobs = chosen.map { ground.judgement($0.candidate) }
    let all = try answers("held out", jobs.flatMap { $0 })
    var judged: [(answers: [TuneAnswer], pieces: [Double])] = []
    var position = 0
    for list in jobs {
      let found = Array(all[position..<(position + list.count)])
      position += list.count
      let pieces = found.flatMap(\.pieces).map {
        TuneMeasure.value(question.objective, of: [$0]) ?? .nan
      }
      judged.append((found, pieces))
    }
    let baselines = ground.baselines
    func place(_ candidate: TuneCandidate) -> Int {
      guard let place = chosen.firstIndex(where: { $0.candidate == candidate }) else {
        preconditionFailure("baselines are finalists")
      }
      return place
    }
    report.standard = place(baselines[0])
    report.lru = place(baselines[1])
    report.winner = chosen.firstIndex(where: mayWin) ?? report.standard
    for (index, ranked) in chosen.enumerated() {
      func over(_ other: Int) -> TuneBand {
        TuneBand(judged[index].pieces, minus: judged[other].pieces)
      }
      report.finalists.append(
        finalist(
          ranked, judged[index],
          bands: (over(report.standard), over(report.lru), over(report.winner))))
    }
    let others = chosen.indices.filter { $0 != report.winner && mayWin(chosen[$0]) }
    let name = chosen[report.winner].candidate.policyName
    report.runnerUp = others.first { chosen[$0].candidate.policyName != name } ?? others.first
    let gain = report.finalists[report.winner].overDefault
    report.recommended =
      report.winner == report.standard || gain.mean < 0 && !gain.isNoise
      ? report.winner : report.standard
  }

  /// Eight best at most, then the best of every other policy, the baselines among them, in order.
  private func finalists(_ ranking: [Ranked]) -> [Ranked] {
    var isTrace = false
    if case .trace = ground.source { isTrace = true }
    let best = isTrace ? 8 : 3
    var policies: Set<String> = []
    // What could not run has no value, and is no finalist.
    let able = ranking.filter { !$0.value.isNaN || $0.isBaseline }
    return able.enumerated().filter { place, ranked in
      let isNew = policies.insert(ranked.candidate.policyName).inserted
      return place < best || isNew && isTrace || ranked.isBaseline
    }.map(\.element)
  }

  private func finalist(
    _ ranked: Ranked, _ judged: (answers: [TuneAnswer], pieces: [Double]),
    bands: (standard: TuneBand, lru: TuneBand, winner: TuneBand)
  ) -> TuneReport.Finalist {
    let measures = judged.answers.flatMap(\.pieces)
    let count = Double(max(1, judged.answers.count))
    var others: [String: Double] = [:]
    for objective in TuneObjective.allCases {
      others[objective.rawValue] = TuneMeasure.value(objective, of: measures)
    }
    func mean(_ figure: KeyPath<TuneAnswer, Double>) -> Double {
      judged.answers.reduce(0) { $0 + $1[keyPath: figure] } / count
    }
    return TuneReport.Finalist(
      candidate: ranked.candidate, label: ranked.candidate.label, train: ranked.value,
      heldOut: TuneMeasure.value(question.objective, of: measures) ?? .nan, pieces: judged.pieces,
      overDefault: bands.standard, overLRU: bands.lru, overWinner: bands.winner, others: others,
      indexBytes: mean(\.indexBytes), ghostBytes: mean(\.ghostBytes),
      bytesWritten: measures.reduce(0) { $0 + $1.bytesWritten } / count)
  }

  /// Bounds, curves, the knee, and what would change the answer.
  func surround(_ report: inout TuneReport) throws {
    let bounds = [ground.infinite, ground.belady].compactMap { $0 }
    if !bounds.isEmpty {
      let values = try answers("bounds", bounds).map(value)
      report.infinite = values[0]
      if values.count > 1 { report.belady = values[1] }
    }
    report.outOfTime = report.outOfTime || isSpent
    if !report.outOfTime { try curves(&report) }
    report.changes = TuneChanges(report).sentences
    report.notes = notes(report)
  }

  /// The recommended, the winner, the next policies and the baselines over capacities.
  private func curves(_ report: inout TuneReport) throws {
    let capacities = ground.capacities
    guard !capacities.isEmpty else { return }
    var contenders: [TuneCandidate] = []
    var policies: Set<String> = []
    let must = [report.recommended, report.winner, report.standard, report.lru]
    for index in must + Array(report.finalists.indices) {
      let candidate = report.finalists[index].candidate
      let isNew = policies.insert(candidate.policyName).inserted
      if !contenders.contains(candidate), isNew || must.contains(index), contenders.count < 7 {
        contenders.append(candidate)
      }
    }
    if ground.belady != nil { contenders.append(TuneCandidate(policy: "belady")) }
    let jobs = contenders.flatMap { candidate in
      capacities.compactMap { ground.curvePoint(candidate, capacity: $0) }
    }
    let found = try answers("curves", jobs)
    report.curveDenominator = ground.sideDenominator
    for (index, candidate) in contenders.enumerated() {
      let points = capacities.indices.map { step in
        var values: [String: Double] = [:]
        for objective in TuneObjective.allCases {
          values[objective.rawValue] = TuneMeasure.value(
            objective, of: found[index * capacities.count + step].pieces)
        }
        return TuneReport.Curve.Point(capacity: capacities[step], values: values)
      }
      report.curves.append(TuneReport.Curve(label: candidate.label, points: points))
    }
    report.knee = TuneKnee.find(
      report.curves[0].points.compactMap { point in
        point.values[question.objective.rawValue].map { (point.capacity, $0) }
      })
  }

  private func notes(_ report: TuneReport) -> [String] {
    var notes: [String] = []
    if report.outOfTime {
      notes.append(
        "The time budget ended the search early: the answer depends on this machine's speed. Run it "
          + "again, and it goes on from the cache.")
    }
    if report.curveDenominator > 1 {
      notes.append(
        "Curves and sensitivities are of 1/\(report.curveDenominator) of the keys, scaled; finalists "
          + "are exact.")
    }
    if report.input.prefixes {
      notes.append(
        "A prompt's hits are its leading blocks that are cached. The touch order is the caller's: look "
          + "a prompt's blocks up in that order.")
    }
    if report.input.kind == "scenario" {
      notes.append(
        "Tuned with the scenario's seed; judged with \(question.seeds) others on "
          + "\(report.input.nodes) nodes.")
    }
    return notes
  }
}

/// The knee of a curve over capacities.
enum TuneKnee {
  /// Where the curve lies farthest below the line between its ends, both axes scaled to 1 (Satopää,
  /// Albrecht, Irwin and Raghavan, "Finding a kneedle in a haystack", ICDCS workshops 2011); nil where
  /// it nowhere lies a 20th below it, or has fewer than three points.
  static func find(_ points: [(capacity: UInt64, value: Double)]) -> TuneReport.Knee? {
    guard points.count >= 3, let first = points.first, let last = points.last else { return nil }
    let (width, height) = (Double(last.capacity - first.capacity), first.value - last.value)
    guard width > 0, height > 0 else { return nil }
    var best: (knee: TuneReport.Knee, depth: Double)?
    for point in points {
      let x = Double(point.capacity - first.capacity) / width
      let y = (point.value - last.value) / height
      let depth = 1 - x - y
      if depth > best?.depth ?? 0.05 {
        best = (TuneReport.Knee(capacity: point.capacity, value: point.value), depth)
      }
    }
    return best?.knee
  }
}
