import Foundation
import TarnCore
import TarnTraceFormat

/// Reads recorded requests for a replay: from one file, or from a folder with the files of one
/// recording.
///
/// A trace of 128-bit keys names blocks as a node does: `key` and `keyHigh` are `BlockKey.low` and
/// `.high`. A 64-bit key k stands for the block with `low` k and `high` mix64(k), so that keys spread
/// over owners as blocks of objects do. Requests other than reads are left out: a cache that reads
/// through fills itself.
struct ReplayRecording {
  /// What is to be read of each trace.
  struct Settings {
    /// Nil for all.
    var limit: Int?
    /// The most bytes of a request, and the bytes of each where the trace tells none.
    var blockBytes: UInt32
    var wantsTimes: Bool
    var wantsTenants: Bool
  }

  /// Times are nanoseconds since 1970 if `isDated`, else since whatever the trace counts from.
  private(set) var requests = ReplayRequests()
  /// A tenant for each request, if they were asked for.
  private(set) var tenants: [UInt16] = []
  /// Whether the trace says when it began, as a node's recording does.
  private(set) var isDated = false
  /// Requests left out because they read nothing.
  private(set) var writes = 0
  private let settings: Settings

  /// The requests at `path`.
  init(path: String, settings: Settings) throws(TraceError) {
    self.settings = settings
    for (index, file) in try Self.files(at: path).enumerated() {
      guard settings.limit.map({ requests.count < $0 }) ?? true else { break }
      try read(file, isFirst: index == 0)
    }
    guard requests.count > 0 else {
      throw TraceError(.empty, path: path, "holds no read request; record some, or leave it out")
    }
  }

  /// A folder's traces, `NAME-2.tarn` ahead of `NAME-10.tarn`.
  private static func files(at path: String) throws(TraceError) -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
    else { return [path] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let traces = names.filter { $0.hasSuffix(".tarn") }.sorted {
      $0.compare($1, options: .numeric) == .orderedAscending
    }
    guard !traces.isEmpty else {
      throw TraceError(
        .empty, path: path, "a folder without .tarn files; name a trace, or what a node recorded")
    }
    return traces.map { "\(path)/\($0)" }
  }

  private mutating func read(_ path: String, isFirst: Bool) throws(TraceError) {
    var source = try RequestSource(path: path)
    let schema = source.schema
    try check(schema, path)
    let started = schema.notes.first { $0.name == "started_ns" }.flatMap { UInt64($0.value) }
    guard isFirst || isDated == (started != nil) else {
      throw TraceError(
        .malformed, path: path, "is not of the recording that the files before it are; move it away"
      )
    }
    isDated = started != nil
    var block = TraceBlock()
    while try source.next(into: &block) {
      for index in 0..<block.count {
        if requests.count == settings.limit { return }
        try append(
          block.request(at: index), path, block.firstRecord + UInt64(index), schema, started ?? 0)
      }
    }
    guard let damage = source.damage.first else { return }
    throw TraceError(
      .damaged, path: path, "\(damage); copy it again, or convert it to keep what is whole")
  }

  private func check(_ schema: TraceSchema, _ path: String) throws(TraceError) {
    guard schema.kind == .requests else {
      throw TraceError(
        .notRequests, path: path,
        "holds prompts, not block requests; use kind: inference, or give a trace of requests")
    }
    if settings.wantsTimes, !schema.columns.contains(.time) {
      throw TraceError(
        .notRequests, path: path,
        "tells no times; give clients: N, so that a request comes when one before it is answered")
    }
    if settings.wantsTenants, !schema.columns.contains(.tenant) {
      throw TraceError(
        .notRequests, path: path, "tells no tenants to deal by; use deal: round-robin")
    }
  }

  private mutating func append(
    _ request: TraceRequest, _ path: String, _ record: UInt64, _ schema: TraceSchema,
    _ started: UInt64
  ) throws(TraceError) {
    guard request.operation == .read else {
      writes += 1
      return
    }
    let length = schema.columns.contains(.size) ? request.size : UInt64(settings.blockBytes)
    guard length <= UInt64(settings.blockBytes) else {
      throw TraceError(
        .tooLarge, path: path, at: .record(record),
        "its \(length) bytes are more than a block's \(settings.blockBytes); give the workload a "
          + "larger block, 64MiB at most")
    }
    if settings.wantsTimes {
      try append(time: request.time, path, record, schema, started)
    }
    if settings.wantsTenants { tenants.append(request.tenant) }
    let high = schema.keyBits == 128 ? request.keyHigh : mix64(request.key)
    requests.keys.append(BlockKey(high: high, low: request.key))
    requests.lengths.append(max(1, UInt32(length)))
  }

  private mutating func append(
    time ticks: UInt64, _ path: String, _ record: UInt64, _ schema: TraceSchema, _ started: UInt64
  ) throws(TraceError) {
    let (span, overflow) = ticks.multipliedReportingOverflow(by: schema.nanosecondsPerTick)
    let (time, carry) = span.addingReportingOverflow(started)
    guard !overflow, !carry else {
      throw TraceError(
        .tooLarge, path: path, at: .record(record), "its time \(ticks) is beyond 584 years")
    }
    guard time >= requests.times.last ?? 0 else {
      throw TraceError(
        .unsorted, path: path, at: .record(record),
        "it is earlier than the request before it; sort the requests by time, or give clients: N, "
          + "which goes by their order")
    }
    requests.times.append(time)
  }
}
