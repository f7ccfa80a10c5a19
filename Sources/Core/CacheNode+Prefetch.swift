/// Fetching ahead of readers that said what they will read.
extension CacheNode {
  /// Blocks that one step fetches ahead at most.
  private static let prefetchLimit = 4

  mutating func startStream(
    _ hint: PrefetchHint, at now: Instant, into effects: inout Effects
  ) {
    streams.set(hint)
    fetchAhead(hint.stream, at: now, into: &effects)
  }

  mutating func fetchAhead(_ stream: UInt8, at now: Instant, into effects: inout Effects) {
    for _ in 0..<CacheNode.prefetchLimit {
      guard let (key, hint) = streams.next(stream) else { return }
      guard memory.find(key) == .none else { continue }
      guard
        let flight = startFetch(
          key, length: hint.length, tenant: hint.tenant, flags: .prefetch, at: now)
      else { return }
      counters.prefetches += 1
      launch(flight, at: now, into: &effects)
    }
  }
}
