import TarnCore

/// Belady with sizes, by samples: of 128 objects drawn at random the one leaves whose size times the
/// distance to its next request is the largest. Offline, and a heuristic: no bound.
///
/// What is never asked for again is not kept at all. With sizes the best decisions are NP-hard to find
/// (Berger, Beckmann, Harchol-Balter, "Practical bounds on optimal caching with variable object sizes",
/// SIGMETRICS 2018, which compares this kind of heuristic). The draws are seeded: the same trace gives
/// the same figures.
struct BeladySize {
  private struct Resident: BitwiseCopyable {
    var next: UInt32
    var size: UInt32
  }

  private static let draws = 128
  private var residents: [Resident] = []
  /// Where the object lies in `residents` whose next request is at a position.
  private var places: [UInt32]
  private var random = RandomStream(seed: 1, purpose: "belady-size")
  private let capacity: UInt64

  init(requests: Int, capacity: UInt64) {
    places = Array(repeating: .max, count: requests)
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
      let place = places[position]
      if place != .max {
        hit(place, following, &tally)
        continue
      }
      tally.misses += 1
      tally.bytesMissed += UInt64(size)
      guard UInt64(size) <= capacity else { continue }
      while tally.bytesHeld + UInt64(size) > capacity {
        tally.bytesHeld -= UInt64(evict(at: position))
        tally.evictions += 1
      }
      guard following != NextAccess.never else { continue }
      places[Int(following)] = UInt32(truncatingIfNeeded: residents.count)
      residents.append(Resident(next: following, size: size))
      tally.bytesHeld += UInt64(size)
      tally.bytesWritten += UInt64(size)
    }
    return tally
  }

  private mutating func hit(_ place: UInt32, _ following: UInt32, _ tally: inout ShadowCounters) {
    guard following != NextAccess.never else {
      tally.bytesHeld -= UInt64(residents[Int(place)].size)
      return remove(at: Int(place))
    }
    residents[Int(place)].next = following
    places[Int(following)] = place
  }

  /// The size of what left.
  private mutating func evict(at now: Int) -> UInt32 {
    var worst = 0
    var worth: UInt64 = 0
    for _ in 0..<Self.draws {
      let drawn = random.index(below: residents.count)
      let resident = residents[drawn]
      let product = UInt64(resident.size) &* (UInt64(resident.next) &- UInt64(now))
      if product > worth { (worst, worth) = (drawn, product) }
    }
    let size = residents[worst].size
    places[Int(residents[worst].next)] = .max
    remove(at: worst)
    return size
  }

  private mutating func remove(at place: Int) {
    let last = residents.removeLast()
    guard place < residents.count else { return }
    residents[place] = last
    places[Int(last.next)] = UInt32(truncatingIfNeeded: place)
  }
}
