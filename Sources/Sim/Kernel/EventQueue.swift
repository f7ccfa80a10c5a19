public import TarnCore

/// The simulator's pending events, in order of time; events of one time in the order of their pushes.
///
/// A monotone priority queue: nothing may be pushed before the last event that was popped. It is a
/// sorted run of the next few events, and behind it a wheel of 8 x 256 slots that keeps the rest
/// roughly in order (see `EventWheel`). Push and pop take constant amortised time whatever is
/// pending: an event moves at most eight times between the slots, in blocks, and is sorted once among
/// at most a chunk of others. Memory follows the number of pending events: 16 bytes each plus what
/// partly filled chunks waste, at most 1 MiB, with an 8-byte payload.
///
///     var queue = EventQueue<Wake>()
///     queue.push(Wake(node: 7), at: Instant(nanoseconds: 1_000))
///     while let event = queue.pop() { handle(event.payload, at: event.time) }
public struct EventQueue<Payload: BitwiseCopyable>: ~Copyable {
  public typealias Event = ScheduledEvent<Payload>

  /// Insertion into the run may move this many events; beyond, the run is cut.
  private static var longestMove: Int { 64 }
  /// Events that a cut leaves in the run.
  private static var keptByCut: Int { 32 }

  private var run = EventRun<Payload>()
  private var wheel = EventWheel<Payload>()
  /// Everything up to this time is in the run, everything later in the wheel.
  private var runEnd: UInt64 = 0
  /// The earliest time in the wheel, if it was asked for since the last change; 0 is "unknown": time
  /// 0 is never in the wheel.
  private var wheelStart: UInt64 = 0

  /// Number of pending events.
  public private(set) var count = 0
  /// The time of the last event that was popped; nothing may be pushed before it.
  public private(set) var now = Instant.zero

  /// Events that `upcoming` should know, as far as so many are pending.
  private let lookAhead: Int

  /// A queue without events, at time zero, whose `upcoming` knows the next `lookAhead` events as far
  /// as so many are pending. Looking ahead costs a little and pays where events touch cold memory.
  public init(lookAhead: Int = 0) { self.lookAhead = lookAhead }

  /// Whether nothing is pending.
  public var isEmpty: Bool { count == 0 }

  /// Schedules `payload` at `time`, behind everything that is already scheduled for that time.
  ///
  /// Scheduling before `now` is a broken promise and traps.
  public mutating func push(_ payload: Payload, at time: Instant) {
    precondition(time >= now, "an event was scheduled before the time that the simulation reached")
    count &+= 1
    let event = Event(time: time, payload: payload)
    if time.nanoseconds > runEnd {
      if time.nanoseconds < wheelStart { wheelStart = time.nanoseconds }
      wheel.insert(event)
    } else {
      insertIntoRun(event)
    }
  }

  /// Removes and returns the next event; nil if nothing is pending.
  public mutating func pop() -> Event? {
    if run.count <= lookAhead && !wheel.isEmpty { refill() }
    if run.isEmpty { return nil }
    count &-= 1
    let event = run.removeFirst()
    now = event.time
    return event
  }

  /// Removes and returns the next event if it is at or before `horizon`; nil otherwise.
  public mutating func pop(through horizon: Instant) -> Event? {
    guard let next = peekTime, next <= horizon else { return nil }
    return pop()
  }

  /// The time of the next event; nil if nothing is pending.
  ///
  /// Mutating because it remembers what it had to search for. It reaches no further into the future
  /// than it must, so what is pushed after it is as cheap as without it.
  public var peekTime: Instant? {
    mutating get {
      if !run.isEmpty { return run[0].time }
      if wheel.isEmpty { return nil }
      if wheelStart == 0 { wheelStart = wheel.earliestTime().nanoseconds }
      return Instant(nanoseconds: wheelStart)
    }
  }

  /// The payload that is `distance` pops away, 0 being the next, if that is already known: a hint
  /// with which a driver can prefetch the memory that the event will touch.
  ///
  /// A later push may come in between, and nil says nothing about what is pending.
  public func upcoming(_ distance: Int) -> Payload? {
    distance < run.count ? run[distance].payload : nil
  }

  /// Bytes of the chunks that hold pending events, and of the most that ever did.
  var chunks: (inUse: Int, cut: Int) { wheel.chunks }

  private mutating func refill() {
    run.isEmpty ? run.rewind() : run.moveToFront()
    runEnd = wheel.takeEarliest(into: &run)
    wheelStart = 0
  }

  @inline(never)
  private mutating func insertIntoRun(_ event: Event) {
    let count = run.count
    if count == 0 || run[count - 1].time <= event.time {
      run.insert(event, at: count)
      return
    }
    let position = run.position(after: event.time)
    if min(position, count - position) <= Self.longestMove {
      run.insert(event, at: position)
    } else if cutRun() {
      push(event.payload, at: event.time)
      self.count -= 1
    } else {
      run.insert(event, at: position)
    }
  }

  /// Gives all but the first few events of the run back to the wheel.
  ///
  /// A run made from a wide, sparsely filled slot covers a long time. If many events are then pushed
  /// into that time, they must not all be sorted by insertion. The cut is between two times, so that
  /// events of one time stay together, and not before the wheel's start: where the queue looks ahead
  /// the run may begin earlier, and the wheel takes back nothing that lies behind it. False if there
  /// is no such place.
  private mutating func cutRun() -> Bool {
    var kept = max(Self.keptByCut, run.position(before: Instant(nanoseconds: wheel.base)))
    while kept < run.count, run[kept].time == run[kept - 1].time { kept += 1 }
    guard kept < run.count else { return false }
    for offset in kept..<run.count { wheel.insert(run[offset]) }
    runEnd = run[kept].time.nanoseconds - 1
    run.truncate(to: kept)
    wheelStart = 0
    return true
  }
}
