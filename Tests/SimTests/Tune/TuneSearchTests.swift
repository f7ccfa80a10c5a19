import Foundation
import Synchronization
import TarnCore
import Testing

@testable import TarnSim
@testable import TarnSettings

@Suite struct TuneSearchTests {
  private func tune(
    _ trace: RequestTrace, _ question: TuneQuestion, threads: Int = 1, cache: TuneCache? = nil,
    given: [TuneRecord] = []
  ) throws -> (report: TuneReport, ran: Int) {
    let source = TuneSource.trace(TuneTrace(trace, path: "scanned"))
    let evaluator = TuneEvaluator(source, cache: cache, given: given, threads: threads)
    let report = try TuneSearch(source, question, evaluator: evaluator).run()
    return (report, evaluator.counts.ran)
  }

  @Test func `a scan-resistant policy is found and its gain is beyond noise`() throws {
    let (report, _) = try tune(scannedTrace(), smallQuestion())
    let choice = report.choice
    #expect(choice.candidate.policyName != "lru")
    #expect(choice.overLRU.mean < 0)
    #expect(!choice.overLRU.isNoise)
    #expect(choice.overLRU.pairs == 20)
    // Bounds hold: nothing beats Belady, and nobody beats the compulsory misses.
    let belady = try #require(report.belady)
    let infinite = try #require(report.infinite)
    #expect(infinite <= belady)
    #expect(belady < choice.heldOut)
  }

  @Test func `finalists are what an exact replay finds`() throws {
    let trace = scannedTrace()
    let (report, _) = try tune(trace, smallQuestion())
    let lru = report.finalists[report.lru]
    var options = Replay.Options()
    options.countFrom = 12_000
    let cell = ReplayCell(
      policy: try ReplayPolicy(parsing: "lru"), capacity: 200, isSized: false)
    let result = try Replay.run(cell, over: trace, options: options)
    #expect(lru.heldOut == result.missRatio)
    #expect(lru.bytesWritten == Double(result.counters.bytesWritten))
  }

  @Test func `threads change nothing, to the byte`() throws {
    let one = try tune(scannedTrace(), smallQuestion()).report.json()
    let two = try tune(scannedTrace(), smallQuestion(), threads: 2).report.json()
    #expect(one == two)
  }

  @Test func `a second run answers everything from the cache`() throws {
    let folder = try TemporaryDirectory()
    let content = TuneTrace(scannedTrace(), path: "").content
    let first = try tune(
      scannedTrace(), smallQuestion(), cache: try TuneCache(folder: folder.path, content: content))
    let second = try tune(
      scannedTrace(), smallQuestion(), cache: try TuneCache(folder: folder.path, content: content))
    #expect(first.ran > 0)
    #expect(second.ran == 0)
    #expect(try first.report.json() == second.report.json())
  }

  @Test func `listed jobs, run elsewhere and collected, give what one machine finds`() throws {
    let trace = TuneTrace(scannedTrace(), path: "scanned")
    let source = TuneSource.trace(trace)
    var records: [TuneRecord] = []
    var rounds = 0
    while rounds < 20 {
      do {
        let lister = TuneEvaluator(source, cache: nil, given: records, listsOnly: true)
        _ = try TuneSearch(source, smallQuestion(), evaluator: lister).run()
        break
      } catch let missing as TuneEvaluator.Missing {
        rounds += 1
        #expect(!missing.jobs.isEmpty)
        for job in missing.jobs {
          // Through text, as a pipe would.
          let read = try TuneJob(line: job.line)
          let line = TuneRecord(read, try source.run(read)).line
          records.append(try #require(TuneRecord(line: line)))
        }
      }
    }
    #expect(rounds >= 4)
    let collected = try tune(scannedTrace(), smallQuestion(), given: records)
    let local = try tune(scannedTrace(), smallQuestion())
    #expect(collected.ran == 0)
    #expect(try collected.report.json() == local.report.json())
  }

  @Test func `a spent budget is said, and the answer is still judged on the rest`() throws {
    let source = TuneSource.trace(TuneTrace(scannedTrace(), path: "scanned"))
    let evaluator = TuneEvaluator(source, cache: nil)
    let report = try TuneSearch(
      source, smallQuestion { $0.firstDenominator = 4 }, evaluator: evaluator,
      isOutOfTime: { true }
    ).run()
    #expect(report.outOfTime)
    #expect(report.notes.contains { $0.contains("budget") })
    #expect(report.curves.isEmpty)
    #expect(report.choice.pieces.count == 20)
  }

  @Test func `every recommendation loads into a scenario as it is`() throws {
    for kind in EvictionKind.allCases {
      var configuration = EvictionConfiguration(kind)
      for parameter in kind.parameters {
        parameter.write(parameter.value(at: 0.37), into: &configuration)
      }
      let candidate = TuneCandidate(policy: ReplayPolicy(configuration).label)
      let yaml =
        "name: x\nduration: 1s\ntopology:\n  regions: [{name: east, zones: 1}]\n  pools: [{name: p, nodes_per_cell: 8, class: h100}]\n"
        + "workloads: [{name: w, kind: inference, pools: [p]}]\n"
        + "cache: {memory: {eviction: \(TuneYAML.eviction(candidate))}}\n"
      let scenario = try Scenario(yaml: yaml, file: "x.yaml")
      #expect(scenario.cache.memoryEviction == configuration, "\(kind.name)")
    }
  }

  @Test func `a draw's values lie within bounds and repeat no configuration`() {
    let space = TuneSpace(
      policies: TuneQuestion().policies, admissions: TuneSpace.admissions, touches: [],
      isFleet: false, seed: 3)
    let list = space.candidates(500, baselines: [TuneCandidate(policy: "lru")])
    #expect(list.count == 500)
    #expect(Set(list).count == 500)
    #expect(list[0] == TuneCandidate(policy: "lru"))
    #expect(list.allSatisfy { (try? $0.eviction()) != nil })
    // A space that ends is no endless loop.
    let small = TuneSpace(
      policies: [ReplayPolicy(EvictionConfiguration(.lru))], admissions: TuneSpace.admissions,
      touches: [], isFleet: false, seed: 3)
    #expect(small.candidates(500, baselines: []).count == 2)
  }

  @Test func `objectives that the input cannot answer are refused by name`() {
    let source = TuneSource.trace(TuneTrace(scannedTrace(), path: "scanned"))
    func problem(_ change: (inout TuneQuestion) -> Void) -> String {
      let question = smallQuestion(change)
      do {
        _ = try TuneSearch(source, question, evaluator: TuneEvaluator(source, cache: nil))
        return ""
      } catch { return "\(error)" }
    }
    #expect(problem { $0.objective = .gpuStall }.contains("knows neither GPUs nor prefill"))
    #expect(problem { $0.objective = .byteMiss }.contains("tells no sizes"))
    #expect(problem { $0.capacity = 0 }.contains("nothing fits"))
    #expect(problem { $0.train = 1 }.contains("--train 1.0"))
  }

  @Test func `an unknown objective is told the nearest name`() {
    #expect(throws: ReplayError("--objective 'byte-mis' is unknown; did you mean byte-miss?")) {
      try TuneObjective(parsing: "byte-mis")
    }
  }

  @Test func `a sample's miss ratio is near the whole's`() throws {
    let trace = TuneTrace(scannedTrace(requests: 200_000), path: "scanned")
    func ratio(_ denominator: Int) throws -> Double {
      let job = TuneJob(
        source: "", content: trace.content, candidate: TuneCandidate(policy: "lru"),
        trace: TuneJob.Part(
          capacity: 1_000, isSized: false, denominator: denominator, sampleSeed: 1,
          countFrom: 50_000, end: 200_000, pieces: 1))
      return try #require(TuneMeasure.value(.miss, of: try trace.answer(job).pieces))
    }
    #expect(abs(try ratio(4) - ratio(1)) < 0.03)
  }
}
