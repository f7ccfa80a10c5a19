public import TarnTraceFormat

extension RequestModel {
  /// Writes `requests` requests like the recording's to `path`, whose name says the format: *.tarn,
  /// or *.oracleGeneral.
  ///
  /// - Parameters:
  ///   - sizes: Replaces the recording's sizes.
  ///   - rate: Requests a second; replaces the recording's.
  ///   - source: Names the recording in the trace's notes.
  ///
  /// Throws `.unwritable` if the file cannot be written or does not fit the format.
  public func write(
    path: String, requests: UInt64, seed: UInt64, sizes: SizeModel?, rate: Double?, source: String
  ) throws(TraceError) {
    guard let format = RequestOutput.format(of: path) else {
      throw TraceError(.unwritable, path: path, "name it *.tarn or *.oracleGeneral")
    }
    var notes: [TraceSchema.Note] = [
      .init("generator", "tarn trace generate"),
      .init("like", TraceConversion.oneLine(TraceConversion.fileName(source))),
      .init("seed", "\(seed)"),
    ]
    if let sizes { notes.append(.init("size", sizes.text)) }
    let output = RequestOutput(
      path: path, format: format, requests: requests, idBound: requests,
      rate: rate ?? requestsPerSecond, seed: seed,
      hasSizes: sizes != nil || !self.sizes.isEmpty, notes: notes)
    try output.write {
      LikenessGenerator(model: self, requests: requests, seed: seed, sizes: sizes)
    }
  }

  /// A trace of as many requests as the recording, with its sizes.
  public func twin(seed: UInt64) -> RecordedRequests {
    var generator = LikenessGenerator(model: self, requests: UInt64(requests), seed: seed)
    var batch = RequestBatch()
    var trace = RecordedRequests()
    var left = requests
    while left > 0 {
      let count = min(left, RequestBatch.usualCount)
      generator.fill(&batch, count: count)
      for index in 0..<count {
        trace.append(batch.keys[index], size: batch.sizes.isEmpty ? nil : batch.sizes[index])
      }
      left -= count
    }
    return trace
  }
}
