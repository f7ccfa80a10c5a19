import TarnTraceFormat

/// Writes libCacheSim's oracleGeneral: 24-byte records, see `RecordLayout`.
///
/// A record names the number of the next request for its object, which only the future tells. So
/// records are written with "none", and when a key comes again its last record is patched, many
/// patches at a time. Memory grows with the different keys: 16 bytes each.
struct OracleGeneralWriter: ~Copyable {
  private static let stride = RecordLayout.oracleGeneral.stride
  /// Patches that are collected before the file is touched: 64 MiB of them.
  private static let mostPatches = 1 << 22

  private var file: OutputFile
  private let input: String
  private let tick: UInt64
  private let isPrompts: Bool
  private var sink = ByteSink(capacity: 1 << 20)
  private var lastUse = LastUse()
  private var patches: [(record: UInt64, next: UInt64)] = []
  /// Records so far: for prompts, one for each block of a chain.
  private var count: UInt64 = 0

  init(path: String, schema: TraceSchema, input: String) throws(TraceError) {
    let file = try OutputFile(path: path)
    self.init(file: file, schema: schema, input: input)
  }

  private init(file: consuming OutputFile, schema: TraceSchema, input: String) {
    self.file = file
    self.input = input
    tick = schema.nanosecondsPerTick
    isPrompts = schema.kind == .prompts
  }

  mutating func append(_ block: borrowing TraceBlock) throws(TraceError) {
    sink.removeAll()
    guard isPrompts else {
      for index in 0..<block.count {
        var key = block.keys[index]
        if !block.keysHigh.isEmpty { key ^= RequestTrace.mix(block.keysHigh[index]) }
        try append(
          key, time: block.times.isEmpty ? 0 : block.times[index],
          size: block.sizes.isEmpty ? 1 : block.sizes[index])
      }
      return try file.write(sink.bytes)
    }
    var start = 0
    for index in 0..<block.count {
      let end = start + Int(block.chainLengths[index])
      for key in block.chain[start..<end] { try append(key, time: block.times[index], size: 1) }
      start = end
    }
    try file.write(sink.bytes)
  }

  private mutating func append(
    _ key: UInt64, time: UInt64, size: UInt64
  ) throws(TraceError) {
    let (nanoseconds, overflow) = time.multipliedReportingOverflow(by: tick)
    guard !overflow, let seconds = UInt32(exactly: nanoseconds / 1_000_000_000) else {
      throw TraceError(
        .tooLarge, path: input, at: .record(count),
        "its time does not fit the 32-bit seconds of oracleGeneral; convert with --ignore-time")
    }
    guard let size = UInt32(exactly: size) else {
      throw TraceError(
        .tooLarge, path: input, at: .record(count),
        "its size \(size) is beyond the 32 bits of oracleGeneral; convert with --ignore-size")
    }
    OracleRecord(seconds: seconds, key: key, size: size, next: -1).append(to: &sink)
    if let last = lastUse.replace(key, with: count) {
      // Numbers count from 1.
      patches.append((record: last, next: count + 1))
    }
    count += 1
    if patches.count == Self.mostPatches { try patch() }
  }

  private mutating func patch() throws(TraceError) {
    try file.write(sink.bytes)
    sink.removeAll()
    let patches = patches
    try file.withWrittenBytes { base in
      for (record, next) in patches {
        base.storeBytes(
          of: next.littleEndian, toByteOffset: Int(record) * Self.stride + 16, as: UInt64.self)
      }
    }
    self.patches.removeAll(keepingCapacity: true)
  }

  consuming func finish() throws(TraceError) {
    guard count > 0 else {
      throw TraceError(
        .notRequests, path: input,
        "has prompts without keys, and *.oracleGeneral needs keys; write *.tarn or *.jsonl")
    }
    sink.removeAll()
    try patch()
    try file.finish()
  }
}

/// The number of each key's last request: open addressing, at most five eighths full.
private struct LastUse: ~Copyable {
  private struct Slot {
    var key: UInt64
    /// The request's number and 1; 0: the slot is empty.
    var use: UInt64
  }

  private var slots: UnsafeMutablePointer<Slot>
  private var slotCount = 1 << 12
  private var count = 0

  init() {
    slots = .allocate(capacity: 1 << 12)
    slots.initialize(repeating: Slot(key: 0, use: 0), count: 1 << 12)
  }

  deinit { slots.deallocate() }

  /// Notes that request `number` used `key`; the number of the use before, nil for the first.
  mutating func replace(_ key: UInt64, with number: UInt64) -> UInt64? {
    if count * 8 >= slotCount * 5 { grow() }
    let place = find(key)
    let before = slots[place].use
    if before == 0 { count += 1 }
    slots[place] = Slot(key: key, use: number + 1)
    return before == 0 ? nil : before - 1
  }

  private func find(_ key: UInt64) -> Int {
    let shift = UInt64(64 - slotCount.trailingZeroBitCount)
    var place = Int(
      truncatingIfNeeded: ((key ^ (key &>> 32)) &* 0x9E37_79B9_7F4A_7C15) &>> shift)
    while slots[place].use > 0, slots[place].key != key {
      place = (place &+ 1) & (slotCount &- 1)
    }
    return place
  }

  private mutating func grow() {
    let old = slots
    let oldCount = slotCount
    slotCount *= 2
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: Slot(key: 0, use: 0), count: slotCount)
    for place in 0..<oldCount where old[place].use > 0 { slots[find(old[place].key)] = old[place] }
    old.deallocate()
  }
}
