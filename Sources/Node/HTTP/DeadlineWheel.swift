/// Something that a wheel reminds of its deadline.
protocol DeadlineHolder: AnyObject {
  /// Where the wheel keeps it. Only the wheel writes it.
  var wheelPlace: WheelPlace { get set }
  /// The tick at which it wants to be called; it may grow at any time without the wheel's knowledge.
  var deadline: Int { get }
  /// The deadline has passed. It sets a new one, or leaves the wheel.
  func deadlinePassed()
}

/// Where a wheel keeps something.
struct WheelPlace {
  var slot = -1
  var index = 0
  /// When the wheel looks at it.
  var tick = Int.max
}

/// Deadlines of an event loop's connections, in whole ticks: one timer for all of them.
///
/// A request moves its connection's deadline by writing one integer; the wheel finds that out when
/// the old one comes. (Varghese and Lauck, "Hashed and hierarchical timing wheels", SOSP 1987; here
/// one wheel, with what lies beyond its turn looked at once a turn.)
struct DeadlineWheel {
  /// Ticks that have passed.
  private(set) var now = 0
  private var slots: [[any DeadlineHolder]] = Array(repeating: [], count: 64)

  /// How many it holds.
  private(set) var count = 0

  /// Takes it in, or moves it to its deadline.
  mutating func place(_ holder: any DeadlineHolder) {
    if holder.wheelPlace.slot >= 0 { remove(holder) }
    // At most one turn ahead, at least at the next tick.
    let tick = min(max(holder.deadline, now + 1), now + slots.count - 1)
    let slot = tick % slots.count
    holder.wheelPlace = WheelPlace(slot: slot, index: slots[slot].count, tick: tick)
    slots[slot].append(holder)
    count += 1
  }

  /// Forgets it.
  mutating func remove(_ holder: any DeadlineHolder) {
    let place = holder.wheelPlace
    guard place.slot >= 0 else { return }
    let last = slots[place.slot].removeLast()
    if last !== holder {
      slots[place.slot][place.index] = last
      last.wheelPlace.index = place.index
    }
    holder.wheelPlace = WheelPlace()
    count -= 1
  }

  /// A tick has passed: takes out all whose deadline is over, and keeps the others.
  mutating func advance() -> [any DeadlineHolder] {
    now += 1
    let slot = now % slots.count
    guard !slots[slot].isEmpty else { return [] }
    let held = slots[slot]
    slots[slot] = []
    count -= held.count
    var due: [any DeadlineHolder] = []
    for holder in held {
      holder.wheelPlace = WheelPlace()
      if holder.deadline <= now { due.append(holder) } else { place(holder) }
    }
    return due
  }

  /// All that it holds.
  var all: [any DeadlineHolder] { slots.flatMap { $0 } }
}
