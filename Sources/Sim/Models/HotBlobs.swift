import TarnCore

/// The request rates of the blobs that were read last: a two-way table that forgets the idle.
///
/// A blob is forgotten only when two others with its hash are read at their limits at the same time;
/// then it is let off. 64 KiB.
struct HotBlobs: ~Copyable {
  private static let sets = 2_048

  struct Row: BitwiseCopyable {
    var blob: UInt64
    var limit: RateLimit
  }

  private var rows = FixedArray(
    repeating: Row(blob: 0, limit: RateLimit()), count: 2 * HotBlobs.sets)

  /// How long until the blob may be read again; 0 for now.
  func wait(_ blob: UInt64, at now: Instant, burst: Nanoseconds) -> Nanoseconds {
    let row = row(of: blob)
    return row < 0 ? 0 : rows[row].limit.wait(at: now, burst: burst)
  }

  /// Counts a read that costs `cost` nanoseconds of the blob's rate.
  mutating func take(_ blob: UInt64, cost: Nanoseconds, at now: Instant) {
    var index = row(of: blob)
    if index < 0 {
      let first = firstRow(of: blob)
      if rows[first].limit.isIdle(at: now) {
        index = first
      } else if rows[first + 1].limit.isIdle(at: now) {
        index = first + 1
      } else {
        return
      }
      rows[index] = Row(blob: blob, limit: RateLimit())
    }
    rows[index].limit.take(cost, at: now)
  }

  private func firstRow(of blob: UInt64) -> Int {
    2 * Int(mix64(blob) % UInt64(Self.sets))
  }

  /// The blob's row, or -1.
  private func row(of blob: UInt64) -> Int {
    let first = firstRow(of: blob)
    if rows[first].blob == blob { return first }
    return rows[first + 1].blob == blob ? first + 1 : -1
  }
}
