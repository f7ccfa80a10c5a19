import ArgumentParser
import TarnSim
import TarnTraceFormat

extension TraceCommand.Generate {
  /// A trace of KV prompts, by the built-in model or like a recorded trace.
  func makePrompts() throws {
    let (given, seed, rate) = try TraceCommand.reportingFault { () throws(RecipeFault) in
      try outline.checkName(
        [".tarn", ".jsonl"], saying: "*.tarn (Tarn's format) or *.jsonl (Mooncake's)")
      if let size = shape.size {
        throw RecipeFault(
          "--size", size, "is for requests, and \(model.like ?? "") holds KV prompts")
      }
      let count = try outline.requestCount()
      if let count, count > Self.mostPrompts {
        throw RecipeFault(
          "--requests", "\(count)", "at most \(Self.mostPrompts) prompts fit in memory")
      }
      return (count, try outline.seedNumber(), try outline.rateNumber())
    }
    try TraceCommand.reporting { () throws(TraceError) in
      let original = try model.like.map { (path: String) throws(TraceError) in
        try KVTrace.load(path: path)
      }
      var prompts = KVModel.conversation
      if let original, let like = model.like {
        prompts = try KVModel(fitting: original, path: like)
      }
      if let rate { prompts.requestsPerSecond = rate }
      let count = given.map(Int.init) ?? original?.count ?? 12_000
      try write(KVGenerator.trace(model: prompts, seed: seed, count: count), seed: seed)
      print("\(count) prompts written to \(outline.output)")
      if let original { printFit(prompts, seed: seed, to: original) }
    }
  }

  private static let mostPrompts: UInt64 = 10_000_000

  private func write(_ trace: KVTrace, seed: UInt64) throws(TraceError) {
    let output = outline.output
    guard output.hasSuffix(".tarn") else { return try trace.writeMooncake(path: output) }
    let source = model.like.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    try trace.write(
      path: output,
      notes: [
        .init("generator", "tarn trace generate"),
        .init("like", (source ?? "built-in conversation model").filter { !$0.isNewline }),
        .init("seed", "\(seed)"),
      ])
  }

  /// The fit is judged at the original's length, whatever length was asked for.
  private func printFit(_ prompts: KVModel, seed: UInt64, to original: KVTrace) {
    let twin = KVGenerator.trace(model: prompts, seed: seed, count: original.count)
    let report = KVFitReport(
      original: KVStatistics(of: original), generated: KVStatistics(of: twin))
    print("fit at \(original.count) prompts:")
    Self.printFit(report.lines)
  }

  /// One figure a line: of the original, of the generated trace, and the error.
  static func printFit(_ lines: [KVFitReport.Line]) {
    print("  \(TraceCommand.pad("", to: 32))original     generated    off by")
    for line in lines {
      let off =
        line.isRatio
        ? TraceCommand.decimal(line.generated - line.original, 4)
        : line.original == 0
          ? "-" : TraceCommand.decimal((line.generated / line.original - 1) * 100, 1) + " %"
      let name = TraceCommand.pad(line.name, to: 32)
      let first = TraceCommand.pad(TraceCommand.decimal(line.original, 4), to: 13)
      let second = TraceCommand.pad(TraceCommand.decimal(line.generated, 4), to: 13)
      print("  \(name)\(first)\(second)\(off)")
    }
  }
}
