/// For each request the position of the next one for the same key: what the offline policies know.
struct NextAccess {
  /// No further request.
  static let never = UInt32.max
  /// Positions by position.
  let positions: [UInt32]

  /// Of requests that are fewer than 2^32 - 1; memory 4 bytes each, and 16 for each key meanwhile.
  init(_ keys: UnsafeBufferPointer<UInt64>) throws(ReplayError) {
    guard keys.count < Int(Self.never) else {
      throw ReplayError("belady takes traces of fewer than 2^32 requests; sample it first")
    }
    var last = KeyMap(expected: min(keys.count, 1 << 20))
    var next = [UInt32](repeating: Self.never, count: keys.count)
    for position in stride(from: keys.count - 1, through: 0, by: -1) {
      next[position] = last.exchange(keys[position], UInt32(truncatingIfNeeded: position))
    }
    positions = next
  }
}
