/// Runs requests through one policy over one table: the loop of every shadow cache.
///
/// The index bucket of a request is fetched sixteen requests ahead and its record eight ahead, so
/// that a hit waits for neither.
struct Replay<Requests: RequestColumns, Index: SlotIndex & ~Copyable>: EvictionVisitor {
  let requests: Requests
  let table: UnsafeMutablePointer<KeyTable<Index>>
  let counters: UnsafeMutablePointer<ShadowCounters>
  let capacity: UInt64

  private static var bucketDistance: Int { 16 }
  private static var recordDistance: Int { 8 }
  /// Hashes of the requests from here to `bucketDistance` ahead.
  private static var ringSize: Int { 32 }

  func visit<Policy: EvictionPolicy & ~Copyable>(_ policy: UnsafeMutablePointer<Policy>?) {
    guard let policy else { return }
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Self.ringSize) { ring in
      guard let hashes = ring.baseAddress else { return }
      run(&policy.pointee, hashes: hashes)
    }
  }

  @inline(__always)
  private func run<Policy: EvictionPolicy & ~Copyable>(
    _ policy: inout Policy, hashes: UnsafeMutablePointer<UInt64>
  ) {
    let count = requests.count
    let mask = Self.ringSize - 1
    var tally = counters.pointee
    for position in 0..<min(count, Self.bucketDistance) {
      hashes[position] = Index.hash(requests.key(at: position))
    }
    for position in 0..<count {
      let ahead = position &+ Self.bucketDistance
      if ahead < count {
        let hash = Index.hash(requests.key(at: ahead))
        hashes[ahead & mask] = hash
        table.pointee.prefetch(hash: hash)
        table.pointee.prefetchRecord(hash: hashes[(position &+ Self.recordDistance) & mask])
        policy.prefetch(missOf: requests.key(at: position &+ Self.recordDistance))
      }
      let key = requests.key(at: position)
      let hash = hashes[position & mask]
      let length = requests.length(at: position)
      tally.bytesRequested &+= UInt64(length)
      let slot = table.pointee.find(key, hash: hash)
      if slot != .none {
        policy.hit(slot, in: &table.pointee)
      } else {
        tally.misses &+= 1
        tally.bytesMissed &+= UInt64(length)
        miss(key, hash: hash, length: length, policy: &policy, tally: &tally)
      }
    }
    tally.requests &+= UInt64(count)
    counters.pointee = tally
  }

  @inline(__always)
  private func miss<Policy: EvictionPolicy & ~Copyable>(
    _ key: ShadowKey, hash: UInt64, length: UInt32, policy: inout Policy,
    tally: inout ShadowCounters
  ) {
    guard UInt64(length) <= capacity else { return }
    guard policy.prepare(key: key, length: length, in: &table.pointee) else { return }
    while tally.bytesHeld &+ UInt64(length) > capacity {
      if policy.declines(in: &table.pointee) { return }
      let victim = policy.evict(from: &table.pointee)
      precondition(victim != .none, "a policy evicts while it holds anything")
      tally.bytesHeld &-= UInt64(table.pointee.length(of: victim))
      tally.evictions &+= 1
      table.pointee.remove(victim)
    }
    let slot = table.pointee.insert(key, hash: hash, length: length)
    policy.insert(slot, in: &table.pointee)
    tally.bytesHeld &+= UInt64(length)
    tally.bytesWritten &+= UInt64(length)
  }
}
