public import TarnTraceFormat

/// Writes a trace as text: CSV with named columns, or Mooncake JSON Lines.
///
/// CSV has time (s, exact), key, size (bytes) and op (read, write, delete), as far as the trace
/// does; the blocks of a prompt become one line each. 128-bit keys are folded to 64 bits, as for a
/// replay. JSON Lines round times down to milliseconds.
struct TextTraceWriter: ~Copyable {
  private var file: OutputFile
  private let input: String
  private let schema: TraceSchema
  private let isJSON: Bool
  private var sink = ByteSink(capacity: 1 << 20)
  private var lines: UInt64 = 0

  init(path: String, schema: TraceSchema, isJSON: Bool, input: String) throws(TraceError) {
    let file = try OutputFile(path: path)
    self.init(file: file, schema: schema, isJSON: isJSON, input: input)
    if !isJSON { writeTitles() }
  }

  private init(file: consuming OutputFile, schema: TraceSchema, isJSON: Bool, input: String) {
    self.file = file
    self.schema = schema
    self.isJSON = isJSON
    self.input = input
  }

  private mutating func writeTitles() {
    var titles: [String] = []
    if schema.columns.contains(.time) { titles.append("time") }
    titles.append("key")
    if schema.columns.contains(.size) { titles.append("size") }
    if schema.columns.contains(.operation) { titles.append("op") }
    write(titles.joined(separator: ","))
    write("\n")
  }

  mutating func append(_ block: borrowing TraceBlock) throws(TraceError) {
    if isJSON {
      appendPrompts(block)
    } else if schema.kind == .prompts {
      appendChains(block)
    } else {
      appendRequests(block)
    }
    try file.write(sink.bytes)
    sink.removeAll()
  }

  consuming func finish() throws(TraceError) {
    guard lines > 0 else {
      throw TraceError(
        .notRequests, path: input,
        "has prompts without keys, and *.csv needs keys; write *.tarn or *.jsonl")
    }
    try file.finish()
  }

  private mutating func appendRequests(_ block: borrowing TraceBlock) {
    for index in 0..<block.count {
      if !block.times.isEmpty { writeSeconds(block.times[index]) }
      let high = block.keysHigh.isEmpty ? 0 : RequestTrace.mix(block.keysHigh[index])
      write(block.keys[index] ^ high)
      if !block.sizes.isEmpty {
        write(",")
        write(block.sizes[index])
      }
      if !block.operations.isEmpty {
        switch block.operations[index] {
        case 0: write(",read")
        case 1: write(",write")
        case 2: write(",delete")
        case let other: write(",\(other)")
        }
      }
      write("\n")
      lines += 1
    }
  }

  private mutating func appendChains(_ block: borrowing TraceBlock) {
    var start = 0
    for index in 0..<block.count {
      let end = start + Int(block.chainLengths[index])
      for key in block.chain[start..<end] {
        writeSeconds(block.times[index])
        write(key)
        write("\n")
        lines += 1
      }
      start = end
    }
  }

  private mutating func appendPrompts(_ block: borrowing TraceBlock) {
    var start = 0
    for index in 0..<block.count {
      let end = start + Int(block.chainLengths[index])
      let time = block.times[index].multipliedFullWidth(by: schema.nanosecondsPerTick)
      write("{\"timestamp\": ")
      // A time beyond 2^64 ns is 585 years from the start.
      write(time.high == 0 ? time.low / 1_000_000 : .max / 1_000_000)
      write(", \"input_length\": ")
      write(block.inputTokens[index])
      write(", \"output_length\": ")
      write(block.outputTokens[index])
      write(", \"hash_ids\": [")
      for position in start..<end {
        if position > start { write(", ") }
        write(block.chain[position])
      }
      write("]}\n")
      lines += 1
      start = end
    }
  }

  /// Ticks as decimal seconds and a comma, without a fraction where a tick is whole seconds.
  private mutating func writeSeconds(_ ticks: UInt64) {
    let tick = schema.nanosecondsPerTick
    let billion: UInt64 = 1_000_000_000
    let time = ticks.multipliedFullWidth(by: tick)
    let (seconds, nanoseconds) = billion.dividingFullWidth((time.high % billion, time.low))
    write(seconds)
    if tick % billion != 0 {
      write(".")
      var weight = billion / 10
      while weight > nanoseconds, weight > 1 {
        write("0")
        weight /= 10
      }
      write(nanoseconds)
    }
    write(",")
  }

  private mutating func write(_ text: String) {
    var text = text
    text.withUTF8 { sink.append(UnsafeRawBufferPointer($0)) }
  }

  private mutating func write(_ value: UInt64) {
    sink.append(upTo: 20) { room in
      var digits = 1
      var rest = value
      while rest >= 10 {
        rest /= 10
        digits += 1
      }
      rest = value
      for place in stride(from: digits - 1, through: 0, by: -1) {
        room[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      return digits
    }
  }
}

extension KVTrace {
  /// Writes the trace as Mooncake JSON Lines; times are rounded down to milliseconds.
  public func writeMooncake(path: String) throws(TraceError) {
    let schema = TraceSchema.prompts(tokensPerBlock: tokensPerBlock)
    var writer = try TextTraceWriter(path: path, schema: schema, isJSON: true, input: path)
    var start = 0
    while let block = block(from: &start) { try writer.append(block) }
    try writer.finish()
  }
}
