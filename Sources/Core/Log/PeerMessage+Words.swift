extension PeerMessage {
  /// The message as an input or effect carries it: head with kind, `node` and length; then flags
  /// (8 bits), hops (8), source (8), 8 bits of 0, tenant (16), peer (16); operation; key high; key
  /// low; delay; deadline; count | `extra`.
  @inline(__always)
  func decisionWords(tag: UInt8, node: NodeID, extra: UInt32) -> DecisionWords {
    let head =
      UInt64(tag) | UInt64(kind.rawValue) << 8 | UInt64(node.ordinal) << 16
      | UInt64(length) << 32
    let small =
      UInt64(flags.rawValue) | UInt64(hops) << 8 | UInt64(source.rawValue) << 16
      | UInt64(tenant.rawValue) << 32 | UInt64(peer.ordinal) << 48
    return DecisionWords(
      head, small, operation.rawValue, key.high, key.low, delayNanoseconds, deadline.nanoseconds,
      decisionPair(count, extra))
  }

  /// The message in these words; nil if a kind or source does not exist.
  init?(_ words: DecisionWords) {
    guard let kind = Kind(rawValue: words.headByte),
      let source = Source(rawValue: UInt8(truncatingIfNeeded: words.w1 >> 16))
    else { return nil }
    self.init(
      kind, operation: OperationID(words.w2), key: BlockKey(high: words.w3, low: words.w4),
      length: words.headWord, tenant: TenantID(UInt16(truncatingIfNeeded: words.w1 >> 32)),
      flags: Flags(rawValue: UInt8(truncatingIfNeeded: words.w1)),
      deadline: Instant(nanoseconds: words.w6))
    peer = NodeID(UInt16(truncatingIfNeeded: words.w1 >> 48))
    hops = UInt8(truncatingIfNeeded: words.w1 >> 8)
    self.source = source
    count = words.w7.lowHalf
    delayNanoseconds = words.w5
  }
}
