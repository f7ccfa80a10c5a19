public import TarnTraceFormat

/// A file of requests to be written: Tarn's format or oracleGeneral, by its name.
///
/// Streams: Tarn's format takes memory for one block. oracleGeneral names each request's next one,
/// so the requests are made twice, and memory holds 4 bytes for each of them and for each id.
struct RequestOutput {
  /// The formats.
  enum Format: Equatable {
    case tarn
    case oracleGeneral
  }

  let path: String
  let format: Format
  var requests: UInt64
  /// All ids are below this.
  var idBound: UInt64
  /// Requests a second; nil for no times.
  var rate: Double?
  var seed: UInt64
  var hasSizes: Bool
  var notes: [TraceSchema.Note]

  /// The format that `path` names; nil if none.
  static func format(of path: String) -> Format? {
    if path.hasSuffix(".tarn") { return .tarn }
    let names = [".oracleGeneral", ".oracleGeneral.bin"]
    return names.contains { path.hasSuffix($0) } ? .oracleGeneral : nil
  }

  /// Writes what the sources that `make` makes give; all of them give the same.
  func write<Source: RequestStream & ~Copyable>(_ make: () -> Source) throws(TraceError) {
    switch format {
    case .tarn:
      var source = make()
      try writeTarn(&source)
    case .oracleGeneral: try writeOracle(make)
    }
  }

  private func writeTarn<Source: RequestStream & ~Copyable>(
    _ source: inout Source
  ) throws(TraceError) {
    var columns: Set<TraceColumn> = []
    if rate != nil { columns.insert(.time) }
    if hasSizes { columns.insert(.size) }
    var writer = try TraceWriter(path: path, schema: .requests(columns, notes: notes))
    var clock = rate.map { ArrivalClock(rate: $0, seed: seed) }
    var batch = RequestBatch()
    var left = requests
    while left > 0 {
      let count = Int(min(left, UInt64(RequestBatch.usualCount)))
      source.fill(&batch, count: count)
      for index in 0..<count {
        try writer.append(
          TraceRequest(
            time: clock?.next() ?? 0, key: batch.keys[index],
            size: hasSizes ? UInt64(batch.sizes[index]) : 0))
      }
      left -= UInt64(count)
    }
    try writer.finish()
  }

  /// Records of 24 bytes, little-endian: time (s, 4 bytes), id (8), size (4), and the number of the
  /// next request for the same id, from 1, or -1 (8): Yang et al., libCacheSim's documentation of
  /// its trace formats. Without sizes each is 1, without times each is 0.
  private func writeOracle<Source: RequestStream & ~Copyable>(
    _ make: () -> Source
  ) throws(TraceError) {
    let nextRequest = try findNextRequests(make)
    var source = make()
    var file = try OutputFile(path: path)
    var sink = ByteSink(capacity: RequestBatch.usualCount * 24)
    var clock = rate.map { ArrivalClock(rate: $0, seed: seed) }
    var batch = RequestBatch()
    var done = 0
    while done < Int(requests) {
      let count = min(Int(requests) - done, RequestBatch.usualCount)
      source.fill(&batch, count: count)
      sink.removeAll()
      for index in 0..<count {
        let next = nextRequest[done + index]
        let record = OracleRecord(
          seconds: UInt32((clock?.next() ?? 0) / 1_000_000_000), key: batch.keys[index],
          size: hasSizes ? batch.sizes[index] : 1, next: next == .max ? -1 : Int64(next) + 1)
        record.append(to: &sink)
      }
      try file.write(sink.bytes)
      done += count
    }
    try file.finish()
  }

  private static let mostOracleRequests: UInt64 = 1 << 30
  private static let mostOracleIDs: UInt64 = 1 << 30

  private func findNextRequests<Source: RequestStream & ~Copyable>(
    _ make: () -> Source
  ) throws(TraceError) -> [UInt32] {
    guard requests <= Self.mostOracleRequests, idBound <= Self.mostOracleIDs else {
      throw TraceError(
        .unwritable, path: path,
        "oracleGeneral names each request's next one, so that \(requests) requests for "
          + "\(idBound) ids would not fit in memory; at most 2^30 of each do: write *.tarn instead")
    }
    var next = [UInt32](repeating: .max, count: Int(requests))
    var last = [UInt32](repeating: .max, count: Int(idBound))
    var source = make()
    var batch = RequestBatch()
    var done = 0
    while done < next.count {
      let count = min(next.count - done, RequestBatch.usualCount)
      source.fill(&batch, count: count)
      for (index, key) in batch.keys.enumerated() {
        let before = last[Int(key)]
        if before != .max { next[Int(before)] = UInt32(done + index) }
        last[Int(key)] = UInt32(done + index)
      }
      done += count
    }
    return next
  }
}

extension RequestRecipe {
  /// Writes the trace to `path`, whose name says the format: *.tarn, or *.oracleGeneral.
  ///
  /// Throws `.unwritable` if the file cannot be written or does not fit the format. The recipe must
  /// be without fault.
  public func write(path: String) throws(TraceError) {
    precondition(fault == nil, "the recipe was checked")
    guard let format = RequestOutput.format(of: path) else {
      throw TraceError(.unwritable, path: path, "name it *.tarn or *.oracleGeneral")
    }
    let output = RequestOutput(
      path: path, format: format, requests: requests, idBound: idBound, rate: rate, seed: seed,
      hasSizes: sizes != nil, notes: notes)
    try output.write { RequestGenerator(self) }
  }

  /// The recipe, so that a trace says how it was made.
  private var notes: [TraceSchema.Note] {
    let population: String =
      switch pattern {
      case .zipf(let exponent): "zipf \(exponent)"
      case .uniform: "uniform"
      case .loop: "loop"
      case .epochs(let epochs): "epochs \(epochs)"
      case .lruStack(let distances): "reuse \(distances.text)"
      }
    var notes: [TraceSchema.Note] = [
      .init("generator", "tarn trace generate"), .init("model", population),
      .init("objects", "\(objects)"), .init("seed", "\(seed)"),
    ]
    if scanShare > 0 { notes.append(.init("scans", "\(scanShare) in runs of \(scanLength)")) }
    if oneHitShare > 0 { notes.append(.init("one-hit", "\(oneHitShare)")) }
    if let drift { notes.append(.init("drift", "\(drift)")) }
    if keepsRanks { notes.append(.init("ids", "ranks")) }
    if let sizes { notes.append(.init("size", sizes.text)) }
    if let rate { notes.append(.init("rate", "\(rate)")) }
    return notes
  }

  /// All ids are below this: the population's and the fresh ones.
  private var idBound: UInt64 {
    let scans = scanShare > 0 ? scanLength : 0
    return objects + (scanShare + oneHitShare > 0 ? requests + scans : 0)
  }
}
