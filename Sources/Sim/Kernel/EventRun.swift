import TarnCore

/// The next few events, sorted, side by side in memory: where `EventQueue` pops from.
///
/// A gap buffer at both ends: an insertion moves whichever side of it is shorter. Events of one time
/// keep the order in which they came.
struct EventRun<Payload: BitwiseCopyable>: ~Copyable {
  typealias Event = ScheduledEvent<Payload>

  private var storage: UnsafeMutablePointer<Event>
  private var capacity: Int
  /// Index of the next event.
  private(set) var head: Int
  /// Index after the last event.
  private(set) var tail: Int

  /// Room kept in front of a run, for events that turn out to come before it.
  private static var frontGap: Int { 32 }
  private static var initialCapacity: Int { 256 }
  private static var largestIdleCapacity: Int { 16_384 }

  init() {
    storage = .allocate(capacity: Self.initialCapacity)
    capacity = Self.initialCapacity
    head = Self.frontGap
    tail = Self.frontGap
  }

  deinit { storage.deallocate() }

  var count: Int { tail &- head }
  var isEmpty: Bool { tail == head }

  /// The event `offset` places after the next one; `offset` must be below `count`.
  subscript(offset: Int) -> Event { storage[head &+ offset] }

  /// Removes the next event of a run that is not empty.
  mutating func removeFirst() -> Event {
    let event = storage[head]
    head &+= 1
    return event
  }

  /// Forgets everything from `offset` on.
  mutating func truncate(to offset: Int) { tail = head + offset }

  /// Starts again at the front; the run must be empty. Gives back what a crowd made it grow to.
  mutating func rewind() {
    head = Self.frontGap
    tail = Self.frontGap
    if capacity > Self.largestIdleCapacity { resize(to: Self.initialCapacity, start: head) }
  }

  /// Moves the few events that are left to the front, so that there is room behind them.
  mutating func moveToFront() {
    guard head > 4 * Self.frontGap else { return }
    let events = count
    (storage + Self.frontGap).update(from: storage + head, count: events)
    head = Self.frontGap
    tail = head + events
  }

  /// Appends `count` events and returns the room for them: the caller fills all of it, in order.
  mutating func extend(by count: Int) -> UnsafeMutablePointer<Event> {
    if tail &+ count > capacity { resize(to: tail + count, start: head) }
    tail &+= count
    return storage + (tail &- count)
  }

  /// The number of events at or before `time`: where an event of that time belongs.
  func position(after time: Instant) -> Int {
    var low = head
    var high = tail
    while low < high {
      let middle = (low &+ high) >> 1
      if storage[middle].time <= time { low = middle &+ 1 } else { high = middle }
    }
    return low &- head
  }

  /// The number of events before `time`.
  func position(before time: Instant) -> Int {
    time.nanoseconds == 0 ? 0 : position(after: Instant(nanoseconds: time.nanoseconds - 1))
  }

  /// Puts `event` at `offset`, in `0...count`; moves min(offset, count - offset) events.
  mutating func insert(_ event: Event, at offset: Int) {
    let movesFront = offset < count - offset
    if movesFront ? head == 0 : tail == capacity { relocate() }
    let place = head + offset
    if movesFront {
      (storage + (head - 1)).update(from: storage + head, count: offset)
      head -= 1
      storage[place - 1] = event
    } else {
      (storage + (place + 1)).update(from: storage + place, count: tail - place)
      tail += 1
      storage[place] = event
    }
  }

  /// Moves the events to the middle of storage at least twice their size, so that either side has
  /// room for as many insertions as pay for the move.
  private mutating func relocate() {
    let events = count
    let needed = max(Self.initialCapacity, 2 * events + 2 * Self.frontGap)
    if needed <= capacity && capacity <= 2 * needed {
      let start = (capacity - events) / 2
      (storage + start).update(from: storage + head, count: events)
      head = start
      tail = start + events
    } else {
      resize(to: needed, start: (needed - events) / 2)
    }
  }

  /// Moves the events to storage of this capacity, where they begin at `start`.
  @inline(never)
  private mutating func resize(to newCapacity: Int, start: Int) {
    let resized = UnsafeMutablePointer<Event>.allocate(capacity: newCapacity)
    let events = count
    (resized + start).update(from: storage + head, count: events)
    storage.deallocate()
    storage = resized
    capacity = newCapacity
    head = start
    tail = start + events
  }
}
