public import TarnTraceFormat

extension RequestTrace {
  /// Reads the trace at `path`, of any format, into memory.
  ///
  /// `progress` is called now and then with the requests read so far. A trace in Tarn's format must
  /// be whole. Throws what `RequestSource` throws, and
  /// - `.empty` if there is no request,
  /// - `.notRequests` if its prompts have no keys (Azure's),
  /// - `.tooLarge` for a size beyond 2^32 - 1, with the record's number.
  public static func load(
    path: String, options: TraceReadOptions = TraceReadOptions(),
    progress: (UInt64) -> Void = { _ in }
  ) throws(TraceError) -> RequestTrace {
    var options = options
    options.strict = true
    // Times that nobody wants are still checked: out of order they hint at a damaged trace.
    var source = try RequestSource(path: path, options: options)
    var columns = LoadedColumns(source.schema, path: path, options: options)
    columns.reserve(source.recordCount)
    var block = TraceBlock()
    while try source.next(into: &block) {
      try columns.append(block)
      progress(UInt64(columns.keys.count))
    }
    guard columns.records > 0 else { throw TraceError(.empty, path: path, "holds no request") }
    if source.schema.kind == .prompts, columns.keys.isEmpty {
      throw TraceError(
        .notRequests, path: path,
        "has prompts' arrivals and lengths but no keys, so nothing tells which of them share "
          + "blocks, and it cannot be replayed; use it as an arrival process")
    }
    return columns.trace(name: TraceConversion.fileName(path))
  }
}

/// The columns of a trace as they grow.
private struct LoadedColumns {
  private(set) var keys: [UInt64] = []
  private(set) var records: UInt64 = 0
  private var sizes: [UInt32] = []
  private var times: [UInt64] = []
  private var promptStarts: [Int] = []
  private let path: String
  private let tick: UInt64
  private let tokensPerBlock: UInt32
  private let isPrompts: Bool
  private let hasSizes: Bool
  private let wantsTimes: Bool

  init(_ schema: TraceSchema, path: String, options: TraceReadOptions) {
    self.path = path
    tick = schema.nanosecondsPerTick
    tokensPerBlock = schema.tokensPerBlock
    isPrompts = schema.kind == .prompts
    hasSizes = schema.columns.contains(.size) && !options.ignoreSizes
    wantsTimes = schema.columns.contains(.time) && options.wantsTimes && !options.ignoreTimes
    if isPrompts { promptStarts = [0] }
  }

  /// Makes room for `count` records; a count that a damaged file claims is not believed at will.
  mutating func reserve(_ count: UInt64?) {
    guard let count, !isPrompts, count <= 1 << 32 else { return }
    keys.reserveCapacity(Int(count))
    if hasSizes { sizes.reserveCapacity(Int(count)) }
    if wantsTimes { times.reserveCapacity(Int(count)) }
  }

  mutating func append(_ block: borrowing TraceBlock) throws(TraceError) {
    if isPrompts { try append(prompts: block) } else { try append(requests: block) }
    records += UInt64(block.count)
  }

  private mutating func append(requests block: borrowing TraceBlock) throws(TraceError) {
    if block.keysHigh.isEmpty {
      keys.append(contentsOf: block.keys)
    } else {
      for (low, high) in zip(block.keys, block.keysHigh) {
        keys.append(low ^ RequestTrace.mix(high))
      }
    }
    if hasSizes { try append(sizes: block.sizes) }
    if wantsTimes { for time in block.times { times.append(try nanoseconds(time)) } }
  }

  private mutating func append(sizes found: [UInt64]) throws(TraceError) {
    var all: UInt64 = 0
    for size in found { all |= size }
    if all > UInt32.max, let index = found.firstIndex(where: { $0 > UInt32.max }) {
      throw TraceError(
        .tooLarge, path: path, at: .record(records + UInt64(index)),
        "its size \(found[index]) is beyond 2^32 - 1 bytes; replay with --ignore-size, or split it")
    }
    let start = sizes.count
    sizes.append(contentsOf: repeatElement(0, count: found.count))
    sizes.withUnsafeMutableBufferPointer { target in
      for index in found.indices {
        target[start &+ index] = max(1, UInt32(truncatingIfNeeded: found[index]))
      }
    }
  }

  private mutating func append(prompts block: borrowing TraceBlock) throws(TraceError) {
    keys.append(contentsOf: block.chain)
    for index in 0..<block.count {
      let length = Int(block.chainLengths[index])
      promptStarts.append((promptStarts.last ?? 0) + length)
      guard wantsTimes else { continue }
      let time = try nanoseconds(block.times[index])
      times.append(contentsOf: repeatElement(time, count: length))
    }
  }

  private func nanoseconds(_ ticks: UInt64) throws(TraceError) -> UInt64 {
    let (time, overflow) = ticks.multipliedReportingOverflow(by: tick)
    guard !overflow else {
      throw TraceError(
        .malformed, path: path, at: .record(records), "its time is beyond 2^64 nanoseconds")
    }
    return time
  }

  consuming func trace(name: String) -> RequestTrace {
    RequestTrace(
      name: name, keys: keys, sizes: sizes, times: times, promptStarts: promptStarts,
      tokensPerBlock: tokensPerBlock)
  }
}
