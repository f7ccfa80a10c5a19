import ArgumentParser
import Foundation
import TarnSim
import TarnTraceFormat

extension TraceCommand {
  /// `tarn trace convert`.
  struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Rewrite a trace in another format.",
      discussion: """
        The output's name says its format: *.tarn is Tarn's own, *.oracleGeneral libCacheSim's \
        24-byte records, *.csv text with named columns, *.jsonl Mooncake's (prompts only). Of a \
        damaged trace the whole blocks are copied, and the exit status is 2: so a conversion to \
        *.tarn repairs what can be repaired.

          tarn trace convert conversation_trace.jsonl.gz conversation.tarn --spread
          tarn trace convert cluster52.oracleGeneral.zst cluster52.tarn
          tarn trace convert log.csv log.tarn --key-column url --time-unit ms
        """)

    @Argument(help: "The trace to read.") var input: String
    @Argument(help: "The trace to write: *.tarn, *.oracleGeneral, *.csv or *.jsonl.")
    var output: String
    @Flag(help: "Spread the 3 s steps of Mooncake time stamps over their step.") var spread = false
    @OptionGroup var reading: TraceInputOptions

    func run() throws {
      try TraceCommand.convert(input, to: output) { () throws(TraceError) in
        var conversion = TraceConversion()
        conversion.options = try reading.reading(input)
        conversion.spread = spread
        return conversion
      }
    }
  }

  /// `tarn trace sample`.
  struct Sample: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keep the requests of a share of the keys.",
      discussion: """
        Keys are chosen by hash (SHARDS, Waldspurger et al., FAST '15), and of a kept key every \
        request stays: a cache of rate x size then misses about as the whole trace does. The \
        output's notes state the rate.

          tarn trace sample day.oracleGeneral.zst day-1-percent.tarn --rate 0.01
        """)

    @Argument(help: "The trace to read.") var input: String
    @Argument(help: "The trace to write: *.tarn.") var output: String
    @Option(help: "Share of keys to keep, over 0 and at most 1.") var rate: Double
    @Option(help: "Which of the many samples.") var seed: UInt64 = 1
    @OptionGroup var reading: TraceInputOptions

    func run() throws {
      guard let sample = SpatialSample(rate: rate, seed: seed) else {
        TraceCommand.complain("--rate \(rate): a number over 0 and at most 1 is needed")
        throw ExitCode(ExitStatus.badInput)
      }
      guard output.hasSuffix(".tarn") else {
        TraceCommand.complain("\(output): name the output *.tarn, whose notes keep the rate")
        throw ExitCode(ExitStatus.badInput)
      }
      try TraceCommand.convert(input, to: output) { () throws(TraceError) in
        var conversion = TraceConversion()
        conversion.options = try reading.reading(input)
        conversion.sample = sample
        return conversion
      }
    }
  }

  /// Converts as `make` says, with progress; Ctrl-C leaves nothing behind.
  private static func convert(
    _ input: String, to output: String, _ make: () throws(TraceError) -> TraceConversion
  ) throws {
    Interruption.listen()
    var progress = TraceProgress()
    let report = try reporting { () throws(TraceError) in
      defer { progress.clear() }
      return try make().convert(input, to: output) { records in
        progress.show(records)
        return Interruption.signal == nil
      }
    }
    print("\(report.records) records written to \(output)")
    try refuse(report.damage.map(\.description), path: input)
  }
}
