import ArgumentParser
import Foundation
import TarnSim
import TarnSettings
import TarnTraceFormat

/// `tarn tune`: find the cache configuration that suits a trace or a scenario.
struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune", abstract: "Find the best cache configuration for a trace or a scenario.",
    discussion: """
      Many configurations see a small sample, the better ones more, the finalists everything \
      (successive halving). A trace is tuned on its first part and judged on the rest with a warm cache; \
      a scenario is tuned with its seed on a small fleet and judged with other seeds on a larger one. \
      Gains come with a 95 % band; within it, the default stays.

        tarn tune trace.oracleGeneral --capacity 1%
        tarn tune web.csv.gz --objective byte-miss --policies s3fifo,arc,wtinylfu --export out
        tarn tune kv.jsonl.gz --capacity 10%                  prompts: cached prefixes count
        tarn tune scenarios/laptop.yaml --objective gpu-stall

      Answers are kept by content, so a run that was broken off goes on where it was. On many machines: \
      --list-jobs prints the next round's jobs, a line each; --run-job answers such lines on its \
      standard input, a line each; --collect takes the answers. Repeat until --list-jobs prints nothing; \
      what --collect then prints is what one machine would have found.

        tarn tune day.tarn --list-jobs --collect answers.jsonl > jobs.jsonl
        tarn tune --run-job < jobs.jsonl >> answers.jsonl
        tarn tune day.tarn --collect answers.jsonl

      Exit status: 0, 1 if Tarn failed, or 2 for bad input.
      """)

  @Argument(help: "A trace of any format that `tarn trace` reads, or a scenario (.yaml).")
  var input: String?

  @Option(
    help:
      "Policies to try, separated by commas, or all; one with parameters stands for itself alone.")
  var policies = "all"

  @Option(help: "A trace's cache: 1% of the footprint, 4GiB, or 100000.")
  var capacity = "10%"

  @Option(
    help: "miss, byte-miss, origin-cost; of scenarios also gpu-stall, ttft. Default: what suits.")
  var objective: String?

  @Option(help: "Time after which no further round starts, for example 5m. Default: none.")
  var budget: String?

  @Option(help: "Jobs at a time, each on a thread of its own. Default: one a processor.")
  var jobs: Int?

  @Option(help: "Configurations of the first round. Default: 1000; of scenarios 32.")
  var configurations: Int?

  @Option(help: "First round's share of the keys, for example 0.01. Default: what the trace bears.")
  var rate: String?

  @Option(help: "Share of a trace that is tuned on.") var train = 0.5

  @Option(help: "Seed of the draws and samples.") var seed: UInt64 = 1

  @Option(help: "Scenarios: nodes of the final rounds.") var nodes = 256

  @Option(help: "Scenarios: seeds of the final judgement.") var seeds = 5

  @Option(help: "auto, block, or prefix: a KV prompt's longest cached prefix counts.")
  var mode = "auto"

  @OptionGroup(title: "How a trace is read") var reading: TraceInputOptions

  @Option(help: "Folder of earlier answers. Default: $XDG_CACHE_HOME/tarn or ~/.cache/tarn.")
  var cache: String?

  @Flag(help: "Neither read nor keep earlier answers.") var noCache = false

  @Option(help: "Write a report, a notebook, CSV, JSON and recommendation.yaml into this folder.")
  var export: String?

  @Flag(help: "Print one JSON object.") var json = false

  @Flag(help: "Print the jobs that have no answer yet, one line each, and run none.")
  var listJobs = false

  @Flag(help: "Answer jobs on standard input, a line of JSON each.") var runJob = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Use the answers in these files.", valueName: "file"))
  var collect: [String] = []

  func run() throws {
    do {
      if runJob {
        try TuneWorker(self).run()
      } else {
        try TunePlan(self).run()
      }
    } catch let error as ReplayError {
      try Self.refuse("\(error)")
    } catch let error as TraceError {
      try Self.refuse("\(error)")
    } catch let error as SettingsError {
      try Self.refuse("\(error)")
    } catch let error as SimulationError where error.isBadInput {
      try Self.refuse("\(error)")
    } catch let error as ExportError {
      try Self.refuse("\(error)")
    }
  }

  private static func refuse(_ text: String) throws -> Never {
    TraceCommand.complain(text)
    throw ExitCode(ExitStatus.badInput)
  }

  /// How the trace at `path` is read; `isSized` false leaves the sizes out.
  func readOptions(_ path: String, isSized: Bool) throws(TraceError) -> TraceReadOptions {
    var options = try reading.reading(path)
    options.ignoreSizes = !isSized
    return options
  }
}
