import TarnSettings
public import TarnTraceFormat

/// The formats that Tarn reads. Which one a file has is told by its content, see
/// `TraceDetection`, or by the caller.
public enum TraceFormat: String, Sendable, CaseIterable {
  /// Tarn's own, see traces/FORMAT.md.
  case tarn
  /// Mooncake JSON Lines.
  case mooncake
  /// 24-byte records of libCacheSim: time, id, size, next access.
  case oracleGeneral = "oracle-general"
  /// libCacheSim's own trace format, versions 1 to 8.
  case lcs
  /// Delimited text whose columns are named, by its first line or by the caller.
  case csv
  /// One key a line.
  case keys
  /// Key and size a line.
  case keySize = "key-size"
  /// Ranges of blocks of the ARC paper: start, count, ignored, request number.
  case arc
  /// One key a line; "*" and blank lines are no requests.
  case lirs
  /// One signed decimal key a line.
  case cache2k
  /// Request number, key and size a line.
  case adaptSize = "adaptsize"
  /// The seven columns, without a header, of Twitter's public cache traces.
  case twitter
  /// Disk I/O of CloudPhysics: version, time, op, size, lbn.
  case cloudPhysics = "cloudphysics"
  /// Meta's samples of block storage.
  case metaBlocks = "meta-blocks"
  /// Coding-assistant conversations, one a line, with local block ids.
  case agentic
  /// Agent calls with block ids, recorded for LMCache.
  case lmcache
  /// Arrivals and lengths of prompts, without keys, of the Azure public data set.
  case azureLLM = "azure-llm"
  /// A training job's file operations, flattened from a DFTracer recording.
  case dftracer
  /// Base models and LoRA adapters of Alibaba's GenAI requests.
  case genai
  /// Base models of Alibaba's other sample of GenAI requests, with times.
  case genaiTimed = "genai-timed"

  /// A line on what the format is, for lists.
  public var summary: String {
    switch self {
    case .tarn: "Tarn's own columns, see traces/FORMAT.md"
    case .mooncake: "Mooncake JSON Lines: prompts with chains of 512-token blocks"
    case .oracleGeneral: "libCacheSim's oracleGeneral: 24-byte records"
    case .lcs: "libCacheSim's lcs, versions 1 to 8"
    case .csv: "text with named columns, see --key-column"
    case .keys: "one key a line, number or text"
    case .keySize: "key and size a line"
    case .arc: "ARC paper: start, count, ignored, request number a line"
    case .lirs: "LIRS paper: one key a line, \"*\" lines are stepped over"
    case .cache2k: "one signed decimal key a line"
    case .adaptSize: "AdaptSize: request number, key, size a line"
    case .twitter: "Twitter cache-trace: seven columns without a header"
    case .cloudPhysics: "CloudPhysics disk I/O: version, time, op, size, lbn"
    case .metaBlocks: "Meta block storage samples: key is the block's id"
    case .agentic: "coding-assistant conversations as JSON Lines"
    case .lmcache: "LMCache agent calls as JSON Lines: 16-token blocks"
    case .azureLLM: "Azure LLM inference: arrivals and lengths, without keys"
    case .dftracer: "DFTracer file operations: key is file and offset"
    case .genai: "Alibaba GenAI: base model, then each LoRA adapter"
    case .genaiTimed: "Alibaba GenAI: base models with times"
    }
  }

  /// The format with this name. Throws `.unknownFormat` with the nearest right name.
  public init(named name: String, path: String) throws(TraceError) {
    func folded(_ name: String) -> String {
      name.lowercased().filter { $0 != "-" && $0 != "_" }
    }
    for format in Self.allCases where folded(format.rawValue) == folded(name) {
      self = format
      return
    }
    let hint = suggestion(for: name, among: Self.allCases.map(\.rawValue))
    throw TraceError(
      .unknownFormat, path: path, "no format is named \(name); \(hint) for --format")
  }

  /// The format of the file at `path`, by its content and, where that leaves a doubt, its name.
  ///
  /// Throws `.empty` for a file without content, `.notRequests` for one that is known to be
  /// something else, `.unknownFormat` for the rest.
  public static func detect(path: String) throws(TraceError) -> TraceFormat {
    try TraceDetection(path: path).format()
  }
}
