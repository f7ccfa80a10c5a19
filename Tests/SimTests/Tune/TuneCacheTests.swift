import Foundation
import Testing

@testable import TarnSim

@Suite struct TuneCacheTests {
  private let job = TuneJob(
    source: "a.tarn", content: "00000000000000aa", candidate: TuneCandidate(policy: "lru"),
    trace: TuneJob.Part(
      capacity: 10, isSized: false, denominator: 4, sampleSeed: 1, countFrom: 5, end: 100,
      pieces: 1))

  private var answer: TuneAnswer {
    var answer = TuneAnswer()
    var piece = TuneMeasure()
    (piece.requests, piece.misses) = (95, 19)
    answer.pieces = [piece]
    return answer
  }

  @Test func `an answer is found again by another process`() throws {
    let folder = try TemporaryDirectory()
    try TuneCache(folder: folder.path, content: job.content).keep(TuneRecord(job, answer))
    let again = try TuneCache(folder: folder.path, content: job.content)
    #expect(again.count == 1)
    #expect(again.answer(job) == answer)
  }

  @Test func `the key is the content's, not the name's, and everything else is in it`() {
    var other = job
    other.source = "b.tarn"
    #expect(other.key == job.key)
    let changes: [(inout TuneJob) -> Void] = [
      { $0.content = "00000000000000ab" }, { $0.candidate.policy = "arc" },
      { $0.candidate.admission = "second-access" }, { $0.candidate.touch = "deepest" },
      { $0.trace?.capacity = 11 }, { $0.trace?.denominator = 16 }, { $0.trace?.sampleSeed = 2 },
      { $0.trace?.countFrom = 6 }, { $0.trace?.end = 99 }, { $0.trace?.pieces = 2 },
      { $0.trace?.isSized = true },
    ]
    var keys: Set = [job.key]
    for change in changes {
      var changed = job
      change(&changed)
      keys.insert(changed.key)
    }
    #expect(keys.count == 1 + changes.count)
  }

  @Test func `a torn line is not believed and swallows nothing`() throws {
    let folder = try TemporaryDirectory()
    let file = folder.path + "/tune-\(job.content).jsonl"
    let line = TuneRecord(job, answer).line
    try Data(line.utf8.dropLast(9)).write(to: URL(fileURLWithPath: file))
    let cache = try TuneCache(folder: folder.path, content: job.content)
    #expect(cache.answer(job) == nil)
    cache.keep(TuneRecord(job, answer))
    #expect(try TuneCache(folder: folder.path, content: job.content).answer(job) == answer)
  }

  @Test func `a changed figure is not believed`() {
    let line = TuneRecord(job, answer).line
    #expect(TuneRecord(line: line)?.answer == answer)
    #expect(
      TuneRecord(line: line.replacingOccurrences(of: "\"misses\":19", with: "\"misses\":18")) == nil
    )
  }

  @Test func `a folder that cannot be made is named`() {
    #expect(throws: ReplayError.self) {
      try TuneCache(folder: "/dev/null/nowhere", content: "00")
    }
  }
}
