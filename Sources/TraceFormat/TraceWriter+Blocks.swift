extension TraceWriter {
  /// Appends all records of `block`.
  public mutating func append(_ block: borrowing TraceBlock) throws(TraceError) {
    guard schema.kind == .prompts else {
      for index in 0..<block.count { try append(block.request(at: index)) }
      return
    }
    var start = 0
    for index in 0..<block.count {
      let end = start + Int(block.chainLengths[index])
      try append(
        promptAt: block.times[index],
        inputTokens: UInt32(truncatingIfNeeded: block.inputTokens[index]),
        outputTokens: UInt32(truncatingIfNeeded: block.outputTokens[index]),
        chain: block.chain[start..<end],
        tenant: block.tenants.isEmpty ? 0 : UInt16(truncatingIfNeeded: block.tenants[index]))
      start = end
    }
  }
}
