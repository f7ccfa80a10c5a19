import Synchronization

/// What a tuning runs over.
public enum TuneSource: Sendable {
  case trace(TuneTrace)
  case fleet(TuneFleet)

  /// The digest of the content.
  public var content: String {
    switch self {
    case .trace(let trace): trace.content
    case .fleet(let fleet): fleet.content
    }
  }

  /// The file, as it was named.
  public var path: String {
    switch self {
    case .trace(let trace): trace.path
    case .fleet(let fleet): fleet.path
    }
  }

  /// Runs a job of this source.
  public func run(_ job: TuneJob) throws -> TuneAnswer {
    switch self {
    case .trace(let trace): try trace.answer(job)
    case .fleet(let fleet): try fleet.answer(job)
    }
  }
}

/// Answers jobs: from the cache, from answers collected elsewhere, or by running them.
public final class TuneEvaluator: Sendable {
  /// Thrown where jobs are only to be listed: these have no answer yet.
  public struct Missing: Error { public let jobs: [TuneJob] }

  private let source: TuneSource
  private let cache: TuneCache?
  private let threads: Int
  private let listsOnly: Bool
  private let given: Mutex<[String: TuneRecord]>
  private let ran = Atomic<Int>(0)
  private let reused = Atomic<Int>(0)

  /// `given` are answers from elsewhere. With `listsOnly` a job without an answer is thrown as
  /// `Missing` instead of run.
  public init(
    _ source: TuneSource, cache: TuneCache?, given: [TuneRecord] = [], threads: Int = 1,
    listsOnly: Bool = false
  ) {
    self.source = source
    self.cache = cache
    self.threads = threads
    self.listsOnly = listsOnly
    var known: [String: TuneRecord] = [:]
    for record in given { known[record.key] = record }
    self.given = Mutex(known)
  }

  /// Jobs that were run here, and jobs whose answer was there.
  public var counts: (ran: Int, reused: Int) {
    (ran.load(ordering: .relaxed), reused.load(ordering: .relaxed))
  }

  /// Answers in the order of the jobs. `progress` hears of the answers so far, from any thread.
  public func answers(
    _ jobs: [TuneJob], progress: @Sendable (Int) -> Void = { _ in }
  ) throws -> [TuneAnswer] {
    let known = jobs.map(known)
    let missing = known.indices.filter { known[$0] == nil }
    if listsOnly, !missing.isEmpty { throw Missing(jobs: missing.map { jobs[$0] }) }
    reused.wrappingAdd(jobs.count - missing.count, ordering: .relaxed)
    let fresh = Mutex<[Int: TuneAnswer]>([:])
    try concurrently(missing.count, threads: threads) { index in
      let job = jobs[missing[index]]
      let answer = try source.run(job)
      let record = TuneRecord(job, answer)
      cache?.keep(record)
      given.withLock { $0[record.key] = record }
      ran.wrappingAdd(1, ordering: .relaxed)
      let done = fresh.withLock {
        $0[missing[index]] = answer
        return $0.count
      }
      progress(jobs.count - missing.count + done)
    }
    let found = fresh.withLock { $0 }
    return jobs.indices.map { index in
      guard let answer = known[index] ?? found[index] else {
        preconditionFailure("every job was answered or an error was thrown")
      }
      return answer
    }
  }

  private func known(_ job: TuneJob) -> TuneAnswer? {
    if let record = given.withLock({ $0[job.key] }), record.identity == job.identity {
      cache?.keep(record)
      return record.answer
    }
    return cache?.answer(job)
  }
}
