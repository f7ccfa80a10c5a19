import ArgumentParser
import Foundation
import TarnSim
import TarnTraceFormat

extension TraceCommand {
  /// `tarn trace info`.
  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what a trace holds.",
      discussion: """
        Reads the whole trace. Of a damaged one it describes the whole blocks, says where the \
        damage is, and exits with 2.

          tarn trace info traces/kv-sample.tarn
          tarn trace info --json OLTP.lis.gz
        """)

    @Argument(help: "The trace.") var file: String
    @Flag(help: "Print one JSON object.") var json = false
    @OptionGroup var reading: TraceInputOptions

    func run() throws {
      var progress = TraceProgress()
      let summary = try TraceCommand.reporting { () throws(TraceError) in
        defer { progress.clear() }
        return try TraceSummary(path: file, options: try reading.reading(file)) {
          progress.show($0)
        }
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
      var lines = [
        ("format", "\(summary.format), \(summary.kind)"),
        ("records", "\(summary.records)"),
        (
          "file",
          "\(summary.fileBytes) bytes, \(TraceCommand.decimal(summary.bytesPerRecord, 2)) a record"
        ),
      ]
      if summary.columns.contains("time") {
        lines.append(
          (
            "span",
            "\(TraceCommand.decimal(summary.spanSeconds, 1)) s, in ticks of "
              + "\(summary.nanosecondsPerTick) ns"
          ))
      }
      lines.append(("columns", summary.columns.joined(separator: ", ")))
      if summary.keyBits > 0 { lines.append(("key", "\(summary.keyBits) bits")) }
      lines += figures(summary.figures)
      if let prompts = summary.prompts {
        lines += self.prompts(prompts, tokensPerBlock: summary.tokensPerBlock)
      } else if summary.kind == "prompts" {
        lines.append(
          (
            "reuse",
            summary.figures.requests == 0
              ? "unknown: the prompts have no keys"
              : "not measured beyond \(TraceSummary.mostReferences) block references"
          ))
      }
      return lines + summary.notes.map { ("note", $0) }
    }

    private func figures(_ figures: TraceFigures) -> [(String, String)] {
      guard figures.requests > 0 else { return [] }
      func percent(_ share: Double) -> String { TraceCommand.decimal(share * 100, 2) + " %" }
      var lines = [
        ("requests", "\(figures.requests)"),
        (
          "distinct objects",
          "\(figures.distinctObjects), \(percent(figures.oneHitShare)) of them requested once"
        ),
        ("compulsory misses", percent(figures.compulsoryMissRatio)),
        (
          "popularity",
          "top 1 % of objects get \(percent(figures.top1PercentShare)), top 10 % "
            + "\(percent(figures.top10PercentShare)) of requests"
        ),
      ]
      if let footprint = figures.footprintBytes, let requested = figures.requestedBytes {
        lines.append(("footprint", "\(footprint) bytes"))
        lines.append(("requested", "\(requested) bytes"))
      }
      if let sizes = figures.sizes {
        lines.append(
          (
            "size",
            "p50 \(sizes.p50), p90 \(sizes.p90), p99 \(sizes.p99), max \(sizes.max), mean "
              + "\(TraceCommand.decimal(sizes.mean, 1)) bytes"
          ))
      }
      return lines
    }

    private func prompts(
      _ prompts: KVStatistics, tokensPerBlock: UInt32
    ) -> [(String, String)] {
      func number(_ value: Double, _ digits: Int = 1) -> String {
        TraceCommand.decimal(value, digits)
      }
      return [
        ("rate", "\(number(prompts.requestsPerSecond, 3)) prompts/s"),
        (
          "blocks",
          "\(prompts.blockReferences) references, \(prompts.distinctBlocks) distinct, "
            + "\(tokensPerBlock) tokens each"
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
  }
}
