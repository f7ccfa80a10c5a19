import Foundation
import TarnScore
import TarnSim
import TarnTraceFormat

extension ScoreTrace {
  /// Reads the requests of a trace of any format: its reads, or the blocks of its prompts.
  ///
  /// - Parameters:
  ///   - block: The bytes of each request where the trace tells none, and the most of any.
  ///   - limit: Requests that are read, from the start; nil for all.
  /// - Throws: `TraceError` with the record that cannot be replayed.
  init(
    reading path: String, options: TraceReadOptions, block: UInt64, limit: Int?,
    progress: (UInt64) -> Void
  ) throws(TraceError) {
    self.init(name: (path as NSString).lastPathComponent)
    var source = try RequestSource(path: path, options: options)
    let reader = ScoreRecords(source.schema, path: path, block: block, limit: limit, options)
    var records = TraceBlock()
    while try source.next(into: &records), limit.map({ count < $0 }) ?? true {
      try reader.append(records, to: &self)
      progress(UInt64(count))
    }
    if let damage = source.damage.first {
      throw TraceError(
        .damaged, path: path, "\(damage); copy it again, or convert it to keep what is whole")
    }
    guard count > 0 else {
      throw TraceError(
        .empty, path: path,
        "holds no read of a block; name a trace with requests, or with prompts "
          + "and their chains")
    }
  }
}

/// Turns records into requests.
private struct ScoreRecords {
  private let path: String
  private let schema: TraceSchema
  private let block: UInt64
  private let limit: Int
  private let hasSizes: Bool
  private let hasTimes: Bool

  init(
    _ schema: TraceSchema, path: String, block: UInt64, limit: Int?, _ options: TraceReadOptions
  ) {
    (self.schema, self.path, self.block) = (schema, path, block)
    self.limit = limit ?? .max
    hasSizes = schema.columns.contains(.size) && !options.ignoreSizes
    hasTimes = schema.columns.contains(.time) && !options.ignoreTimes
  }

  func append(_ records: TraceBlock, to trace: inout ScoreTrace) throws(TraceError) {
    guard schema.kind == .requests else { return try append(prompts: records, to: &trace) }
    for index in 0..<records.count where trace.count < limit {
      let request = records.request(at: index)
      guard request.operation == .read else { continue }
      let record = records.firstRecord + UInt64(index)
      let length = hasSizes ? max(1, request.size) : block
      guard length <= block else {
        throw TraceError(
          .tooLarge, path: path, at: .record(record),
          "its \(length) bytes are more than --block's \(block); give a larger --block")
      }
      trace.append(
        low: request.key, high: request.keyHigh, length: UInt32(length),
        time: hasTimes ? try nanoseconds(request.time, record) : nil)
    }
  }

  private func append(
    prompts records: TraceBlock, to trace: inout ScoreTrace
  ) throws(TraceError) {
    var first = 0
    for index in 0..<records.count {
      let length = Int(records.chainLengths.isEmpty ? 0 : records.chainLengths[index])
      let record = records.firstRecord + UInt64(index)
      for id in records.chain[first..<first + length] where trace.count < limit {
        trace.append(
          low: id, high: 0, length: UInt32(block),
          time: hasTimes ? try nanoseconds(records.times[index], record) : nil)
      }
      first += length
    }
  }

  private func nanoseconds(_ ticks: UInt64, _ record: UInt64) throws(TraceError) -> UInt64 {
    let (time, overflow) = ticks.multipliedReportingOverflow(by: schema.nanosecondsPerTick)
    guard !overflow else {
      throw TraceError(.tooLarge, path: path, at: .record(record), "its time is beyond 584 years")
    }
    return time
  }
}
