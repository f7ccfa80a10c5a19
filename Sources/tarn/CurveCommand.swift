import ArgumentParser
import Foundation
import TarnSim
import TarnTraceFormat

/// `tarn curve`: miss ratio by capacity.
struct CurveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curve", abstract: "Draw a trace's miss-ratio curves: misses by capacity.",
    discussion: """
      LRU's curve comes from stack distances: one pass for all capacities, exact where every object counts \
      1. With sizes it is exact at capacities that hold the largest object, if no object changes its size; \
      elsewhere the method reads "stack distances" and --exact replays the point. Other policies run in \
      miniature, over a share of the keys in caches of that share of the capacity, several times: the band \
      holds the true miss ratio with a probability of 95 %. Small capacities get a larger share of the \
      keys, and are replayed whole, and exact, where that costs no more.

        tarn curve trace.oracleGeneral
        tarn curve web.csv.gz --policy lru,s3fifo:small=0.2 --capacity 1%,10%,4GiB
        tarn curve trace.oracleGeneral --policy sieve --exact --points 20 --jobs 4

      The knee is the point furthest below the line between the curve's ends. Exit status: 0, or 2 for bad \
      input.
      """)

  @Argument(help: "A trace.") var trace: String

  @Option(help: "Policies, separated by commas; parameters as s3fifo:small=0.1,ghost=0.9.")
  var policy = "lru,s3fifo,sieve,arc"

  @Option(help: "Points from 0.1 % to 100 % of the footprint, in equal ratios; 50 unless given.")
  var points: Int?

  @Option(help: "Capacities instead, separated by commas: 1%, 4GiB, 100000.")
  var capacity: String?

  @Flag(help: "Replay every point whole that stack distances do not give exactly.")
  var exact = false

  @Option(help: "Share of the keys in a sample.") var rate = 0.01

  @Option(help: "Samples of each rate, 2 to 100.") var repeats = 5

  @Option(help: "Another seed, other samples.") var seed: UInt64 = 1

  @Option(help: "Samples or replays at a time, each on a thread of its own.") var jobs = 1

  @Flag(help: "Print JSON Lines, one object a point.") var json = false

  @OptionGroup(title: "How the traces are read") var reading: TraceInputOptions

  func run() throws {
    do {
      try CurvePlan(self).run(trace)
    } catch let error as TraceError {
      try Self.refuse("\(error)")
    } catch let error as ReplayError {
      try Self.refuse("\(error)")
    }
  }

  private static func refuse(_ text: String) throws -> Never {
    TraceCommand.complain(text)
    throw ExitCode(ExitStatus.badInput)
  }
}
