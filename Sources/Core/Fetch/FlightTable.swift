internal import CPrefetch

/// The flights of a node, their waiters, and the order in which their timers run out.
///
/// Three growable slabs: flights, waiters, and an indexed binary heap over the flights' timers, so
/// that arming, re-arming and disarming cost O(log n) and leave no garbage behind. An idle node
/// has allocated none of them.
struct FlightTable: ~Copyable {
  private var flights: UnsafeMutablePointer<Flight>?
  private var flightCapacity: UInt32 = 0
  private var freeFlight: UInt32 = .max
  private var waiters: UnsafeMutablePointer<Waiter>?
  private var waiterCapacity: UInt32 = 0
  private var freeWaiter: UInt32 = .max
  private var heap: UnsafeMutablePointer<UInt32>?
  private var heapCount: UInt32 = 0
  /// Flights under way.
  private(set) var count: UInt32 = 0
  private let firstGeneration: UInt64

  /// - Parameter incarnation: sets this life's operations apart from an earlier one's.
  init(incarnation: UInt16) { firstGeneration = UInt64(incarnation) << 24 }

  deinit {
    flights?.deallocate()
    waiters?.deallocate()
    heap?.deallocate()
  }

  var residentBytes: Int {
    Int(flightCapacity) * (MemoryLayout<Flight>.stride + 4)
      + Int(waiterCapacity) * MemoryLayout<Waiter>.stride
  }

  /// Brings the records closer that the next flight and waiter will take, and the heap's top.
  @inline(__always)
  func prefetch() {
    if let flights, freeFlight != .max {
      tarn_prefetch(flights + Int(freeFlight))
      tarn_prefetch(UnsafeRawPointer(flights + Int(freeFlight)) + 64)
    }
    if let waiters, freeWaiter != Waiter.noWaiter { tarn_prefetch(waiters + Int(freeWaiter)) }
    if let heap { tarn_prefetch(heap) }
  }

  /// Brings the flight of `operation` closer.
  @inline(__always)
  func prefetch(_ operation: OperationID) {
    let index = Int(truncatingIfNeeded: operation.rawValue & 0xFF_FFFF)
    guard let flights, index < Int(flightCapacity) else { return }
    tarn_prefetch(flights + index)
    tarn_prefetch(UnsafeRawPointer(flights + index) + 64)
    if let waiters { tarn_prefetch(waiters) }
  }

  // MARK: Flights

  subscript(index: UInt32) -> Flight {
    unsafeAddress { UnsafePointer(flightBase + Int(index)) }
    unsafeMutableAddress { flightBase + Int(index) }
  }

  private var flightBase: UnsafeMutablePointer<Flight> {
    guard let flights else { preconditionFailure("a flight is started before it is used") }
    return flights
  }

  /// A fresh flight.
  mutating func start() -> UInt32 {
    if freeFlight == .max { growFlights() }
    let index = freeFlight
    freeFlight = self[index].firstWaiter
    let generation = self[index].generation
    self[index] = Flight()
    self[index].generation = generation
    self[index].state = .starting
    count += 1
    return index
  }

  /// Ends a flight that has no waiters left; its operation ids are stale from now on.
  mutating func end(_ index: UInt32) {
    precondition(self[index].state != .free, "a flight ends once")
    precondition(self[index].firstWaiter == Waiter.noWaiter, "every waiter is answered first")
    disarm(index)
    self[index].generation += 1
    self[index].state = .free
    self[index].firstWaiter = freeFlight
    freeFlight = index
    count -= 1
  }

  /// The name of the flight's current operation.
  func operation(of index: UInt32) -> OperationID {
    OperationID(UInt64(index) | self[index].generation << 24)
  }

  /// Makes the flight's operation stale, because another is about to start.
  mutating func renew(_ index: UInt32) { self[index].generation += 1 }

  /// The flight that `operation` names; nil if the operation has ended.
  func find(_ operation: OperationID) -> UInt32? {
    let index = UInt32(truncatingIfNeeded: operation.rawValue & 0xFF_FFFF)
    guard index < flightCapacity, self[index].state != .free,
      self[index].generation & 0xFF_FFFF_FFFF == operation.rawValue >> 24
    else { return nil }
    return index
  }

  private mutating func growFlights() {
    let newCapacity = max(4, flightCapacity * 2)
    precondition(newCapacity <= 1 << 24, "an operation id has 24 bits for the flight")
    let grown = UnsafeMutablePointer<Flight>.allocate(capacity: Int(newCapacity))
    let grownHeap = UnsafeMutablePointer<UInt32>.allocate(capacity: Int(newCapacity))
    if let flights, let heap {
      grown.update(from: flights, count: Int(flightCapacity))
      grownHeap.update(from: heap, count: Int(heapCount))
      flights.deallocate()
      heap.deallocate()
    }
    for index in (flightCapacity..<newCapacity).reversed() {
      (grown + Int(index)).initialize(to: Flight())
      grown[Int(index)].firstWaiter = freeFlight
      grown[Int(index)].generation = firstGeneration
      freeFlight = index
    }
    flights = grown
    heap = grownHeap
    flightCapacity = newCapacity
  }

  // MARK: Waiters

  /// Adds a waiter at the end of the flight's list.
  mutating func wait(_ index: UInt32, identifier: UInt64, peer: NodeID, deadline: Instant) {
    if freeWaiter == Waiter.noWaiter { growWaiters() }
    let number = freeWaiter
    let base = waiterBase
    freeWaiter = base[Int(number)].next
    base[Int(number)] = Waiter(
      identifier: identifier, deadline: deadline, next: Waiter.noWaiter, peer: peer)
    if self[index].firstWaiter == Waiter.noWaiter {
      self[index].firstWaiter = number
    } else {
      base[Int(self[index].lastWaiter)].next = number
    }
    self[index].lastWaiter = number
    if deadline < self[index].deadline { self[index].deadline = deadline }
  }

  /// Takes a waiter whose deadline has passed; when none is left, sets the flight's deadline to
  /// the earliest of the rest.
  mutating func expiredWaiter(of index: UInt32, at now: Instant) -> Waiter? {
    guard self[index].deadline <= now else { return nil }
    let base = self[index].firstWaiter == Waiter.noWaiter ? nil : waiters
    var previous = Waiter.noWaiter
    var number = self[index].firstWaiter
    var earliest = Instant.never
    while let base, number != Waiter.noWaiter {
      let waiter = base[Int(number)]
      if waiter.deadline <= now {
        unlinkWaiter(number, after: previous, of: index)
        return waiter
      }
      earliest = min(earliest, waiter.deadline)
      previous = number
      number = waiter.next
    }
    self[index].deadline = earliest
    return nil
  }

  /// Gives the waiter of `peer`, if there is one, a new operation and deadline; a node has at most
  /// one fetch of a block under way.
  mutating func renewWaiter(
    of index: UInt32, identifier: UInt64, peer: NodeID, deadline: Instant
  ) -> Bool {
    var number = self[index].firstWaiter
    while let waiters, number != Waiter.noWaiter {
      if waiters[Int(number)].peer == peer {
        waiters[Int(number)].identifier = identifier
        waiters[Int(number)].deadline = deadline
        if deadline < self[index].deadline { self[index].deadline = deadline }
        return true
      }
      number = waiters[Int(number)].next
    }
    return false
  }

  private mutating func unlinkWaiter(_ number: UInt32, after previous: UInt32, of index: UInt32) {
    let base = waiterBase
    let next = base[Int(number)].next
    if previous == Waiter.noWaiter {
      self[index].firstWaiter = next
    } else {
      base[Int(previous)].next = next
    }
    if self[index].lastWaiter == number { self[index].lastWaiter = previous }
    base[Int(number)].next = freeWaiter
    freeWaiter = number
  }

  /// The flight's first waiter, left where it is.
  func firstWaiter(of index: UInt32) -> Waiter? {
    guard let waiters, self[index].firstWaiter != Waiter.noWaiter else { return nil }
    return waiters[Int(self[index].firstWaiter)]
  }

  /// Takes the flight's first waiter.
  mutating func nextWaiter(of index: UInt32) -> Waiter? {
    let number = self[index].firstWaiter
    guard number != Waiter.noWaiter else { return nil }
    let waiter = waiterBase[Int(number)]
    unlinkWaiter(number, after: Waiter.noWaiter, of: index)
    return waiter
  }

  private var waiterBase: UnsafeMutablePointer<Waiter> {
    guard let waiters else { preconditionFailure("a waiter is added before it is used") }
    return waiters
  }

  private mutating func growWaiters() {
    let newCapacity = max(4, waiterCapacity * 2)
    let grown = UnsafeMutablePointer<Waiter>.allocate(capacity: Int(newCapacity))
    if let waiters {
      grown.update(from: waiters, count: Int(waiterCapacity))
      waiters.deallocate()
    }
    for number in (waiterCapacity..<newCapacity).reversed() {
      (grown + Int(number)).initialize(
        to: Waiter(identifier: 0, deadline: .zero, next: freeWaiter, peer: .none))
      freeWaiter = number
    }
    waiters = grown
    waiterCapacity = newCapacity
  }

  // MARK: Timers

  /// The earliest timer of all flights; `Instant.never` if none is armed.
  var earliest: Instant {
    guard let heap, heapCount > 0 else { return .never }
    return self[heap[0]].timer
  }

  /// The flight with the earliest timer, if that is not after `now`.
  func due(at now: Instant) -> UInt32? {
    guard let heap, heapCount > 0, self[heap[0]].timer <= now else { return nil }
    return heap[0]
  }

  /// Sets when the flight acts next; its deadline wakes it too.
  mutating func arm(_ index: UInt32, at action: Instant) {
    self[index].action = action
    self[index].timer = min(action, self[index].deadline)
    if self[index].heapIndex == .max {
      place(index, at: heapCount)
      heapCount += 1
    }
    siftUp(self[index].heapIndex)
    siftDown(self[index].heapIndex)
  }

  /// Takes the flight's timer away.
  mutating func disarm(_ index: UInt32) {
    let hole = self[index].heapIndex
    guard hole != .max else { return }
    self[index].heapIndex = .max
    self[index].timer = .never
    heapCount -= 1
    guard hole != heapCount else { return }
    let moved = heapBase[Int(heapCount)]
    place(moved, at: hole)
    siftUp(hole)
    siftDown(self[moved].heapIndex)
  }

  private var heapBase: UnsafeMutablePointer<UInt32> {
    guard let heap else { preconditionFailure("the heap grows with the flights") }
    return heap
  }

  private mutating func place(_ index: UInt32, at position: UInt32) {
    heapBase[Int(position)] = index
    self[index].heapIndex = position
  }

  /// Equal timers go by flight index, so that the order never depends on the heap's history.
  private func isEarlier(_ left: UInt32, _ right: UInt32) -> Bool {
    let (a, b) = (self[left].timer, self[right].timer)
    return a < b || (a == b && left < right)
  }

  private mutating func siftUp(_ start: UInt32) {
    let base = heapBase
    var position = start
    let index = base[Int(position)]
    while position > 0 {
      let parent = (position - 1) / 2
      guard isEarlier(index, base[Int(parent)]) else { break }
      place(base[Int(parent)], at: position)
      position = parent
    }
    place(index, at: position)
  }

  private mutating func siftDown(_ start: UInt32) {
    let base = heapBase
    var position = start
    let index = base[Int(position)]
    while true {
      var child = position * 2 + 1
      guard child < heapCount else { break }
      if child + 1 < heapCount, isEarlier(base[Int(child + 1)], base[Int(child)]) { child += 1 }
      guard isEarlier(base[Int(child)], index) else { break }
      place(base[Int(child)], at: position)
      position = child
    }
    place(index, at: position)
  }

  /// Above every flight's index, for sweeps.
  var limit: UInt32 { flightCapacity }
}
