import TarnCore

extension CurveStudy {
  /// Draws sample `number` of `level` and runs it through all that is asked at that level.
  func sample(level: Int, number: Int) throws -> [Finding] {
    guard let census else { preconditionFailure("samples are drawn from counted keys") }
    let rate = plan.rate(level: level)
    var stream = RandomStream(
      seed: settings.seed, purpose: "curves.sample", index: UInt64((level + 1) * 1_000 + number))
    let sample = try KeySample(
      of: input, census, rate: rate, isSized: settings.isSized, stream: &stream)
    var findings: [Finding] = []
    for (capacity, choice) in choices.enumerated() {
      guard case .level(let own) = choice, own == level || own == level + 1 else { continue }
      let scaled = scaledCapacity(capacity, of: sample, phase: phase(capacity, number))
      for (policy, named) in settings.policies.enumerated()
      where !Self.usesStack(settings, named) {
        let cell = ReplayCell(policy: named, capacity: scaled, isSized: settings.isSized)
        let counters = try Replay.run(cell, over: sample.trace).counters
        var finding = estimate(counters, policy, capacity, sample)
        finding.method = .sampled(rate: plan.rate(level: own), repeats: settings.repeats)
        finding.isCheck = own != level
        findings.append(finding)
      }
    }
    return findings
  }

  /// The miniature's capacity.
  ///
  /// Its share of the whole cache's, and half an object more: of the objects between two requests for a
  /// key the sample has a binomial number, and where the whole cache just hits, half of those numbers
  /// lie above their mean. Where sizes are ignored the sum is no whole number, and `phase` in
  /// 0 ..< 1 decides whether it is rounded up; phases spread over the repeats, so their mean is right.
  private func scaledCapacity(_ capacity: Int, of sample: KeySample, phase: Double) -> UInt64 {
    let scaled = Double(settings.capacities[capacity]) * sample.byteShare
    guard settings.isSized, let census else { return max(1, UInt64(scaled + 0.5 + phase)) }
    let meanSize = Double(census.footprintBytes) / Double(max(1, census.keys.count))
    return max(1, UInt64(scaled + meanSize / 2))
  }

  /// One of `repeats` equal steps of 0 ..< 1 for each repeat, in another order for each capacity.
  private func phase(_ capacity: Int, _ number: Int) -> Double {
    var stream = RandomStream(
      seed: settings.seed, purpose: "curves.phase", index: UInt64(capacity))
    var order = Array(0..<settings.repeats)
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(last, stream.index(below: last + 1))
    }
    return (Double(order[number]) + stream.unit()) / Double(settings.repeats)
  }

  /// Misses over the requests that are due to the sample's share of the keys. SHARDS-adj does the same: a
  /// sample that happens to have more or fewer requests differs in hot keys, and those hit.
  private func estimate(
    _ counters: ShadowCounters, _ policy: Int, _ capacity: Int, _ sample: KeySample
  ) -> Finding {
    guard let census else { preconditionFailure("samples are drawn from counted keys") }
    let requests = sample.keyShare * Double(census.requests)
    let bytes = sample.byteShare * Double(census.bytesRequested)
    return Finding(
      policy: policy, capacity: capacity, missRatio: min(1, Double(counters.misses) / requests),
      byteMissRatio: min(1, Double(counters.bytesMissed) / bytes), method: .exact)
  }
}
