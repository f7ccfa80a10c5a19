import TarnTraceFormat

/// Tells a trace's format by its content, and by its name where the content fits several.
///
/// Nothing is guessed: where neither decides, the error lists the formats that fit.
struct TraceDetection {
  private let path: String
  private let sample: TraceSample

  init(path: String) throws(TraceError) {
    self.path = path
    sample = try TraceSample(path: path)
  }

  func format() throws(TraceError) -> TraceFormat {
    guard !sample.bytes.isEmpty else { throw TraceError(.empty, path: path, "is an empty file") }
    if sample.bytes.starts(with: TraceHeader.magic) { return .tarn }
    if sample.isBinary { return try binary() }
    // One document a line may be longer than the sample.
    let start = sample.bytes.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    if start == UInt8(ascii: "{") {
      let document = sample.bytes.drop { $0 != start }
      return try json(String(decoding: document, as: UTF8.self).prefix { !$0.isNewline })
    }
    let lines = sample.texts(most: 200)
    guard let first = lines.first else {
      throw sample.isCut
        ? TraceError(.unknownFormat, path: path, "begins with a line of over 256 KiB; \(cure)")
        : TraceError(.empty, path: path, "holds only blank lines")
    }
    if first.hasPrefix("[") {
      throw NonTrace.refusal(of: path, because: NonTrace.events)
    }
    if first.contains(where: { $0 == "," || $0 == ";" }) { return try delimited(lines) }
    return try words(lines)
  }

  private var cure: String { "say what it is with --format NAME (tarn trace formats lists them)" }

  // MARK: Binary

  private func binary() throws(TraceError) -> TraceFormat {
    let bytes = sample.bytes
    if bytes.count >= 8, word(0) == RecordLayout.lcsMagic { return .lcs }
    // A trace whose first bytes are damaged is still known by its last.
    if try ByteStream(path: path).compression == .none,
      try BlockSource(path: path).footer() != nil
    {
      return .tarn
    }
    let isNamed = path.contains(".oracleGeneral")
    if looksLikeRecords() || isNamed { return .oracleGeneral }
    throw TraceError(
      .unknownFormat, path: path,
      "is binary, but neither a trace in Tarn's format nor lcs, and its 24-byte records do not look "
        + "like oracleGeneral; \(cure)")
  }

  /// Whether times rise slowly and next accesses lie ahead, and those within the sample name the
  /// same object.
  private func looksLikeRecords() -> Bool {
    let stride = RecordLayout.oracleGeneral.stride
    let count = sample.bytes.count / stride
    guard count > 0 else { return false }
    var lastTime: UInt64 = 0
    for index in 0..<min(count, 2000) {
      let start = index * stride
      let time = word(start) & 0xFFFF_FFFF
      guard time >= lastTime || index == 0 else { return false }
      lastTime = time
      let next = Int64(bitPattern: word(start + 16))
      if next == -1 || next == .max { continue }
      // Counted from 1 by libCacheSim, from 0 by others.
      guard next > Int64(index), next < 1 << 48 else { return false }
      let id = word(start + 4)
      let candidates = [Int(next) - 1, Int(next)].filter { $0 > index && $0 < count }
      if candidates.count == 2, !candidates.contains(where: { word($0 * stride + 4) == id }) {
        return false
      }
    }
    return true
  }

  private func word(_ offset: Int) -> UInt64 {
    sample.bytes.withUnsafeBytes {
      UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
  }

  // MARK: JSON

  private func json(_ first: Substring) throws(TraceError) -> TraceFormat {
    func has(_ name: String) -> Bool { first.contains("\"\(name)\"") }
    if has("hash_id_scope") && has("requests") { return .agentic }
    if has("campaign") && has("hash_ids") { return .lmcache }
    if has("hash_ids") || has("timestamp") { return .mooncake }
    if let reason = NonTrace.reason(json: has) { throw NonTrace.refusal(of: path, because: reason) }
    throw TraceError(
      .unknownFormat, path: path,
      "is JSON, but no prompts: a line needs timestamp, input_length, output_length and hash_ids")
  }

  // MARK: Delimited text

  private func delimited(_ lines: [String]) throws(TraceError) -> TraceFormat {
    let first = Array(lines[0].utf8)
    let delimiter = ColumnLayout.delimiter(of: first[...])
    let titles = first.withUnsafeBytes { DelimitedLine.texts($0, delimiter: delimiter) } ?? []
    if let format = Self.formats[titles] { return format }
    if let reason = NonTrace.reason(titles: titles) {
      throw NonTrace.refusal(of: path, because: reason)
    }
    if looksLikeTwitter(titles) { return .twitter }
    return .csv
  }

  /// Formats by their titles.
  private static let formats: [[String]: TraceFormat] = [
    ["version", "time", "op", "size", "lbn"]: .cloudPhysics,
    ["TIMESTAMP", "ContextTokens", "GeneratedTokens"]: .azureLLM,
    ["ts_us", "dur_us", "worker", "op", "file", "bytes_or_epoch"]: .dftracer,
    [
      "predict_type", "exec_time_seconds", "style_type", "prompt_length", "negative_prompt_length",
      "num_images_per_prompt", "num_inference_steps", "checkpoint_model_version_id", "lora_args",
    ]: .genai,
    [
      "gmt_create", "predict_type", "predict_status", "exec_time_seconds", "groupId",
      "prompt_length", "negative_prompt_length", "num_images_per_prompt", "num_inference_steps",
      "checkpoint_model_version_id", "num_lora",
    ]: .genaiTimed,
    [
      "op_time", "block_id", "block_id_size", "io_size", "io_offset", "user_name",
      "user_namespace", "op_name", "op_count", "host_name", "rs_shard_id",
    ]: .metaBlocks,
  ]

  /// Seven columns, numbers in all but the key and the operation, which is one of memcached's.
  private func looksLikeTwitter(_ columns: [String]) -> Bool {
    guard columns.count >= 7, UInt64(columns[0]) != nil else { return false }
    let tail = columns.suffix(5)
    let operation = Array(tail)[3]
    let numbers = [tail[tail.startIndex], tail[tail.startIndex + 1], tail[tail.startIndex + 4]]
    return numbers.allSatisfy { UInt64($0) != nil }
      && [
        "get", "gets", "set", "add", "replace", "cas", "append", "prepend", "delete", "incr",
        "decr",
      ].contains(operation)
  }

  // MARK: Words between blanks

  private func words(_ lines: [String]) throws(TraceError) -> TraceFormat {
    let rows = lines.map { $0.split(whereSeparator: { $0 == " " || $0 == "\t" }) }
    let width = rows[0].count
    let isLIRS = rows.contains { $0 == ["*"] }
    guard rows.allSatisfy({ $0.count == width || $0 == ["*"] }) else {
      throw TraceError(
        .unknownFormat, path: path,
        "has lines of different numbers of words, so it is none of the text formats; \(cure)")
    }
    switch width {
    case 1 where isTitled(rows): return .csv
    case 1: return isLIRS || path.contains(".trace") ? .lirs(if: rows) : .keys
    case 2...4: break
    default:
      throw TraceError(
        .unknownFormat, path: path,
        "has \(width) words a line, which no format but csv has: use --format csv --key-column N")
    }
    let numbers = rows.map { $0.map { UInt64($0) } }
    guard numbers.allSatisfy({ $0.allSatisfy { $0 != nil } }) else { return .csv }
    let table = numbers.map { $0.compactMap { $0 } }
    if width == 2 { return .keySize }
    if width == 4 {
      let counts = zip(table, table.dropFirst()).allSatisfy { $0[3] <= $1[3] }
      if path.contains(".lis") || (counts && table.allSatisfy { $0[1] > 0 && $0[2] == 0 }) {
        return .arc
      }
      throw ambiguous([.arc, .csv], "four numbers")
    }
    if zip(table, table.dropFirst()).allSatisfy({ $0[0] &+ 1 == $1[0] }), table.count > 1 {
      return .adaptSize
    }
    throw ambiguous([.adaptSize, .csv], "three numbers")
  }

  /// Whether a word stands over numbers: a table of one column with its title.
  private func isTitled(_ rows: [[Substring]]) -> Bool {
    rows.count > 1 && ColumnLayout.isHeader([String(rows[0][0])]) && rows[0] != ["*"]
      && rows.dropFirst().allSatisfy { Int64($0[0]) != nil || UInt64($0[0]) != nil }
  }

  private func ambiguous(_ formats: [TraceFormat], _ what: String) -> TraceError {
    let names = formats.map { "--format \($0.rawValue)" }.joined(separator: " or ")
    return TraceError(
      .unknownFormat, path: path,
      "has \(what) a line, which may be several formats: say \(names) (csv needs --no-header and "
        + "--key-column NUMBER)")
  }
}

extension TraceFormat {
  /// LIRS where all keys are numbers, plain keys otherwise.
  fileprivate static func lirs(if rows: [[Substring]]) -> TraceFormat {
    rows.allSatisfy { $0 == ["*"] || UInt64($0[0]) != nil } ? .lirs : .keys
  }
}
