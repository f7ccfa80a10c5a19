public import TarnTraceFormat

/// The formats that Tarn writes, by the end of the file's name.
public enum TraceTarget: String, Sendable, CaseIterable {
  /// Tarn's own: requests or prompts, everything kept.
  case tarn
  /// libCacheSim's 24-byte records: seconds, key, size, next access.
  case oracleGeneral
  /// time (s), key, size and op, as far as the trace has them.
  case csv
  /// Mooncake JSON Lines, for prompts.
  case jsonl

  /// The format that `path`'s name asks for. Throws `.unknownFormat` with the names that do.
  public init(path: String) throws(TraceError) {
    for target in Self.allCases where path.hasSuffix(".\(target.rawValue)") {
      self = target
      return
    }
    throw TraceError(
      .unknownFormat, path: path,
      "name the output *.tarn (Tarn's format), *.oracleGeneral, *.csv or *.jsonl (Mooncake's)")
  }
}

/// Writes blocks in any of the targets.
struct TargetWriter: ~Copyable {
  private var tarn: TraceWriter?
  private var oracle: OracleGeneralWriter?
  private var text: TextTraceWriter?
  /// Records written: requests or prompts; blocks where a prompt's chain becomes many requests.
  private(set) var records: UInt64 = 0
  private let flattens: Bool

  init(
    _ target: TraceTarget, path: String, schema: TraceSchema, input: String
  ) throws(TraceError) {
    let flattens = schema.kind == .prompts && (target == .oracleGeneral || target == .csv)
    switch target {
    case .tarn: self.init(tarn: try TraceWriter(path: path, schema: schema))
    case .oracleGeneral:
      self.init(
        flattens: flattens,
        oracle: try OracleGeneralWriter(path: path, schema: schema, input: input))
    case .csv, .jsonl:
      if target == .jsonl, schema.kind != .prompts {
        throw TraceError(
          .unknownFormat, path: input,
          "holds block requests, and *.jsonl is for prompts; write *.tarn, *.csv or *.oracleGeneral"
        )
      }
      self.init(
        flattens: flattens,
        text: try TextTraceWriter(
          path: path, schema: schema, isJSON: target == .jsonl, input: input))
    }
  }

  private init(
    flattens: Bool = false, tarn: consuming TraceWriter? = nil,
    oracle: consuming OracleGeneralWriter? = nil,
    text: consuming TextTraceWriter? = nil
  ) {
    self.flattens = flattens
    self.tarn = tarn
    self.oracle = oracle
    self.text = text
  }

  mutating func append(_ block: borrowing TraceBlock) throws(TraceError) {
    try tarn?.append(block)
    try oracle?.append(block)
    try text?.append(block)
    records += UInt64(flattens ? block.chain.count : block.count)
  }

  consuming func finish() throws(TraceError) {
    if let writer = consume tarn { return try writer.finish() }
    if let writer = consume oracle { return try writer.finish() }
    if let writer = consume text { return try writer.finish() }
  }
}
