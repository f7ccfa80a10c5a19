import Foundation
import Testing

/// The laptop's scenario, cut short: a second in which a rack goes and comes.
let shortLaptop = [
  "simulate", "scenarios/laptop.yaml", "--duration", "1s",
  "--set", "sampling.reference.duration=100ms", "--set", "faults.detection=100ms",
  "--set", "faults.rack_loss[0].at=300ms", "--set", "faults.rack_loss[0].return_after=300ms",
]

private let missing: Comment = "the release binary is missing: run make test"

@Suite(.serialized, .enabled(if: Command.release != nil, missing))
struct `The release binary` {
  let tarn: Command

  init() throws { tarn = try #require(Command.release) }

  @Test func `the version names the allocator, which has served`() throws {
    let outcome = try tarn.run(["--version"])
    let found = try #require(
      outcome.output.firstMatch(of: /tarn \d+\.\d+\.\d+\njemalloc 5\.\d+\.\d+ \((\d+) bytes/))
    #expect(try #require(Int(found.output.1)) > 0)
    #expect(outcome.output.contains(/\nlz4 1\.\d+\.\d+/))
    #expect(outcome.status == 0)
  }

  @Test func `the JSON object holds every figure that was promised`() throws {
    let outcome = try tarn.run(shortLaptop + ["--json"])
    let result = try outcome.json()
    let keys = [
      "scenario", "seed", "nodes", "gpus", "simulated_seconds", "wall_seconds", "cpu_seconds",
      "events", "requests", "peak_rss_bytes", "decision_hash", "gpu_stall_fraction",
      "goodput_fraction", "hit_ratio", "origin", "latency_us", "sampling", "slo",
    ]
    for key in keys { #expect(result[key] != nil, "\(key) is missing") }
    #expect(result["scenario"] as? String == "laptop")
    #expect(result["nodes"] as? Int == 64)
    #expect(result["gpus"] as? Int == 288)
    #expect(result["complete"] as? Bool == true)
    #expect(try #require(result["decision_hash"] as? String).wholeMatch(of: /[0-9a-f]{16}/) != nil)
    let ratios = try #require(result["hit_ratio"] as? [String: Double])
    #expect(Set(ratios.keys) == ["memory", "flash", "peer", "origin"])
    #expect(abs(ratios.values.reduce(0, +) - 1) < 1e-9)
    let origin = try #require(result["origin"] as? [String: Any])
    #expect(Set(origin.keys) == ["requests", "bytes", "throttled"])
    let latency = try #require(result["latency_us"] as? [String: Double])
    #expect(Set(latency.keys) == ["p50", "p99", "p999"])
    let sampling = try #require(result["sampling"] as? [String: Any])
    #expect(sampling["rate"] as? Double == 0.25)
    #expect(sampling["hit_ratio_error"] is Double)
    #expect(outcome.errors == "")
  }

  @Test func `the summary fits a screen`() throws {
    let lines = try tarn.run(shortLaptop).output.split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0].hasPrefix("laptop: 64 nodes, 288 GPUs, 1.0"))
    #expect(lines.count <= 25)
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  @Test func `quiet says nothing`() throws {
    let outcome = try tarn.run(shortLaptop + ["--quiet"])
    #expect(outcome.output == "")
    #expect(outcome.errors == "")
  }

  @Test func `a broken objective is status 3, none is status 0`() throws {
    let broken = try tarn.run(
      shortLaptop + ["--json", "--set", "slo=[{name: goodput_fraction, min: 2}]"])
    #expect(broken.status == 3)
    let objectives = try #require(try broken.json()["slo"] as? [[String: Any]])
    #expect(objectives.count == 1)
    #expect(objectives[0]["name"] as? String == "goodput_fraction")
    #expect(objectives[0]["pass"] as? Bool == false)
    #expect(try tarn.run(shortLaptop + ["--quiet", "--set", "slo=[]"]).status == 0)
  }

  @Test func `the seed decides, and so does the number of nodes`() throws {
    let seeded = try tarn.run(shortLaptop + ["--json", "--seed", "7"]).json()
    #expect(seeded["seed"] as? Int == 7)
    let smaller = try tarn.run(shortLaptop + ["--json", "--nodes", "32"]).json()
    #expect(smaller["nodes"] as? Int == 32)
    #expect(seeded["decision_hash"] as? String != smaller["decision_hash"] as? String)
  }

  @Test func `three regions keep their contract, and a bound that they can't keep is status 3`()
    throws
  {
    let short = [
      "simulate", "scenarios/three-regions.yaml", "--set", "warmup=1s", "--set",
      "faults.cuts=[{region: westeurope, at: 3s, duration: 2s}]", "--duration", "8s", "--set",
      "workloads.weights.objects=10", "--set", "workloads.weights.size=8MiB", "--set",
      "contract=[{operation: open, consistency: validate, p99: 1s}]", "--check",
    ]
    let kept = try tarn.run(short)
    #expect(kept.status == 0)
    for part in ["Contract\n", "westeurope", "0 served", "blocks from another region's cache"] {
      #expect(kept.output.contains(part), "\(part) is missing")
    }
    let broken = try tarn.run(
      short + ["--json", "--set", "contract=[{operation: open, consistency: validate, p99: 20ms}]"])
    #expect(broken.status == 3)
    let lines = try #require(try broken.json()["contract"] as? [[String: Any]])
    #expect(lines.count == 6)
    #expect(lines.filter { $0["holds"] as? Bool == false }.count == 1)
  }

  @Test func `the invariants hold`() throws {
    let outcome = try tarn.run(shortLaptop + ["--check", "--quiet", "--set", "slo=[]"])
    #expect(outcome.status == 0)
    #expect(outcome.errors == "")
  }

  @Test func `Ctrl-C ends the run and reports what was reached`() throws {
    let outcome = try tarn.run(
      shortLaptop + ["--json", "--duration", "300d"], interruptAfter: 2)
    #expect(outcome.status == 130)
    let result = try outcome.json()
    #expect(result["complete"] as? Bool == false)
    #expect(try #require(result["simulated_seconds"] as? Double) < 300 * 86_400)
  }
}

@Suite(.serialized, .enabled(if: Command.release != nil, missing))
struct `Bad input` {
  @Test(arguments: [
    (
      ["simulate", "scenarios/none.yaml"],
      "scenarios/none.yaml: cannot be read; check the name and permissions"
    ),
    (
      ["simulate", "scenarios/laptop.yaml", "--set", "origin.acounts=3"],
      "command line: origin.acounts: unknown key; did you mean accounts?"
    ),
    (
      ["simulate", "scenarios/laptop.yaml", "--duration", "60"],
      "command line: duration: 60 has no unit; a duration takes one of ns, us, ms, s, m, h, d, as in 60s"
    ),
    (
      ["simulate", "scenarios/laptop.yaml", "--seed", "x"],
      "command line: seed: 'x' is not a number from 0 to 18446744073709551615"
    ),
    (
      ["simulate", "scenarios/laptop.yaml", "--export", "/dev/null/report"],
      "command line: --export /dev/null/report: cannot be made; name a folder that you may write"
    ),
  ])
  func `is status 2 and one line on standard error`(arguments: [String], line: String) throws {
    let outcome = try #require(Command.release).run(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.errorLines == [line])
    #expect(outcome.output == "")
  }

  @Test(arguments: [
    ["simulate"], ["simulate", "a.yaml", "--nodes", "many"], ["simlate"], ["--what"],
  ])
  func `on the command line is status 2 with the usage`(arguments: [String]) throws {
    let outcome = try #require(Command.release).run(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("Usage: tarn"))
    #expect(outcome.output == "")
  }

  @Test func `a missing trace is named`() throws {
    let outcome = try #require(Command.release).run(
      shortLaptop + ["--set", "workloads.chat.trace=traces/none.jsonl"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("traces/none.jsonl"))
  }
}
