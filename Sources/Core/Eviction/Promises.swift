/// Fingerprints of blocks that `prepare` found among the ghosts and `insert` has not seen yet.
///
/// Many fills are under way at once on a real node, so what `prepare` learnt must survive other
/// blocks' `prepare` and `insert`. The newest is looked at first; beyond `limit` the oldest promise
/// is forgotten, which happens only to fills that failed or are very many, and costs that block a
/// start in the ordinary queue.
struct Promises: ~Copyable {
  private var fingerprints: UnsafeMutablePointer<UInt32>?
  private var capacity = 0
  private var count = 0

  private static let limit = 256

  init() {}

  deinit { fingerprints?.deallocate() }

  /// Bytes of heap in use.
  var residentBytes: Int { capacity * MemoryLayout<UInt32>.stride }

  /// Remembers that `insert` should find this fingerprint.
  mutating func add(_ fingerprint: UInt32) {
    if count == capacity {
      if capacity < Self.limit { grow() } else { drop(at: 0) }
    }
    fingerprints?[count] = fingerprint
    count += 1
  }

  /// Whether the fingerprint was promised; it no longer is.
  mutating func redeem(_ fingerprint: UInt32) -> Bool {
    guard let fingerprints else { return false }
    for position in stride(from: count - 1, through: 0, by: -1)
    where fingerprints[position] == fingerprint {
      drop(at: position)
      return true
    }
    return false
  }

  private mutating func drop(at position: Int) {
    guard let fingerprints else { return }
    for later in position + 1..<max(position + 1, count) {
      fingerprints[later - 1] = fingerprints[later]
    }
    count -= 1
  }

  private mutating func grow() {
    let larger = max(4, capacity * 2)
    let memory = UnsafeMutablePointer<UInt32>.allocate(capacity: larger)
    if let fingerprints {
      memory.update(from: fingerprints, count: count)
      fingerprints.deallocate()
    }
    (fingerprints, capacity) = (memory, larger)
  }
}
