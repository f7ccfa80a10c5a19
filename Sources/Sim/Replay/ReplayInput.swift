public import TarnTraceFormat

/// What a replay runs over: requests in memory, a mapped file of records, or a file read anew for each
/// cell because it does not fit.
public enum ReplayInput: Sendable {
  case loaded(RequestTrace)
  case mapped(SharedMap, name: String)
  case streamed(path: String, options: TraceReadOptions, size: StreamSize)

  /// What one pass over a streamed trace has found.
  public struct StreamSize: Sendable {
    public var requests: UInt64
    public var footprint: (objects: UInt64, bytes: UInt64)
    public var hasSizes: Bool
  }

  /// Opens the trace at `path`: an uncompressed oracleGeneral file is mapped, any other is loaded if
  /// it takes at most `memoryLimit` bytes, and else streamed.
  ///
  /// `wantsColumns` is for replays that need the whole trace at once (prefix mode, offline bounds,
  /// interning): then it is always loaded.
  public static func open(
    path: String, options: TraceReadOptions, wantsColumns: Bool, memoryLimit: UInt64,
    progress: (UInt64) -> Void
  ) throws(TraceError) -> ReplayInput {
    let format = if let named = options.format { named } else { try TraceFormat.detect(path: path) }
    if format == .oracleGeneral, !wantsColumns, try ByteStream(path: path).compression == .none {
      let map = SharedMap(try MappedRequests(path: path))
      if !options.ignoreTimes { try map.checkOrder(path) }
      return .mapped(map, name: TraceConversion.fileName(path))
    }
    if !wantsColumns, let count = try RequestSource(path: path, options: options).recordCount,
      count > memoryLimit / 12
    {
      return .streamed(
        path: path, options: options, size: try measure(path, options, progress: progress))
    }
    return .loaded(try RequestTrace.load(path: path, options: options, progress: progress))
  }

  private static func measure(
    _ path: String, _ options: TraceReadOptions, progress: (UInt64) -> Void
  ) throws(TraceError) -> StreamSize {
    var source = try RequestSource(path: path, options: options)
    var keys = KeySet()
    var bytes: UInt64 = 0
    var count: UInt64 = 0
    let hasSizes = source.schema.columns.contains(.size) && !options.ignoreSizes
    var block = TraceBlock()
    var chunk = RequestChunk(path: path)
    while try source.next(into: &block) {
      try chunk.fill(block, isSized: hasSizes)
      chunk.keys.withUnsafeBufferPointer { buffer in
        keys.insert(buffer) { bytes &+= hasSizes ? UInt64(chunk.lengths[$0]) : 1 }
      }
      count += UInt64(chunk.keys.count)
      progress(count)
    }
    guard count > 0 else { throw TraceError(.empty, path: path, "holds no request") }
    return StreamSize(
      requests: count, footprint: (UInt64(keys.count), bytes), hasSizes: hasSizes)
  }

  /// The trace's name.
  public var name: String {
    switch self {
    case .loaded(let trace): trace.name
    case .mapped(_, let name): name
    case .streamed(let path, _, _): TraceConversion.fileName(path)
    }
  }

  /// Requests in it.
  public var count: UInt64 {
    switch self {
    case .loaded(let trace): UInt64(trace.count)
    case .mapped(let map, _): UInt64(map.records.count)
    case .streamed(_, _, let size): size.requests
    }
  }

  /// Whether it tells sizes.
  public var hasSizes: Bool {
    switch self {
    case .loaded(let trace): !trace.sizes.isEmpty
    case .mapped: true
    case .streamed(_, _, let size): size.hasSizes
    }
  }

  /// Different objects and the sum of the sizes first seen. One pass where it is not known yet.
  public func footprint() -> (objects: UInt64, bytes: UInt64) {
    switch self {
    case .loaded(let trace): return trace.footprint()
    case .streamed(_, _, let size): return size.footprint
    case .mapped(let map, _):
      return map.footprint()
    }
  }
}

/// A mapped trace that several threads read.
public final class SharedMap: Sendable {
  let records: MappedRequests
  init(_ records: consuming MappedRequests) { self.records = records }

  /// Throws `.unsorted` at the first record that is earlier than the one before it.
  func checkOrder(_ path: String) throws(TraceError) {
    var last: UInt32 = 0
    for index in 0..<records.count {
      let seconds = records.seconds(index)
      guard seconds >= last else {
        throw TraceError(
          .unsorted, path: path, at: .record(UInt64(index)),
          "its time \(seconds) is before its predecessor's \(last); sort the requests by time, or "
            + "read it with --ignore-time")
      }
      last = seconds
    }
  }

  func footprint() -> (objects: UInt64, bytes: UInt64) {
    var keys = KeySet()
    var bytes: UInt64 = 0
    let step = 1 << 16
    var chunk: [UInt64] = []
    for start in stride(from: 0, to: records.count, by: step) {
      chunk.removeAll(keepingCapacity: true)
      for index in start..<min(start + step, records.count) { chunk.append(records.key(index)) }
      chunk.withUnsafeBufferPointer { buffer in
        keys.insert(buffer) { bytes &+= UInt64(max(1, records.size(start + $0))) }
      }
    }
    return (UInt64(keys.count), bytes)
  }
}

/// A `TraceBlock`'s requests as a shadow cache wants them: folded keys, chains flattened, 32-bit
/// lengths.
struct RequestChunk {
  private(set) var keys: [UInt64] = []
  private(set) var lengths: [UInt32] = []
  private let path: String

  init(path: String) { self.path = path }

  mutating func fill(_ block: borrowing TraceBlock, isSized: Bool) throws(TraceError) {
    keys.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    if !block.chain.isEmpty {
      keys.append(contentsOf: block.chain)
    } else if block.keysHigh.isEmpty {
      keys.append(contentsOf: block.keys)
    } else {
      for (low, high) in zip(block.keys, block.keysHigh) {
        keys.append(low ^ RequestTrace.mix(high))
      }
    }
    guard isSized else { return }
    for (index, size) in block.sizes.enumerated() {
      guard let length = UInt32(exactly: size) else {
        throw TraceError(
          .tooLarge, path: path, at: .record(block.firstRecord + UInt64(index)),
          "its size \(size) is beyond 2^32 - 1 bytes; replay with --ignore-size, or split it")
      }
      lengths.append(max(1, length))
    }
  }
}
