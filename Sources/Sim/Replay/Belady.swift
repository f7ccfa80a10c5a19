import TarnCore

/// Belady's MIN: the object whose next request lies farthest in the future leaves. Offline.
///
/// With equal sizes no policy that must insert every miss has fewer misses (Belady, "A study of
/// replacement algorithms for a virtual-storage computer", IBM Systems Journal 5, 1966; Mattson et
/// al., 1970). With sizes it is a heuristic that ignores them. Positions in the trace stand for
/// objects: an object is resident if and only if the position of its next request is in the set, so
/// a request finds out whether it hits by looking for its own position, and the victim is the set's
/// largest.
struct Belady {
  private var resident: PositionSet
  /// Sizes of resident objects by the position of their next request; empty where all are 1.
  private var sizes: [UInt32]
  /// Sizes of resident objects that are never asked for again.
  private var spent: [UInt32] = []
  private let capacity: UInt64

  init(requests: Int, capacity: UInt64, isSized: Bool) {
    resident = PositionSet(bound: requests)
    sizes = isSized ? Array(repeating: 0, count: requests) : []
    self.capacity = capacity
  }

  mutating func run(
    next: NextAccess, sizes requested: UnsafeBufferPointer<UInt32>?, countFrom: Int
  ) -> ShadowCounters {
    var tally = ShadowCounters()
    for position in 0..<next.positions.count {
      if position == countFrom { tally.forgetPast() }
      let size = requested.map { $0[position] } ?? 1
      tally.requests += 1
      tally.bytesRequested += UInt64(size)
      let following = next.positions[position]
      if resident.contains(position) {
        resident.remove(position)
        keep(following, size: sizes.isEmpty ? 1 : sizes[position])
        continue
      }
      tally.misses += 1
      tally.bytesMissed += UInt64(size)
      guard UInt64(size) <= capacity else { continue }
      while tally.bytesHeld + UInt64(size) > capacity {
        tally.bytesHeld -= UInt64(evict())
        tally.evictions += 1
      }
      keep(following, size: size)
      tally.bytesHeld += UInt64(size)
      tally.bytesWritten += UInt64(size)
    }
    return tally
  }

  private mutating func keep(_ following: UInt32, size: UInt32) {
    if following == NextAccess.never { return spent.append(size) }
    resident.insert(Int(following))
    if !sizes.isEmpty { sizes[Int(following)] = size }
  }

  /// The size of what left.
  private mutating func evict() -> UInt32 {
    if let size = spent.popLast() { return size }
    guard let farthest = resident.largest else {
      preconditionFailure("a full cache holds something")
    }
    resident.remove(farthest)
    return sizes.isEmpty ? 1 : sizes[farthest]
  }
}

extension ShadowCounters {
  /// Starts counting anew; what is held stays.
  mutating func forgetPast() {
    let held = bytesHeld
    self = ShadowCounters()
    bytesHeld = held
  }
}
