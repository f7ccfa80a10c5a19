internal import CPrefetch

/// Hiding memory latency: a driver of many cores knows which it will step next, and says so.
///
/// A cold step touches some thirty cache lines in four dependent rounds. Told of a step in three
/// stages, a few events apart, the processor fetches them while it works on other cores. Nothing
/// here changes any state.
extension CacheNode {
  /// First stage: the core's own record lies in `address ..< address + size`, and comes whole.
  public static func prefetchRecord(at address: UnsafePointer<CacheNode>) {
    let line = UnsafeRawPointer(address)
    for offset in stride(from: 0, to: MemoryLayout<CacheNode>.size, by: 64) {
      tarn_prefetch(line + offset)
    }
  }

  /// Second stage: what the record points to, for a step about `key`.
  public func prefetch(_ key: BlockKey) {
    memory.prefetch(key)
    if flash.count > 0 { flash.prefetch(key) }
    flights.prefetch()
    fanOut.prefetch(key)
  }

  /// Second stage, for the end of `operation`.
  public func prefetch(_ operation: OperationID) { flights.prefetch(operation) }

  /// Third stage: the entries of `key`, whose buckets are close by now.
  public func prefetchEntries(_ key: BlockKey) {
    memory.table.prefetchEntry(key)
    guard flash.count > 0 else { return }
    flash.table.prefetchEntry(key)
    let slot = flash.find(key)
    if slot != .none { flashLog.prefetch(slot) }
  }

  /// The client's request that has waited longest for `operation`, if a client waits: whom its end
  /// will concern.
  public func firstWaiter(of operation: OperationID) -> RequestID? {
    guard let flight = flights.find(operation), let waiter = flights.firstWaiter(of: flight),
      waiter.peer == .none
    else { return nil }
    return RequestID(waiter.identifier)
  }
}
