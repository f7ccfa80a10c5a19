internal import NIOCore
internal import Synchronization

/// Who sends which request when: clients that take the next request of the trace, at its time or when
/// they have an answer to the one before.
final class ScorePace: Sendable {
  private struct Course: Sendable {
    var next = 0
    /// When the clock of the recorded times began, and when counting did; 0 before.
    var start: UInt64 = 0
    var countingSince: UInt64 = 0
    var end: UInt64 = 0
    var isOver = false
  }

  /// Failures with no answer at all before the replay is given up.
  static let hopeless = 100

  private let layout: ObjectLayout
  private let settings: ScoreSettings
  private let ledger: OriginLedger?
  private let client: ScoreClient
  private let progress: @Sendable (Int, Int) -> Void
  private let course = Mutex(Course())
  private let tally = Mutex(ScoreTally())

  init(
    layout: ObjectLayout, settings: ScoreSettings, ledger: OriginLedger?, client: ScoreClient,
    progress: @escaping @Sendable (Int, Int) -> Void
  ) {
    (self.layout, self.settings, self.ledger) = (layout, settings, ledger)
    (self.client, self.progress) = (client, progress)
  }

  /// Replays the trace; ends early where `isWanted` says no or nothing is ever answered.
  func replay(while isWanted: @escaping @Sendable () -> Bool) async {
    course.withLock { $0.start = OriginLedger.now }
    await withTaskGroup { group in
      group.addTask {
        // The first request alone finds out whether anybody is there.
        await self.work(while: isWanted, requests: 1)
        guard self.tally.withLock({ $0.unreachable == 0 }) else { return }
        await withTaskGroup { workers in
          for _ in 0..<self.settings.clients {
            workers.addTask { await self.work(while: isWanted) }
          }
        }
      }
      group.addTask {
        // Requests under way when a signal comes are given up, not waited for.
        while isWanted(), !Task.isCancelled {
          try? await Task.sleep(nanoseconds: 50_000_000)
        }
      }
      _ = await group.next()
      group.cancelAll()
    }
    course.withLock { $0.end = OriginLedger.now }
  }

  /// One client: takes requests until there are no more, or `requests` of them.
  private func work(while isWanted: @Sendable () -> Bool, requests: Int = .max) async {
    for _ in 0..<requests {
      guard !Task.isCancelled, isWanted(), let index = take() else { return }
      let due = await waitUntilDue(index)
      guard !Task.isCancelled else { return }
      let block = Int(layout.trace.requests[index])
      let sent = OriginLedger.now
      guard let outcome = try? await client.read(block) else { return }
      let end = OriginLedger.now
      let wasAsked = ledger?.wasAsked(block, since: sent)
      note(index, outcome, wasAsked, nanoseconds: end - min(end, due ?? sent))
    }
  }

  private func take() -> Int? {
    let index = course.withLock { course -> Int? in
      guard course.next < layout.trace.count, !course.isOver else { return nil }
      course.next += 1
      if course.next - 1 == settings.warmup {
        course.countingSince = OriginLedger.now
        ledger?.restart()
      }
      return course.next - 1
    }
    return index
  }

  /// Sleeps until a request's recorded time; the time when it was due, nil in a closed loop. Latency
  /// counts from there, so that a slow cache cannot hide behind requests that were held back.
  private func waitUntilDue(_ index: Int) async -> UInt64? {
    guard let speed = settings.speed, let first = layout.trace.times.first else { return nil }
    let offset = Double(max(first, layout.trace.times[index]) - first) / speed
    let due = course.withLock { $0.start } + UInt64(min(offset, 1e18))
    while !Task.isCancelled {
      let now = OriginLedger.now
      guard now < due else {
        if now - due > 10_000_000 { tally.withLock { $0.late += 1 } }
        return due
      }
      try? await Task.sleep(nanoseconds: due - now)
    }
    return due
  }

  private func note(
    _ index: Int, _ outcome: ScoreClient.Outcome, _ wasAsked: Bool?, nanoseconds: UInt64
  ) {
    let bytes = layout.piece(of: Int(layout.trace.requests[index])).length
    let (finished, hits, isHopeless) = tally.withLock { tally in
      tally.finished += 1
      switch outcome {
      case .answered(let saysHit):
        tally.answered += 1
        let isHit = wasAsked.map { !$0 } ?? saysHit ?? false
        guard index >= settings.warmup else { break }
        if isHit {
          tally.hits.add(bytes: bytes, nanoseconds: nanoseconds)
        } else {
          tally.misses.add(bytes: bytes, nanoseconds: nanoseconds)
        }
      case .failed(let words, let isUnreachable):
        tally.fail(words, isUnreachable: isUnreachable)
      case .wrong(let words): tally.noteWrong(words)
      }
      let isHopeless = tally.answered == 0 && tally.failed >= Self.hopeless
      return (tally.finished, tally.hits.count, isHopeless)
    }
    if isHopeless { course.withLock { $0.isOver = true } }
    progress(finished, hits)
  }

  /// What was found. Throws `ScoreError` if nothing was answered.
  func report(origin: OriginLedger.Counts?) throws(ScoreError) -> ScoreReport {
    let tally = tally.withLock { $0 }
    let course = course.withLock { $0 }
    let since = course.countingSince == 0 ? course.start : course.countingSince
    if tally.hits.count + tally.misses.count == 0, tally.wrong == 0 {
      if tally.unreachable > 0 {
        throw ScoreError(
          "--target \(settings.target): cannot be reached; start the cache, or correct the address")
      }
      if let worst = tally.failures.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) {
        let listens = settings.listen.map { "\($0.host):\($0.port)" }
        let hint = listens.map { "does it have http://\($0) as its origin, and " } ?? ""
        throw ScoreError(
          "--target \(settings.target): none of \(tally.failed) requests was answered with an "
            + "object, mostly \(worst.key); \(hint)are --bucket and --prefix right?")
      }
      throw ScoreError("nothing was answered before the end; let it run longer")
    }
    return ScoreReport(
      settings: settings, trace: layout.trace, tally: tally, origin: origin,
      seconds: Double(course.end - since) / 1e9,
      isComplete: tally.finished == layout.trace.count)
  }
}
