import ArgumentParser
import Foundation
import TarnSim
import TarnTraceFormat

extension TraceCommand {
  /// `tarn trace head`.
  struct Head: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a trace's first records as tab-separated text.",
      discussion: """
        Times are in seconds since the epoch of the recorder's choosing. With --json each record \
        is one JSON object on a line, with times in nanoseconds and whole chains.

          tarn trace head -n 3 traces/kv-sample.tarn
          tarn trace head --from 500 --json traces/kv-sample.tarn
        """)

    @Argument(help: "The trace.") var file: String
    @Option(name: [.customShort("n"), .long], help: "How many records.") var count: UInt64 = 10
    @Option(help: "Number of the first record, from 0.") var from: UInt64 = 0
    @Flag(help: "Print one JSON object a line.") var json = false
    @OptionGroup var reading: TraceInputOptions

    func run() throws {
      let damage = try TraceCommand.reporting { () throws(TraceError) in try printRecords() }
      try TraceCommand.refuse(damage, path: file)
    }

    /// Returns the damage that was met on the way.
    private func printRecords() throws(TraceError) -> [String] {
      var source = try RequestSource(path: file, options: try reading.reading(file))
      if from > 0 { try source.seek(toRecord: from) }
      let row = TraceRow(source.schema)
      if !json { print(row.title) }
      let (sum, overflow) = from.addingReportingOverflow(count)
      let limit = overflow ? UInt64.max : sum
      var block = TraceBlock()
      var done = count == 0
      var printed: UInt64 = 0
      while !done, try source.next(into: &block) {
        var start = 0
        for index in 0..<block.count {
          let end = start + (block.chainLengths.isEmpty ? 0 : Int(block.chainLengths[index]))
          let record = block.firstRecord + UInt64(index)
          if record >= from && record < limit {
            let chain = block.chain[start..<end]
            print(
              json ? row.json(block, index, record, chain) : row.text(block, index, chain))
            printed += 1
          }
          start = end
        }
        done = block.firstRecord + UInt64(block.count) >= limit
      }
      let damage = source.damage
      if printed == 0, from == 0, count > 0, damage.isEmpty {
        throw TraceError(.empty, path: file, "holds no request")
      }
      return damage.map(\.description)
    }
  }
}

/// Records as lines of text.
private struct TraceRow {
  private let columns: [TraceColumn]
  private let isPrompts: Bool
  private let tick: UInt64

  init(_ schema: TraceSchema) {
    columns = schema.columns
    isPrompts = schema.kind == .prompts
    tick = schema.nanosecondsPerTick
  }

  var title: String {
    isPrompts
      ? "time\tinputTokens\toutputTokens\tblocks\tchain"
      : columns.map { "\($0)" }.joined(separator: "\t")
  }

  func text(_ block: borrowing TraceBlock, _ index: Int, _ chain: ArraySlice<UInt64>) -> String {
    if isPrompts {
      let ids = chain.prefix(8).map { "\($0)" }.joined(separator: " ")
      return "\(seconds(block.times[index]))\t\(block.inputTokens[index])\t"
        + "\(block.outputTokens[index])\t\(chain.count)\t\(ids)\(chain.count > 8 ? " ..." : "")"
    }
    let request = block.request(at: index)
    let fields = columns.map { column -> String in
      switch column {
      case .time: seconds(request.time)
      case .key: "\(request.key)"
      case .keyHigh: "\(request.keyHigh)"
      case .size: "\(request.size)"
      case .operation: operation(request.operation)
      case .tenant: "\(request.tenant)"
      case .inputTokens, .outputTokens, .chainLength, .chain: ""
      }
    }
    return fields.joined(separator: "\t")
  }

  func json(
    _ block: borrowing TraceBlock, _ index: Int, _ record: UInt64, _ chain: ArraySlice<UInt64>
  ) -> String {
    var members = ["\"record\": \(record)"]
    if !block.times.isEmpty {
      members.append("\"time_ns\": \(nanoseconds(block.times[index]))")
    }
    if isPrompts {
      let ids = chain.map { "\($0)" }.joined(separator: ", ")
      members.append("\"input_tokens\": \(block.inputTokens[index])")
      members.append("\"output_tokens\": \(block.outputTokens[index])")
      members.append("\"chain\": [\(ids)]")
    } else {
      let request = block.request(at: index)
      members.append("\"key\": \(request.key)")
      if columns.contains(.keyHigh) { members.append("\"key_high\": \(request.keyHigh)") }
      if columns.contains(.size) { members.append("\"size\": \(request.size)") }
      if columns.contains(.operation) {
        members.append("\"operation\": \"\(operation(request.operation))\"")
      }
      if columns.contains(.tenant) { members.append("\"tenant\": \(request.tenant)") }
    }
    return "{\(members.joined(separator: ", "))}"
  }

  private func seconds(_ ticks: UInt64) -> String {
    TraceCommand.decimal(Double(ticks) * Double(tick) / 1e9, 6)
  }

  private func nanoseconds(_ ticks: UInt64) -> String {
    let (time, overflow) = ticks.multipliedReportingOverflow(by: tick)
    return overflow ? "null" : "\(time)"
  }

  private func operation(_ operation: TraceOperation) -> String {
    switch operation {
    case .read: "read"
    case .write: "write"
    case .delete: "delete"
    default: "\(operation.rawValue)"
    }
  }
}
