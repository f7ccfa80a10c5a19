import ArgumentParser
import TarnSim

extension TraceCommand {
  /// `tarn trace convert`.
  struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Rewrite a trace in another format.",
      discussion: """
        The output's name says its format: *.tarn is Tarn's own, *.jsonl is Mooncake's. Of a \
        damaged trace the whole blocks are copied, and the exit status is 2: so a conversion to \
        *.tarn repairs what can be repaired.

          tarn trace convert conversation_trace.jsonl.gz conversation.tarn --spread
        """)

    @Argument(help: "The trace to read.") var input: String
    @Argument(help: "The trace to write: *.tarn or *.jsonl.") var output: String
    @Flag(help: "Spread the 3 s steps of Mooncake time stamps over their step.") var spread = false
    @Flag(help: "Refuse a damaged trace altogether.") var strict = false

    func run() throws {
      let report = try TraceCommand.reporting { () throws(TraceError) in
        var conversion = TraceConversion()
        conversion.spread = spread
        conversion.strict = strict
        return try conversion.convert(input, to: output)
      }
      print("\(report.records) records written to \(output)")
      try TraceCommand.refuse(report.damage.map(\.description), path: input)
    }
  }
}
