internal import NIOCore
internal import TarnCore

/// Blocks that came along when another node of the cell opened their objects, and who has them.
///
/// A promise is good for a moment only: the block waits there no longer. Bounded; the oldest leaves.
struct PromisedBlocks {
  private struct Promise {
    var holder: NodeID
    var until: Instant
  }
  private static let limit = 16_384
  /// How long a block waits for whom it was promised to.
  static let termNanoseconds: Nanoseconds = 1_000_000_000

  private var promises: [BlockKey: Promise] = [:]
  /// In order of their ends, since all are good for the same time; the superseded among them.
  private var order = CircularBuffer<BlockKey>()
  /// When the last of them ends.
  private var lastEnd = Instant.zero

  /// `holder` has the block, or is about to.
  mutating func note(_ key: BlockKey, holder: NodeID, at now: Instant) {
    while let first = order.first, order.count >= Self.limit || hasEnded(first, at: now) {
      order.removeFirst()
      promises[first] = nil
    }
    lastEnd = now + Self.termNanoseconds
    let promise = Promise(holder: holder, until: lastEnd)
    if promises.updateValue(promise, forKey: key) == nil { order.append(key) }
  }

  /// Who has the block; nil if nobody said so lately.
  func holder(of key: BlockKey, at now: Instant) -> NodeID? {
    guard lastEnd > now, let promise = promises[key], promise.until > now else { return nil }
    return promise.holder
  }

  /// Who has the block, asked for once.
  mutating func take(_ key: BlockKey, at now: Instant) -> NodeID? {
    defer { promises[key] = nil }
    return holder(of: key, at: now)
  }

  private func hasEnded(_ key: BlockKey, at now: Instant) -> Bool {
    promises[key].map { $0.until <= now } ?? true
  }
}
