import TarnCore

extension CurveStudy {
  /// Draws sample `number` of `level` and runs it through all that is asked at that level.
  func sample(level: Int, number: Int) throws -> [Finding] {
    guard let census else { preconditionFailure("samples are drawn from counted keys") }
    let rate = plan.rate(level: level)
    let stream = RandomStream(
      seed: settings.seed, purpose: "curves.sample", index: UInt64(level * 1_000 + number))
    var drawing = stream
    let sample = try KeySample(
      of: input, census, rate: rate, isSized: settings.isSized, stream: &drawing)
    var findings: [Finding] = []
    for (capacity, choice) in choices.enumerated() where choice == .level(level) {
      let scaled = scaledCapacity(
        capacity, share: sample.share, rate: rate, phase: phase(capacity, level, number))
      for (policy, named) in settings.policies.enumerated()
      where !(settings.usesStackDistances && named == ReplayPolicy(EvictionConfiguration(.lru))) {
        let cell = ReplayCell(policy: named, capacity: scaled, isSized: settings.isSized)
        let counters = try Replay.run(cell, over: sample.trace).counters
        findings.append(estimate(counters, policy, capacity, rate: rate))
      }
    }
    return findings
  }

  /// The miniature's capacity.
  ///
  /// Of the objects that a whole cache of C holds, a miniature finds a binomial number, rate x C on
  /// average, and a key that just misses in the one has to fit in the other every second time: that
  /// takes half an object more. Where sizes are ignored the sum is no whole number, and `phase` in
  /// 0 ..< 1 decides whether it is rounded up; phases spread over the repeats, so their mean is right.
  private func scaledCapacity(
    _ capacity: Int, share: Double, rate: Double, phase: Double
  ) -> UInt64 {
    let whole = Double(settings.capacities[capacity])
    guard settings.isSized, let census else {
      return max(1, UInt64(whole * rate + 0.5 + phase))
    }
    let meanSize = Double(census.footprintBytes) / Double(max(1, census.keys.count))
    return max(1, UInt64(whole * share + meanSize / 2))
  }

  /// One of `repeats` equal steps of 0 ..< 1 for each repeat, in another order for each capacity.
  private func phase(_ capacity: Int, _ level: Int, _ number: Int) -> Double {
    var stream = RandomStream(
      seed: settings.seed, purpose: "curves.phase", index: UInt64(capacity))
    var order = Array(0..<settings.repeats)
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(last, stream.index(below: last + 1))
    }
    return (Double(order[number]) + stream.unit()) / Double(settings.repeats)
  }

  /// Misses over the requests that a sample has on average, which is what SHARDS-adj does: a sample that
  /// happens to have more or less differs in hot keys, and those hit.
  private func estimate(
    _ counters: ShadowCounters, _ policy: Int, _ capacity: Int, rate: Double
  ) -> Finding {
    guard let census else { preconditionFailure("samples are drawn from counted keys") }
    let requests = rate * Double(census.requests)
    let bytes = rate * Double(census.bytesRequested)
    return Finding(
      policy: policy, capacity: capacity, missRatio: Double(counters.misses) / requests,
      byteMissRatio: Double(counters.bytesMissed) / bytes,
      method: .sampled(rate: rate, repeats: settings.repeats))
  }
}
