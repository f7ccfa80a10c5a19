import Foundation
import Testing

private let missing: Comment = "the release binary is missing: run make test"

/// Keys a line: a hot set, and scans of keys that never come again.
private func writeTrace(_ folder: TemporaryFolder, requests: Int = 12_000) throws -> String {
  var state: UInt64 = 99
  func below(_ limit: UInt64) -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 33) % limit
  }
  var keys: [UInt64] = []
  var fresh: UInt64 = 1_000_000
  while keys.count < requests {
    if below(100) == 0 {
      for _ in 0..<150 {
        keys.append(fresh)
        fresh += 1
      }
    } else {
      let draw = below(1 << 20)
      keys.append((draw * draw) >> 30)
    }
  }
  let file = folder.url.appendingPathComponent("scanned.txt")
  let text = keys.prefix(requests).map(String.init).joined(separator: "\n") + "\n"
  try Data(text.utf8).write(to: file)
  return file.path
}

@Suite(.serialized, .enabled(if: Command.release != nil, missing))
struct `Tuning a trace` {
  let tarn: Command
  let folder: TemporaryFolder
  let trace: String

  init() throws {
    tarn = try #require(Command.release)
    folder = try TemporaryFolder()
    trace = try writeTrace(folder)
  }

  private var cache: String { folder.url.appendingPathComponent("cache").path }

  private func tune(_ arguments: [String]) throws -> Command.Outcome {
    try tarn.run(
      ["tune", trace, "--capacity", "200", "--configurations", "60", "--jobs", "1"] + arguments)
  }

  @Test func `recommends, with a band and its bounds`() throws {
    let outcome = try tune(["--no-cache", "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try outcome.json()
    let finalists = try #require(report["finalists"] as? [[String: Any]])
    let choice = finalists[try #require(report["recommended"] as? Int)]
    let overLRU = try #require(choice["over_lru"] as? [String: Any])
    #expect(try #require(overLRU["mean"] as? Double) < 0)
    #expect(overLRU["pairs"] as? Int == 20)
    let heldOut = try #require(choice["held_out"] as? Double)
    #expect(try #require(report["belady"] as? Double) < heldOut)
    let yaml = try #require(report["yaml"] as? String)
    #expect(yaml.contains("eviction: {policy: "))
    #expect(try tune(["--no-cache", "--json", "--jobs", "2"]).output == outcome.output)
  }

  @Test func `what it recommends loads into a scenario`() throws {
    let report = try tune(["--no-cache", "--json"]).json()
    let yaml = try #require(report["yaml"] as? String)
    let file = folder.url.appendingPathComponent("tuned.yaml")
    let laptop = try String(
      contentsOf: Command.root.appendingPathComponent("scenarios/laptop.yaml"), encoding: .utf8)
    let own = try #require(laptop.range(of: "cache:\n"))
    let rest = try #require(laptop.range(of: "origin:\n"))
    let text = laptop[..<own.lowerBound] + yaml + "\n" + laptop[rest.lowerBound...]
    try Data(text.utf8).write(to: file)
    let outcome = try tarn.run([
      "simulate", file.path, "--duration", "10ms", "--set", "sampling.reference.duration=5ms",
      "--set", "faults.rack_loss=[]", "--quiet",
    ])
    #expect([0, 3].contains(outcome.status), "\(outcome.errors)")
  }

  @Test func `a killed run goes on where it was, and finds the same`() throws {
    let whole = try tune(["--no-cache", "--json"])
    // Killed half-way: the answers so far are lines of the cache, and the last line is torn.
    _ = try tune(["--cache", cache, "--json"])
    let names = try FileManager.default.contentsOfDirectory(atPath: cache)
    #expect(names.count == 1)
    let file = URL(fileURLWithPath: cache).appendingPathComponent(names[0])
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    let half = lines.prefix(lines.count / 2).joined(separator: "\n")
    try Data(half.utf8.dropLast(20)).write(to: file)
    let resumed = try tune(["--cache", cache, "--json"])
    #expect(resumed.output == whole.output)
    // Only what was missing was run and added.
    let after = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    #expect(after.count == lines.count + 1)
  }

  @Test func `a run that is killed leaves only whole lines, and resumes`() throws {
    let big = try writeTrace(folder, requests: 200_000)
    let arguments = ["tune", big, "--capacity", "2000", "--jobs", "1", "--rate", "1", "--json"]
    let killed = try tarn.run(
      arguments + ["--cache", cache, "--configurations", "2000"], interruptAfter: 3,
      signal: SIGKILL)
    #expect(killed.status == SIGKILL)
    #expect(killed.output.isEmpty)
    let names = try FileManager.default.contentsOfDirectory(atPath: cache)
    let file = URL(fileURLWithPath: cache).appendingPathComponent(try #require(names.first))
    let kept = try String(contentsOf: file, encoding: .utf8)
    let lines = kept.split(separator: "\n")
    try #require(!lines.isEmpty)
    // The same jobs again: what was answered is not run again.
    let small = arguments + ["--configurations", "10"]
    let resumed = try tarn.run(small + ["--cache", cache])
    #expect(resumed.status == 0)
    #expect(resumed.output == (try tarn.run(small + ["--no-cache"])).output)
    #expect(try String(contentsOf: file, encoding: .utf8).hasPrefix(kept.dropLast()))
  }

  @Test func `jobs run elsewhere give what one machine finds`() throws {
    let local = try tune(["--no-cache", "--json"])
    let answers = folder.url.appendingPathComponent("answers.jsonl")
    let jobs = folder.url.appendingPathComponent("jobs.jsonl")
    try Data().write(to: answers)
    for round in 0..<20 {
      let listed = try tune(["--list-jobs", "--collect", answers.path])
      #expect(listed.status == 0, "\(listed.errors)")
      if listed.output.isEmpty {
        #expect(round >= 4)
        break
      }
      try Data(listed.output.utf8).write(to: jobs)
      let script = "\"$0\" tune --run-job < \"$1\" >> \"$2\""
      let shell = try #require(Command.shell)
      let ran = try shell.run(["-c", script, tarn.path, jobs.path, answers.path])
      #expect(ran.status == 0, "\(ran.errors)")
    }
    let collected = try tune(["--no-cache", "--json", "--collect", answers.path])
    #expect(collected.output == local.output)
  }

  @Test func `the export is whole, and its notebook runs`() throws {
    let place = folder.url.appendingPathComponent("out")
    let outcome = try tune(["--no-cache", "--export", place.path])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("recommended: "))
    let names = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
    #expect(
      names == [
        "ages.csv", "curves.csv", "finalists.csv", "keys.csv", "recommendation.yaml",
        "report.html", "report.ipynb", "reuse.csv", "rounds.csv", "sensitivity.csv", "tune.json",
      ])
    let report = try String(
      contentsOf: place.appendingPathComponent("report.html"), encoding: .utf8)
    #expect(!report.contains(/(src|href)\s*=\s*["']https?:/))
    for title in ["miss ratio over capacity", "Memory against", "Reuse distances", "Age map"] {
      #expect(report.contains(title), "\(title)")
    }
    guard let python = Command.python else { return }
    let ran = try python.runNotebook(place.appendingPathComponent("report.ipynb").path)
    #expect(ran.status == 0, "\(ran.errors)")
  }

  @Test(.enabled(if: Command.hasSpark, "no PySpark or no Java: run make test with Java 17"))
  func `the Spark notebook finds what one machine finds`() throws {
    let local = try tune(["--no-cache"])
    let notebook = Command.root.appendingPathComponent("notebooks-export/tune-on-spark.ipynb").path
    let python = try #require(Command.python)
    let ran = try python.runNotebook(
      notebook, printing: true,
      environment: [
        "TARN_BIN": tarn.path, "TARN_TRACE": trace,
        "TARN_TUNE_OPTIONS": "--capacity 200 --configurations 60 --jobs 1",
        "SPARK_LOCAL_IP": "127.0.0.1",
      ])
    #expect(ran.status == 0, "\(ran.errors)")
    #expect(ran.output.contains(local.output))
  }

  @Test func `bad input is refused in one line, with a cure, and nothing is left behind`() throws {
    let empty = folder.url.appendingPathComponent("empty.txt").path
    try Data().write(to: URL(fileURLWithPath: empty))
    let place = folder.url.appendingPathComponent("never").path
    func refused(_ arguments: [String], _ text: String) throws {
      let outcome = try tarn.run(["tune"] + arguments + ["--export", place, "--no-cache"])
      #expect(outcome.status == 2, "\(arguments)")
      #expect(outcome.output.isEmpty)
      #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains(text), "\(outcome.errors)")
    }
    try refused([empty], empty)
    try refused([folder.url.path + "/absent.txt"], "absent.txt")
    try refused([trace, "--capacity", "0"], "is zero")
    try refused([trace, "--policies", "s3fifi"], "did you mean s3fifo?")
    try refused([trace, "--policies", "belady"], "knows the future")
    try refused([trace, "--objective", "mis"], "did you mean miss?")
    try refused([trace, "--objective", "gpu-stall"], "knows neither GPUs nor prefill")
    try refused([trace, "--objective", "byte-miss"], "tells no sizes")
    try refused([trace, "--budget", "5"], "--budget")
    try refused([trace, "--train", "1"], "--train")
    try refused([trace, "--mode", "prefix"], "not prompts")
    try refused([trace, "--collect", trace], "is no answer")
    try refused(["scenarios/absent.yaml"], "absent.yaml")
    #expect(
      (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] == [])
  }
}

@Suite(.serialized, .enabled(if: Command.release != nil, missing))
struct `Tuning a scenario` {
  /// Two racks that train and two nodes that serve, for a fifth of a second.
  private let text = """
    name: small
    seed: 1
    duration: 200ms
    topology:
      regions: [{name: east, zones: 1}]
      pools:
        - {name: train, cells: 1, nodes_per_cell: 14, nodes_per_rack: 7, class: gb200}
        - {name: serve, cells: 1, nodes_per_cell: 2, class: h100}
    cache:
      memory: {capacity: 1GiB}
      flash: {capacity: 100GB, segment: 64MiB}
    origin: {accounts: 1}
    workloads:
      - {name: vision, kind: training, pools: [train], jobs: [{gpus: 56, count: 1}], \
    model: resnet50-h100, dataset: 100GB, warm: 90%}
      - {name: chat, kind: inference, pools: [serve], gpus_per_trace: 16, rate_scale: 20, \
    trace: traces/kv-sample.tarn}
    """

  @Test func `tunes the fleet, and judges with other seeds`() throws {
    let tarn = try #require(Command.release)
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("small.yaml")
    try Data(text.utf8).write(to: file)
    let arguments = [
      "tune", file.path, "--configurations", "6", "--seeds", "2", "--no-cache", "--json",
      "--policies", "lru,s3fifo",
    ]
    let outcome = try tarn.run(arguments + ["--jobs", "1"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try outcome.json()
    let input = try #require(report["input"] as? [String: Any])
    #expect(input["kind"] as? String == "scenario")
    #expect(input["objective"] as? String == "gpu-stall")
    let finalists = try #require(report["finalists"] as? [[String: Any]])
    #expect(finalists.allSatisfy { ($0["pieces"] as? [Any])?.count == 2 })
    #expect(finalists.contains { $0["label"] as? String == "as configured" })
    #expect(try tarn.run(arguments + ["--jobs", "2"]).output == outcome.output)
    let refused = try tarn.run(["tune", file.path, "--objective", "byte-miss"])
    #expect(refused.status == 2)
  }
}
