import Foundation
import Testing

@Suite(.enabled(if: Command.release != nil, "the release binary is missing: run make test"))
struct `tarn trace generate` {
  private func run(_ arguments: String) throws -> Command.Outcome {
    try #require(Command.release).run(
      ["trace", "generate"] + arguments.split(separator: " ").map(String.init))
  }

  @Test(
    .enabled(if: Command.debug != nil, "the debug binary is missing: run make test"),
    arguments: [
      "--zipf 1.0 --objects 5000 --requests 20k --size lognormal:1MiB,2 --rate 100",
      "--epochs 2 --objects 777 --size fixed:4MiB", "--reuse lru-stack --objects 2k --requests 9k",
      "--like traces/requests-sample.tarn --seed 9",
    ])
  func `writes the same file in debug and in release`(arguments: String) throws {
    let folder = try TemporaryFolder()
    func bytes(_ command: Command?, _ name: String) throws -> Data {
      let path = folder.url.appendingPathComponent(name).path
      let outcome = try #require(command).run(
        ["trace", "generate", "--output", path]
          + arguments.split(separator: " ").map(String.init))
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try Data(contentsOf: URL(fileURLWithPath: path))
    }
    let release = try bytes(Command.release, "release.tarn")
    #expect(try bytes(Command.debug, "debug.tarn") == release)
    #expect(try bytes(Command.release, "again.tarn") == release)
  }

  @Test func `reproduces the committed samples by the commands in traces/README.md`() throws {
    let folder = try TemporaryFolder()
    let readme = try String(
      contentsOf: Command.root.appendingPathComponent("traces/README.md"), encoding: .utf8)
    let pieces = readme.split(separator: "`").map(String.init)
    let commands = pieces.filter {
      $0.hasPrefix("tarn trace generate") && $0.contains("--output traces/")
    }
    #expect(commands.count >= 2)
    for command in commands {
      let words = command.split(separator: " ").map(String.init)
      let sample = try #require(words.last)
      let copy = folder.url.appendingPathComponent("copy.tarn").path
      let outcome = try #require(Command.release).run(Array(words[1...].dropLast()) + [copy])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(
        FileManager.default.contentsEqual(
          atPath: copy, andPath: Command.root.appendingPathComponent(sample).path), "\(command)")
    }
  }

  @Test func `says how far a fit is off`() throws {
    let folder = try TemporaryFolder()
    let output = folder.url.appendingPathComponent("like.tarn").path
    let outcome = try run("--like traces/requests-sample.tarn --output \(output)")
    #expect(outcome.status == 0)
    for line in [
      "8000 requests written to", "fit at 8000 requests", "objects asked for once",
      "miss ratio, LRU at 0.1 %", "miss ratio, LRU at 30 %", "mean size of objects (B)",
      "largest difference of miss ratios: LRU 0.0",
    ] { #expect(outcome.output.contains(line), "\(line)") }
    let prompts = try run("--like traces/kv-sample.tarn --requests 100 --output \(output)")
    #expect(prompts.output.contains("100 prompts written to"))
    #expect(prompts.output.contains("hit ratio, infinite cache"))
  }

  @Test(arguments: [
    ("--zipf 4 --output x.tarn", "--zipf 4.0: a number from 0 to 3 is needed"),
    ("--zipf one --output x.tarn", "--zipf one: a number is needed"),
    ("--zipf 1 --uniform --output x.tarn", "--uniform: leave out --zipf 1: a trace has one model"),
    ("--kv --loop --output x.tarn", "--kv: leave out --loop: a trace has one model"),
    (
      "--objects 5 --output x.tarn",
      "--objects 5: is for requests: choose --zipf, --uniform, --loop, --epochs or --reuse too"
    ),
    ("--loop --drift 5 --output x.tarn", "--drift 5: does not go with --loop"),
    ("--loop --ranks --output x.tarn", "--ranks: does not go with --loop"),
    (
      "--epochs 2 --scan-share 0.1 --output x.tarn", "--scan-share 0.1: does not go with --epochs 2"
    ),
    (
      "--epochs 2 --requests 5 --output x.tarn",
      "--requests 5: leave it out: --epochs and --objects say how many"
    ),
    ("--uniform --scan-length 5 --output x.tarn", "--scan-length 5: give --scan-share too"),
    (
      "--uniform --size like --output x.tarn",
      "--size like: give --like TRACE, whose sizes are meant"
    ),
    (
      "--uniform --seed -1 --output x.tarn",
      "--seed -1: a whole number from 0 to 2^64 - 1 is needed"
    ),
    (
      "--uniform --requests 0 --output x.tarn",
      "--requests 0: a whole number from 1 to 1099511627776 is needed"
    ),
    (
      "--uniform --requests many --output x.tarn",
      "--requests many: a whole number is needed, such as 1000000 or 1M"
    ),
    (
      "--uniform --rate 0 --output x.tarn",
      "--rate 0: a number from 0.001 to 1e9 a second is needed"
    ),
    (
      "--uniform --output x.jsonl",
      "--output x.jsonl: name it *.tarn (Tarn's format) or *.oracleGeneral (libCacheSim's)"
    ),
    (
      "--output x.oracleGeneral",
      "--output x.oracleGeneral: name it *.tarn (Tarn's format) or *.jsonl (Mooncake's)"
    ),
    (
      "--like traces/kv-sample.tarn --size fixed:1 --output x.tarn",
      "--size fixed:1: is for requests, and traces/kv-sample.tarn holds KV prompts"
    ),
    (
      "--like traces/requests-sample.tarn --zipf 1 --output x.tarn",
      "--like traces/requests-sample.tarn: leave out --zipf 1: a trace has one model"
    ),
    (
      "--like traces/requests-sample.tarn --objects 7 --output x.tarn",
      "--objects 7: does not go with --like"
    ),
    (
      "--requests 0 --output x.tarn",
      "--requests 0: a whole number from 1 to 1099511627776 is needed"
    ),
    (
      "--requests 1G --output x.tarn",
      "--requests 1000000000: at most 10000000 prompts fit in memory"
    ),
  ])
  func `refuses what makes no sense in one line`(arguments: String, complaint: String) throws {
    let outcome = try run(arguments)
    #expect(outcome.errors == "tarn: \(complaint)\n")
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    for name in ["x.tarn", "x.tarn.partial", "x.jsonl", "x.oracleGeneral"] {
      let path = Command.root.appendingPathComponent(name).path
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }
}
