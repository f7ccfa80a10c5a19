import ArgumentParser
import Foundation
import TarnSim

extension TraceCommand {
  /// `tarn trace info`.
  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what a trace holds.",
      discussion: """
        Reads the whole trace. Of a damaged one it describes the whole blocks, says where the \
        damage is, and exits with 2.

          tarn trace info traces/kv-sample.tarn
          tarn trace info --json trace.tarn
        """)

    @Argument(help: "The trace.") var file: String
    @Flag(help: "Print one JSON object.") var json = false
    @Flag(help: "Refuse a damaged trace altogether.") var strict = false

    func run() throws {
      let summary = try TraceCommand.reporting { () throws(TraceError) in
        try TraceSummary(path: file, strict: strict)
      }
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(summary), as: UTF8.self))
      } else {
        for (name, value) in lines(of: summary) {
          print("\(TraceCommand.pad(name, to: 18))\(value)")
        }
      }
      try TraceCommand.refuse(summary.damage, path: file)
    }

    private func lines(of summary: TraceSummary) -> [(String, String)] {
      func number(_ value: Double, _ digits: Int = 1) -> String {
        TraceCommand.decimal(value, digits)
      }
      var lines = [
        ("format", "\(summary.format), \(summary.kind)"),
        ("records", "\(summary.records)"),
        ("file", "\(summary.fileBytes) bytes, \(number(summary.bytesPerRecord, 2)) a record"),
        ("span", "\(number(summary.spanSeconds)) s, in ticks of \(summary.nanosecondsPerTick) ns"),
      ]
      if !summary.columns.isEmpty {
        lines.append(("columns", summary.columns.joined(separator: ", ")))
      }
      if summary.keyBits > 0 { lines.append(("key", "\(summary.keyBits) bits")) }
      if summary.requestedBytes > 0 {
        lines.append(("requested", "\(summary.requestedBytes) bytes"))
      }
      if let prompts = summary.prompts {
        lines += [
          ("rate", "\(number(prompts.requestsPerSecond, 3)) prompts/s"),
          (
            "blocks",
            "\(prompts.blockReferences) references, \(prompts.distinctBlocks) distinct, "
              + "\(summary.tokensPerBlock) tokens each"
          ),
          ("chain", "\(number(prompts.meanChainLength, 2)) blocks in the mean"),
          (
            "tokens",
            "\(number(prompts.meanInputTokens)) in, \(number(prompts.meanOutputTokens)) out in the mean"
          ),
          (
            "hit ratio",
            "\(number(prompts.infiniteHitRatio, 4)) infinite cache, "
              + "\(number(prompts.hitRatioAt30Percent, 4)) LRU at 30 %, "
              + "\(number(prompts.hitRatioAt10Percent, 4)) LRU at 10 % of distinct blocks"
          ),
          (
            "reuse interval",
            "p50 \(number(prompts.reuseSecondsP50)) s, p90 \(number(prompts.reuseSecondsP90)) s"
          ),
        ]
      }
      return lines + summary.notes.map { ("note", $0) }
    }
  }
}
