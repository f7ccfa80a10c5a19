/// What opening a trace finds out: schema and index, from the front or else from the back.
struct TraceOpening {
  let source: BlockSource
  let schema: TraceSchema
  let index: TraceIndex?
  let firstBlockOffset: UInt64
  private(set) var damage: [TraceDamage] = []

  init(path: String, strict: Bool) throws(TraceError) {
    source = try BlockSource(path: path)
    let footer = try source.footer()
    index = footer?.index
    switch try source.header() {
    case .success(let (found, length)):
      schema = found
      firstBlockOffset = UInt64(length)
    case .failure(let fault):
      schema = try Self.copiedSchema(footer?.schema, instead: fault, path: path)
      firstBlockOffset = footer?.index.entries.first?.offset ?? 0
      note(0, "the header is corrupt (its copy behind the blocks was used)")
    }
    if footer == nil {
      note(
        source.length,
        "the file does not end with an index; it is truncated, or still being written")
    }
    if strict, let first = damage.first { throw first.refusal(path: path) }
  }

  private mutating func note(_ offset: UInt64, _ problem: String) {
    damage.append(
      TraceDamage(offset: offset, problem: problem, lostRecords: 0..<0, reachesEnd: false))
  }

  private static func copiedSchema(
    _ copy: TraceSchema?, instead fault: TraceHeader.Fault, path: String
  ) throws(TraceError) -> TraceSchema {
    if case .version(let problem) = fault {
      throw TraceError(.version, path: path, problem + "; use a newer one")
    }
    if let copy { return copy }
    if case .damaged(let problem) = fault {
      throw TraceError(
        .damaged, path: path, at: .byte(0),
        "\(problem), and the copy behind the blocks is lost too; copy the file again")
    }
    throw TraceError(.unknownFormat, path: path, "does not begin as a trace in Tarn's format does")
  }
}
