import ArgumentParser
import TarnSim

extension TraceCommand {
  /// `tarn trace generate`.
  struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a synthetic trace of KV prompts.",
      discussion: """
        Sessions of several turns arrive at random, share system prompts, and each turn extends the \
        chain of the turn before. With --like the model's parameters are fitted to a KV trace and \
        the fit's error is printed; without, they are those of the Mooncake conversation trace. The \
        same arguments give the same file on every machine.

          tarn trace generate --requests 2000 --seed 7 --output small.tarn
          tarn trace generate --like conversation_trace.jsonl.gz --output like.tarn
        """)

    @Option(help: "A KV trace to resemble (Mooncake or Tarn's format).") var like: String?
    @Option(help: "How many prompts; as many as the trace given with --like, else 12,000.")
    var requests: Int?
    @Option(help: "Which of the many traces that fit.") var seed: UInt64 = 1
    @Option(help: "Prompts a second, where it should not be the model's.") var rate: Double?
    @Option(help: "The trace to write: *.tarn or *.jsonl.") var output: String

    /// What is wrong with the options, and what would be right; nil if nothing is.
    private var fault: String? {
      if let requests, requests < 1 { return "--requests \(requests): at least 1 is needed" }
      if let rate, !(rate > 0 && rate <= 1e9) {
        return "--rate \(rate): a positive number up to 1e9 is needed"
      }
      if !output.hasSuffix(".tarn") && !output.hasSuffix(".jsonl") {
        return "--output \(output): name it *.tarn (Tarn's format) or *.jsonl (Mooncake's)"
      }
      return nil
    }

    func run() throws {
      if let fault {
        TraceCommand.complain(fault)
        throw ExitCode(2)
      }
      try TraceCommand.reporting { () throws(TraceError) in
        let original = try like.map { (path: String) throws(TraceError) in
          try KVTrace.load(path: path)
        }
        var model = KVModel.conversation
        if let original, let like { model = try KVModel(fitting: original, path: like) }
        if let rate { model.requestsPerSecond = rate }
        let count = requests ?? original?.count ?? 12_000
        let trace = KVGenerator.trace(model: model, seed: seed, count: count)
        try write(trace)
        print("\(count) prompts written to \(output)")
        if let original { printFit(model, to: original) }
      }
    }

    private func write(_ trace: KVTrace) throws(TraceError) {
      guard output.hasSuffix(".tarn") else { return try trace.writeMooncake(path: output) }
      let source = like.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
      try trace.write(
        path: output,
        notes: [
          .init("generator", "tarn trace generate"),
          .init("like", (source ?? "built-in conversation model").filter { !$0.isNewline }),
          .init("seed", "\(seed)"),
        ])
    }

    /// The fit is judged at the original's length, whatever length was asked for.
    private func printFit(_ model: KVModel, to original: KVTrace) {
      let twin = KVGenerator.trace(model: model, seed: seed, count: original.count)
      let report = KVFitReport(
        original: KVStatistics(of: original), generated: KVStatistics(of: twin))
      print("fit at \(original.count) prompts:")
      print("  \(TraceCommand.pad("", to: 28))original   generated  off by")
      for line in report.lines {
        let off =
          line.isRatio
          ? TraceCommand.decimal(line.generated - line.original, 4)
          : line.original == 0
            ? "-" : TraceCommand.decimal((line.generated / line.original - 1) * 100, 1) + " %"
        let name = TraceCommand.pad(line.name, to: 28)
        let first = TraceCommand.pad(TraceCommand.decimal(line.original, 4), to: 11)
        let second = TraceCommand.pad(TraceCommand.decimal(line.generated, 4), to: 11)
        print("  \(name)\(first)\(second)\(off)")
      }
    }
  }
}
