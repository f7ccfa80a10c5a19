import ArgumentParser
import Foundation
import TarnSim

extension TraceCommand {
  /// `tarn trace head`.
  struct Head: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a trace's first records as tab-separated text.",
      discussion: """
        Times are in seconds from the trace's start.

          tarn trace head -n 3 traces/kv-sample.tarn
          tarn trace head --from 500 traces/kv-sample.tarn
        """)

    @Argument(help: "The trace.") var file: String
    @Option(name: [.customShort("n"), .long], help: "How many records.") var count: UInt64 = 10
    @Option(help: "Number of the first record, from 0.") var from: UInt64 = 0
    @Flag(help: "Refuse a damaged trace altogether.") var strict = false

    func run() throws {
      let damage = try TraceCommand.reporting { () throws(TraceError) in
        switch try TraceFormat.detect(path: file) {
        case .mooncake:
          try printMooncake()
          return [String]()
        default: return try printTarn()
        }
      }
      try TraceCommand.refuse(damage, path: file)
    }

    private func printMooncake() throws(TraceError) {
      var reader = try MooncakeTrace(path: file)
      var prompt = KVPrompt()
      var number: UInt64 = 0
      printPromptTitle()
      while number < from &+ count, try reader.next(into: &prompt) {
        if number >= from {
          printPrompt(
            seconds: Double(prompt.timeNanoseconds) / 1e9, input: UInt64(prompt.inputTokens),
            output: UInt64(prompt.outputTokens), chain: prompt.chain[...])
        }
        number += 1
      }
    }

    /// Returns the damage that was met on the way.
    private func printTarn() throws(TraceError) -> [String] {
      var reader = try TraceReader(path: file, strict: strict)
      if from > 0 { try reader.seek(toRecord: from) }
      let isPrompts = reader.schema.kind == .prompts
      let tick = Double(reader.schema.nanosecondsPerTick) / 1e9
      if isPrompts {
        printPromptTitle()
      } else {
        print(reader.schema.columns.map { "\($0)" }.joined(separator: "\t"))
      }
      var block = TraceBlock()
      let end = from.addingReportingOverflow(count)
      let limit = end.overflow ? UInt64.max : end.partialValue
      var done = count == 0
      while !done, try reader.next(into: &block) {
        var start = 0
        for index in 0..<block.count {
          let record = block.firstRecord + UInt64(index)
          let length = isPrompts ? Int(block.chainLengths[index]) : 0
          if record >= from && record < limit {
            if isPrompts {
              printPrompt(
                seconds: Double(block.times[index]) * tick, input: block.inputTokens[index],
                output: block.outputTokens[index], chain: block.chain[start..<(start + length)])
            } else {
              printRequest(block.request(at: index), columns: reader.schema.columns, tick: tick)
            }
          }
          start += length
        }
        done = block.firstRecord + UInt64(block.count) >= limit
      }
      return reader.damage.map(\.description)
    }

    private func printPromptTitle() {
      print("time\tinputTokens\toutputTokens\tblocks\tchain")
    }

    private func printPrompt(
      seconds: Double, input: UInt64, output: UInt64, chain: ArraySlice<UInt64>
    ) {
      let ids = chain.prefix(8).map { "\($0)" }.joined(separator: " ")
      let more = chain.count > 8 ? " ..." : ""
      print(
        "\(TraceCommand.decimal(seconds, 6))\t\(input)\t\(output)\t\(chain.count)\t\(ids)\(more)")
    }

    private func printRequest(_ request: TraceRequest, columns: [TraceColumn], tick: Double) {
      let fields = columns.map { column -> String in
        switch column {
        case .time: TraceCommand.decimal(Double(request.time) * tick, 6)
        case .key: "\(request.key)"
        case .keyHigh: "\(request.keyHigh)"
        case .size: "\(request.size)"
        case .operation: "\(request.operation.rawValue)"
        case .tenant: "\(request.tenant)"
        case .inputTokens, .outputTokens, .chainLength, .chain: ""
        }
      }
      print(fields.joined(separator: "\t"))
    }
  }
}
