import TarnCore
import TarnSettings

extension TuneTrace {
  /// Runs a job over this trace.
  ///
  /// Counts of a sample are scaled to the whole. Ratios are over the requests of the whole, not of the
  /// sample: what the sample has too few of were hits of popular keys (the adjustment of SHARDS).
  func answer(_ job: TuneJob) throws(ReplayError) -> TuneAnswer {
    guard let part = job.trace else { throw ReplayError("\(path) is a trace, not a scenario") }
    guard job.content == content else {
      throw ReplayError(
        "\(path) is not the trace of the job (content \(content), not \(job.content)); name the same "
          + "file")
    }
    guard part.end <= trace.count else {
      throw ReplayError("the job ends at request \(part.end); \(path) has \(trace.count)")
    }
    let policy = try ReplayPolicy(parsing: job.candidate.policy)
    if case .core(let configuration) = policy.kind {
      let runner = try PartRunner(self, job.candidate, part, configuration)
      return runner.run()
    }
    return try bound(policy, part)
  }

  /// An offline policy, which reports one piece.
  private func bound(
    _ policy: ReplayPolicy, _ part: TuneJob.Part
  ) throws(ReplayError) -> TuneAnswer {
    let sample = sample(part.denominator, seed: part.sampleSeed)
    let cell = ReplayCell(
      policy: policy, capacity: max(1, part.capacity / UInt64(part.denominator)),
      isSized: part.isSized)
    var options = Replay.Options()
    options.countFrom = sample.index(part.countFrom)
    let result = try Replay.run(cell, over: sample.trace, options: options)
    let scale = Double(part.denominator)
    var measure = whole(part.countFrom..<part.end, isSized: part.isSized)
    measure.misses = Double(result.counters.misses) * scale
    if part.isSized { measure.bytesMissed = Double(result.counters.bytesMissed) * scale }
    measure.bytesWritten = Double(result.counters.bytesWritten) * scale
    measure.finishTrace()
    var answer = TuneAnswer()
    answer.pieces = [measure]
    return answer
  }

  /// What the whole trace asks for in a range.
  func whole(_ range: Range<Int>, isSized: Bool) -> TuneMeasure {
    var measure = TuneMeasure()
    measure.requests = Double(range.count)
    if isSized, !trace.sizes.isEmpty {
      measure.bytes = Double(trace.sizes[range].reduce(UInt64(0)) { $0 + UInt64($1) })
    }
    return measure
  }
}

/// One candidate over one stretch, piece by piece.
private struct PartRunner {
  private let source: TuneTrace
  private let sample: SampledTrace
  private let part: TuneJob.Part
  private let configuration: EvictionConfiguration
  private let admission: AdmissionKind
  private let touch: PrefixTouch?
  private let isSized: Bool

  init(
    _ source: TuneTrace, _ candidate: TuneCandidate, _ part: TuneJob.Part,
    _ configuration: EvictionConfiguration
  ) throws(ReplayError) {
    self.source = source
    self.part = part
    self.configuration = configuration
    sample = source.sample(part.denominator, seed: part.sampleSeed)
    admission = try candidate.filter()
    if let name = candidate.touch {
      guard let touch = PrefixTouch(rawValue: name) else {
        throw ReplayError("touch \(quoted(name)) is unknown; use front or deepest")
      }
      guard !source.trace.promptStarts.isEmpty else {
        throw ReplayError("touch \(name): \(source.path) has no KV prompts")
      }
      self.touch = touch
    } else {
      touch = nil
    }
    isSized = part.isSized && !source.trace.sizes.isEmpty
  }

  func run() -> TuneAnswer {
    let scale = Double(part.denominator)
    let capacity = max(1, part.capacity / UInt64(part.denominator))
    let entries = isSized ? 0 : Int(min(capacity, UInt64(sample.trace.count)))
    var cache = ShadowCache(
      configuration, capacity: capacity, isSized: isSized, entries: entries)
    var gate = AdmissionGate(admission, capacity: capacity, over: sample.trace, isSized: isSized)
    _ = gate.feed(0..<sample.index(part.countFrom), touch: touch, into: &cache)
    var answer = TuneAnswer()
    var start = part.countFrom
    for piece in 1...part.pieces {
      let span = part.end - part.countFrom
      let end =
        piece == part.pieces
        ? part.end : source.boundary(part.countFrom + span * piece / part.pieces)
      let found = gate.feed(sample.index(start)..<sample.index(end), touch: touch, into: &cache)
      var measure = source.whole(start..<max(start, end), isSized: isSized)
      measure.misses = Double(found.misses) * scale
      if isSized { measure.bytesMissed = Double(found.bytesMissed) * scale }
      measure.bytesWritten = Double(found.bytesWritten) * scale
      measure.finishTrace()
      answer.pieces.append(measure)
      start = max(start, end)
    }
    let resident = cache.residentBytes
    answer.indexBytes = Double(resident.table) * scale
    answer.ghostBytes = Double(resident.policy + gate.residentBytes) * scale
    answer.objectsHeld = Double(cache.count) * scale
    return answer
  }
}
