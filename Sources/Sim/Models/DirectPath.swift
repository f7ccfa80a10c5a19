import TarnCore

/// A path to the origin past its front end: a layout names a blob's endpoints, ranges are read from
/// them, each with a queue of its own. O(1) a read.
///
/// A layout lasts for its lifetime from its look-up; a blob that was overwritten since answers 412, which
/// costs a round trip and another look-up. A look-up is a request of the blob's account at the front
/// end, or of a layout service with a rate of its own; where it is refused the read is refused, and the
/// core goes on by another path. Reads of an endpoint that is gone fail, at once or never; look-ups name
/// others after a while. With keys sampled, a look-up still counts once: the sampled blocks of a blob
/// share its layout as all of them do.
final class DirectPath {
  /// What the path has done, as simulated.
  struct Totals: BitwiseCopyable {
    var lookUps: UInt64 = 0
    var refusedLookUps: UInt64 = 0
    /// Layouts found stale: 412.
    var stale: UInt64 = 0
    var sessions: UInt64 = 0
    /// Reads of endpoints that were gone.
    var lost: UInt64 = 0
  }

  private let configuration: DirectPathConfiguration
  private let scale: SamplingScale
  private let firstByte: LatencyDistribution
  private let lookup: LatencyDistribution
  private var layouts: LayoutTable
  private var queues: FixedArray<Backlog>
  private var service = RateLimit()
  /// Nanoseconds of an endpoint that a request takes, however short.
  private let requestSpan: Nanoseconds
  private(set) var totals = Totals()

  init(_ configuration: DirectPathConfiguration, nodes: Int, scale: SamplingScale) {
    self.configuration = configuration
    self.scale = scale
    firstByte = LatencyDistribution(
      median: configuration.firstByteMedian, p99: configuration.firstByteP99)
    lookup = LatencyDistribution(
      median: configuration.lookupMedian, p99: configuration.lookupP99)
    layouts = LayoutTable(nodes: nodes, perNode: configuration.layoutsPerNode)
    queues = FixedArray(repeating: Backlog(), count: configuration.endpoints)
    requestSpan = configuration.firstByteMedian / UInt64(configuration.concurrency)
  }

  /// Reads a block for `node`. Calls come in the order of their times.
  func read(
    _ key: BlockKey, bytes: UInt64, by node: Int, at now: Instant, random: inout RandomStream,
    accounts: inout BlobAccounts
  ) -> BlobAnswer {
    let blob = mix64(key.low ^ 0x5BE0_CD19_137E_2179) % configuration.blobs
    var delay: Nanoseconds = 0
    var lookedUp = layouts.lookUpTime(node, blob)
    if let time = lookedUp, hasExpired(time, at: now) { lookedUp = nil }
    if let time = lookedUp, isOverwritten(blob, since: time, at: now) {
      totals.stale += 1
      delay += firstByte.sample(random.next())
      lookedUp = nil
    }
    if lookedUp == nil {
      let bits = random.next()
      if let refused = refusedLookUp(blob, at: now, bits, &accounts) { return refused }
      delay += lookup.sample(bits)
      layouts.note(node, blob, at: now)
    }
    return read(key, blob, bytes, node, delay, lookedUp ?? now, now, random.next())
  }

  /// The node starts anew, without layouts and sessions.
  func restart(_ node: Int) { layouts.forget(node) }

  // MARK: Layouts

  private func hasExpired(_ lookedUp: Instant, at now: Instant) -> Bool {
    if now - lookedUp >= configuration.layoutLifetime { return true }
    return configuration.expiries.contains { lookedUp < $0 && $0 <= now }
  }

  /// Blobs are overwritten in turn, each at its own moment of the interval.
  private func isOverwritten(_ blob: UInt64, since time: Instant, at now: Instant) -> Bool {
    let interval = configuration.overwriteInterval
    guard interval > 0 else { return false }
    let phase = mix64(blob ^ 0x9159_015A_3070_DD17) % interval
    return (time.nanoseconds + phase) / interval != (now.nanoseconds + phase) / interval
  }

  private func refusedLookUp(
    _ blob: UInt64, at now: Instant, _ random: UInt64, _ accounts: inout BlobAccounts
  ) -> BlobAnswer? {
    totals.lookUps += 1
    let answer: BlobAnswer
    if configuration.lookupsPerSecond == 0 {
      answer = accounts.lookUp(blob: blob, at: now)
    } else {
      answer = askService(at: now)
    }
    if case .ok = answer { return nil }
    totals.refusedLookUps += 1
    return answer
  }

  private func askService(at now: Instant) -> BlobAnswer {
    let wait = service.wait(at: now, burst: 1_000_000_000)
    guard wait == 0 else { return refusal(wait, at: now) }
    service.take(1_000_000_000 / configuration.lookupsPerSecond, at: now)
    return .ok(firstByte: now, lastByte: now)
  }

  // MARK: Endpoints

  private func read(
    _ key: BlockKey, _ blob: UInt64, _ bytes: UInt64, _ node: Int, _ delay: Nanoseconds,
    _ lookedUp: Instant, _ now: Instant, _ random: UInt64
  ) -> BlobAnswer {
    let endpoint = endpoint(of: key, lookedUpAt: lookedUp)
    if let fault = fault(of: endpoint, at: now) {
      totals.lost += 1
      // A client whose endpoint is gone asks for another.
      layouts.forget(node, blob)
      layouts.close(node, endpoint)
      let span = fault.isSilent ? 60_000_000_000 : configuration.refusalLatency
      return .failed(at: now + delay + span)
    }
    var delay = delay
    if layouts.open(node, endpoint) {
      totals.sessions += 1
      delay += configuration.sessionSetUp
    }
    let waiting = queues[endpoint].waiting(at: now)
    if waiting > configuration.longestWait {
      return refusal(waiting - configuration.longestWait, at: now)
    }
    let span = max(
      requestSpan,
      transferSpan(bytes: bytes, bytesPerSecond: configuration.bytesPerSecondOfEndpoint))
    let start = queues[endpoint].reserve(span, at: now, scale: scale)
    let stream = transferSpan(bytes: bytes, bytesPerSecond: configuration.bytesPerSecondOfRequest)
    let first = start + delay + firstByte.sample(random)
    return .ok(firstByte: first, lastByte: first + max(span, stream))
  }

  /// Where a layout of that time says that the block lies: not at an endpoint then known to be gone.
  private func endpoint(of key: BlockKey, lookedUpAt time: Instant) -> Int {
    var endpoint = 0
    for attempt in 0..<8 as Range<UInt64> {
      let hash = mix64(key.low ^ (attempt + 1) &* 0x9E37_79B9_7F4A_7C15)
      endpoint = Int(hash.multipliedFullWidth(by: UInt64(configuration.endpoints)).high)
      guard let fault = fault(of: endpoint, at: time),
        time - fault.start >= configuration.reassignAfter
      else { break }
    }
    return endpoint
  }

  private func fault(
    of endpoint: Int, at now: Instant
  ) -> DirectPathConfiguration.EndpointFault? {
    for (index, fault) in configuration.faults.enumerated()
    where fault.start <= now && now < fault.end {
      let hash = mix64(UInt64(endpoint) ^ UInt64(index + 1) << 32)
      if Double(hash >> 11) < fault.share * Double(UInt64(1) << 53) { return fault }
    }
    return nil
  }

  private func refusal(_ wait: Nanoseconds, at now: Instant) -> BlobAnswer {
    let milliseconds = (max(wait, configuration.retryAfter) + 999_999) / 1_000_000
    return .throttled(
      at: now + configuration.refusalLatency,
      retryAfterMilliseconds: UInt32(clamping: milliseconds))
  }
}
