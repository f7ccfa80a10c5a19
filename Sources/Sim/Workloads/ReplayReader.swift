import TarnCore

/// One node of a replay: how far it is, and what is under way.
struct ReplayReader {
  /// Requests under way that a request's number can tell apart.
  static let mostUnderWay = 1 << 16

  let world: UInt32
  /// The next request of its trace.
  var next = 0
  /// A request that is due waits for a number: 65,536 are under way.
  var isStarved = false
  var isGone = false
  /// Grows with each loss of its node: answers to earlier ones are stale.
  private(set) var generation: UInt16 = 0
  private(set) var underWay = 0
  /// When the request with a number was due; numbers are taken again.
  private var due: [Instant] = []
  private var free: [UInt16] = []

  init(world: UInt32) { self.world = world }

  /// Whether another request can be under way.
  var hasRoom: Bool { underWay < Self.mostUnderWay }

  /// Takes a number for a request that is due at `time`.
  mutating func take(dueAt time: Instant) -> UInt16 {
    underWay += 1
    if let slot = free.popLast() {
      due[Int(slot)] = time
      return slot
    }
    due.append(time)
    return UInt16(due.count - 1)
  }

  /// Gives a number back: when its request was due.
  mutating func give(_ slot: UInt16) -> Instant {
    underWay -= 1
    free.append(slot)
    return due[Int(slot)]
  }

  /// The node is gone, and with it what was under way: so many requests.
  mutating func lose() -> Int {
    let lost = underWay
    isGone = true
    isStarved = false
    generation &+= 1
    underWay = 0
    due.removeAll(keepingCapacity: true)
    free.removeAll(keepingCapacity: true)
    return lost
  }
}
