import TarnTraceFormat

extension ReplayInput {
  /// Requests of a chunk, at most.
  private static var chunkSize: Int { 1 << 14 }

  /// Calls `body` with the keys of all requests in order, a stretch at a time, and with their sizes if
  /// `isSized` (1 or more); nil sizes stand for 1 each. Throws if a streamed trace can't be read again.
  func forEachChunk(
    isSized: Bool, _ body: (UnsafeBufferPointer<UInt64>, UnsafePointer<UInt32>?) throws -> Void
  ) throws {
    switch self {
    case .loaded(let trace): try Self.chunks(of: trace, isSized: isSized, body)
    case .mapped(let map, _): try Self.chunks(of: map.records, isSized: isSized, body)
    case .streamed(let path, let options, _):
      var source = try RequestSource(path: path, options: options)
      var block = TraceBlock()
      var chunk = RequestChunk(path: path)
      while try source.next(into: &block) {
        try chunk.fill(block, isSized: isSized)
        try chunk.keys.withUnsafeBufferPointer { keys in
          try chunk.lengths.withUnsafeBufferPointer {
            try body(keys, isSized ? $0.baseAddress : nil)
          }
        }
      }
    }
  }

  private static func chunks(
    of trace: RequestTrace, isSized: Bool,
    _ body: (UnsafeBufferPointer<UInt64>, UnsafePointer<UInt32>?) throws -> Void
  ) rethrows {
    try trace.keys.withUnsafeBufferPointer { keys in
      try trace.sizes.withUnsafeBufferPointer { sizes in
        for start in stride(from: 0, to: keys.count, by: chunkSize) {
          let range = start..<min(start + chunkSize, keys.count)
          let lengths = isSized ? sizes.baseAddress.map { $0 + start } : nil
          try body(UnsafeBufferPointer(rebasing: keys[range]), lengths)
        }
      }
    }
  }

  private static func chunks(
    of records: borrowing MappedRequests, isSized: Bool,
    _ body: (UnsafeBufferPointer<UInt64>, UnsafePointer<UInt32>?) throws -> Void
  ) rethrows {
    let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: chunkSize)
    let sizes = UnsafeMutablePointer<UInt32>.allocate(capacity: chunkSize)
    defer {
      keys.deallocate()
      sizes.deallocate()
    }
    for start in stride(from: 0, to: records.count, by: chunkSize) {
      let count = min(chunkSize, records.count - start)
      for index in 0..<count { keys[index] = records.key(start &+ index) }
      if isSized { for index in 0..<count { sizes[index] = max(1, records.size(start &+ index)) } }
      try body(UnsafeBufferPointer(start: keys, count: count), isSized ? UnsafePointer(sizes) : nil)
    }
  }
}
