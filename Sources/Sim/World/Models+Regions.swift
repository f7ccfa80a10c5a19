import TarnCore

/// Accounts that stand in a region, and the way from one region to another.
extension Models {
  /// The round trip between two regions, 0 within one: an account's own latency holds that.
  func regionRoundTrip(_ one: Int, _ other: Int) -> Nanoseconds {
    exact.network.regionRoundTrip(one, other)
  }

  /// When and how a read that has arrived at the accounts of `region` ends at `node`.
  mutating func readAccounts(
    of region: Int, _ key: BlockKey, bytes: UInt32, to node: UInt32, at now: Instant
  ) -> (Instant, OriginStatus) {
    let answer = accounts.read(
      blob: key.low, bytes: UInt64(bytes), at: now, random: random.next(), region: region)
    let half = regionRoundTrip(region, topology.region(of: Int(node))) / 2
    switch answer {
    case .ok(let first, let last):
      let end =
        isSampled[Int(node)]
        ? sampled.network.receiveFromOrigin(
          bytes: UInt64(bytes), of: region, to: Int(node), firstByte: first, lastByte: last, at: now
        )
        : exact.network.receiveFromOrigin(
          bytes: UInt64(bytes), of: region, to: Int(node), firstByte: first, lastByte: last, at: now
        )
      return (end, OriginStatus(.ok))
    case .throttled(let time, let retryAfter):
      return (time + half, OriginStatus(.throttled, retryAfterMilliseconds: retryAfter))
    case .failed(let time): return (time + half, OriginStatus(.failed))
    }
  }

  /// When and how the accounts of `region` answer a question about a blob that has arrived there.
  mutating func askAccounts(
    of region: Int, blob: UInt64, at now: Instant
  ) -> (Instant, OriginStatus) {
    switch accounts.read(blob: blob, bytes: 0, at: now, random: random.next(), region: region) {
    case .ok(let first, _): (first, OriginStatus(.ok))
    case .throttled(let time, let retryAfter):
      (time, OriginStatus(.throttled, retryAfterMilliseconds: retryAfter))
    case .failed(let time): (time, OriginStatus(.failed))
    }
  }
}
