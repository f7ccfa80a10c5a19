import ArgumentParser
import Foundation
import TarnSim
import TarnTraceFormat

/// `tarn replay`: run recorded traces through caches.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Run recorded traces through caches and count the misses.",
    discussion: """
      Every policy meets every capacity: one line each. The policies are the node's own; belady and \
      belady-size are offline bounds. A trace of any format that `tarn trace` reads will do.

        tarn replay trace.oracleGeneral --policy lru,s3fifo,2q --capacity 0.1%,1%,10%
        tarn replay web.csv.gz --policy s3fifo:small=0.2,gdsf --capacity 4GiB
        tarn replay kv.jsonl.gz --mode prefix --touch deepest --policy lru --capacity 10%

      A capacity is a share of the footprint (1%), a size (4GiB) or a whole number: bytes, or objects \
      with --ignore-size or where the trace tells no sizes. Every request is a look-up, and an insertion \
      if it misses; an object larger than the cache is a miss and is not kept. Requests a second count \
      processor time of the replay alone.

        tarn replay --decisions decisions-*.tarnlog

      replays what tarn-node or tarn simulate --record-decisions recorded: a fresh core is told the same \
      and must decide the same, effect for effect. Exit status: 0, 2 for bad input, 3 at a difference.
      --reads FILE lists the recorded reads: when, which block, answered from where, after how long.
      """)

  @Argument(help: "Traces, or recordings of decisions.") var traces: [String]

  @Flag(help: "Replay recordings of a core's decisions and compare every effect.")
  var decisions = false

  /// The options' defaults.
  static let plain = (
    policy: "lru,s3fifo,sieve,arc", capacity: "0.1%,1%,10%", mode: "block", touch: "front", jobs: 1
  )

  @Option(
    help: ArgumentHelp(
      "With --decisions: write the recorded reads to this file, as CSV.", valueName: "file"))
  var reads: String?

  @Option(help: "Policies, separated by commas; parameters as s3fifo:small=0.1,ghost=0.9.")
  var policy = ReplayCommand.plain.policy

  @Option(help: "Capacities, separated by commas: 1%, 4GiB, 100000.")
  var capacity = ReplayCommand.plain.capacity

  @Option(help: "block: every block by itself. prefix: a KV prompt's longest cached prefix counts.")
  var mode = ReplayCommand.plain.mode

  @Option(
    help: "Prefix mode: touch a prompt's blocks front to back (front) or back to front (deepest).")
  var touch = ReplayCommand.plain.touch

  @Option(help: "Replays at a time, each on a thread of its own.") var jobs = ReplayCommand.plain
    .jobs

  @Flag(help: "Renumber the keys once up front, so that a replay need not hash them.")
  var intern = false

  @Flag(help: "Print JSON Lines, one object a replay.") var json = false

  @OptionGroup(title: "How the traces are read") var reading: TraceInputOptions

  func run() throws {
    do {
      if decisions { return try DecisionReplayPlan(self).run() }
      if reads != nil {
        throw ReplayError("--reads: only recordings of decisions hold them; give --decisions")
      }
      let plan = try ReplayPlan(self)
      var isFirst = true
      for path in traces {
        try plan.run(path, json: json, withHeader: isFirst)
        isFirst = false
      }
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
