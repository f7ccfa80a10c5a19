import CPrefetch
import TarnCore

/// Events that are not next yet, in 8 levels of 256 slots: one level for each byte of the time.
///
/// An event waits at the level of the highest byte in which its time differs from `base`, in the slot
/// named by that byte. So the lowest occupied slot of the lowest occupied level holds the earliest
/// events, and a slot of level n spans 256^n ns. The idea is that of the radix heap (Ahuja, Mehlhorn,
/// Orlin, Tarjan, "Faster Algorithms for the Shortest Path Problem", JACM 1990) and of hierarchical
/// timing wheels (Varghese, Lauck, SOSP 1987): it works because simulated time never goes back.
///
/// A slot is a chain of chunks, filled in order of arrival. All events of one time are in one slot,
/// whatever `base` was when they came; therefore they keep their order through every move.
struct EventWheel<Payload: BitwiseCopyable>: ~Copyable {
  typealias Event = ScheduledEvent<Payload>

  /// A chain of chunks; every chunk but the last is full.
  private struct Slot {
    var first: UnsafeMutableRawPointer?
    var last: UnsafeMutableRawPointer
    /// Events in the last chunk. A slot without chunks claims a full one, so that the check for
    /// "needs a chunk" is the only one that an insertion makes.
    var lastCount: Int
  }

  private static var levels: Int { 8 }
  private static var slotsPerLevel: Int { 256 }
  private static var wordsPerLevel: Int { 4 }
  /// A chunk starts with the address of the next one.
  private static var headerBytes: Int { 16 }
  /// Events in a chunk: what fills 512 bytes, 31 with an 8-byte payload; within 4 ... 64.
  static var eventsPerChunk: Int {
    min(64, max(4, (512 - headerBytes) / MemoryLayout<Event>.stride))
  }

  private var pool: ChunkPool
  private let slots: UnsafeMutablePointer<Slot>
  /// One bit a slot, four words a level.
  private let occupied: UnsafeMutablePointer<UInt64>
  /// One bit a level.
  private var occupiedLevels: UInt = 0
  /// What times are compared with; no later than any event in the wheel.
  private(set) var base: UInt64 = 0

  init() {
    precondition(
      MemoryLayout<Event>.alignment <= Self.headerBytes, "payloads are aligned to 16 bytes or less")
    let bytes = Self.headerBytes + Self.eventsPerChunk * MemoryLayout<Event>.stride
    pool = ChunkPool(chunkBytes: (bytes + 63) / 64 * 64)
    slots = .allocate(capacity: Self.levels * Self.slotsPerLevel)
    occupied = .allocate(capacity: Self.levels * Self.wordsPerLevel)
    occupied.initialize(repeating: 0, count: Self.levels * Self.wordsPerLevel)
    // `last` is never followed while the slot claims that it is full.
    let vacant = Slot(
      first: nil, last: UnsafeMutableRawPointer(slots), lastCount: Self.eventsPerChunk)
    slots.initialize(repeating: vacant, count: Self.levels * Self.slotsPerLevel)
  }

  deinit {
    slots.deallocate()
    occupied.deallocate()
  }

  var isEmpty: Bool { occupiedLevels == 0 }
  /// Chunks that hold events, and the most that ever did.
  var chunks: (inUse: Int, cut: Int) { (pool.chunksInUse, pool.chunksCut) }

  /// Adds an event that is later than everything that was taken out. O(1).
  mutating func insert(_ event: Event) {
    let time = event.time.nanoseconds
    let level = (63 &- ((time ^ base) | 1).leadingZeroBitCount) &>> 3
    let index = level &<< 8 | Int(truncatingIfNeeded: (time &>> UInt64(level &<< 3)) & 255)
    let slot = slots + index
    if slot.pointee.lastCount == Self.eventsPerChunk { addChunk(to: index) }
    Self.events(of: slot.pointee.last)[slot.pointee.lastCount] = event
    slot.pointee.lastCount &+= 1
  }

  /// Moves the earliest events of a wheel that is not empty to the end of `run`, all of whose events
  /// are earlier: at least one, at most a chunk of them unless they are all of one time.
  ///
  /// Returns the last time up to which the wheel is now empty; what comes at or before it belongs
  /// into the run.
  mutating func takeEarliest(into run: inout EventRun<Payload>) -> UInt64 {
    while true {
      let (level, index) = earliestSlot()
      let slot = vacate(index)
      let width: UInt64 = 1 &<< UInt64(level &<< 3)
      let byte = UInt64(truncatingIfNeeded: index & 255)
      // Clears the byte of this level and all below, then writes the slot's own.
      base = (base & ~((width &<< 8) &- 1)) | (byte &* width)
      if slot.first == slot.last {
        sort(slot, width: width, into: &run)
        return takeNeighbors(of: index, width: width, into: &run)
      }
      if level == 0 {
        drain(slot, into: &run)
        return base
      }
      spread(slot)
    }
  }

  /// Appends the slots that follow `index` at its level while the run stays below a chunk of events.
  ///
  /// Where slots hold an event each, a refill for every pop would cost more than all else, and the
  /// driver could not look ahead. `base` stays where it is: the wheel is as it was, less some events.
  private mutating func takeNeighbors(
    of index: Int, width: UInt64, into run: inout EventRun<Payload>
  ) -> UInt64 {
    var last = index
    while run.count < Self.eventsPerChunk / 2 {
      let word = last &>> 6
      // Shifting by one more would be shifting by 64 at a word's last slot.
      let later = (occupied[word] &>> UInt64(last & 63)) &>> 1
      guard later != 0 else { break }
      let next = last &+ 1 &+ later.trailingZeroBitCount
      guard slots[next].first == slots[next].last,
        run.count &+ slots[next].lastCount <= Self.eventsPerChunk
      else { break }
      sort(vacate(next), width: width, into: &run)
      last = next
    }
    let distance = UInt64(truncatingIfNeeded: last &- index)
    return (base &+ distance &* width) | (width &- 1)
  }

  /// The earliest time in a wheel that is not empty; reads every event of one slot.
  func earliestTime() -> Instant {
    let slot = slots[earliestSlot().index]
    var earliest = Instant.never
    var chunk = slot.first
    while let current = chunk {
      let events = Self.events(of: current)
      let count = current == slot.last ? slot.lastCount : Self.eventsPerChunk
      for i in 0..<count { earliest = min(earliest, events[i].time) }
      chunk = current == slot.last ? nil : Self.next(of: current)
    }
    return earliest
  }

  // MARK: Slots

  private func earliestSlot() -> (level: Int, index: Int) {
    let level = occupiedLevels.trailingZeroBitCount
    var word = level &* Self.wordsPerLevel
    while occupied[word] == 0 { word &+= 1 }
    return (level, word &<< 6 | occupied[word].trailingZeroBitCount)
  }

  @inline(never)
  private mutating func addChunk(to index: Int) {
    let chunk = pool.take()
    if slots[index].first == nil {
      slots[index].first = chunk
      occupied[index >> 6] |= 1 << UInt64(index & 63)
      occupiedLevels |= 1 << UInt(index >> 8)
    } else {
      slots[index].last.storeBytes(of: chunk, as: UnsafeMutableRawPointer.self)
    }
    slots[index].last = chunk
    slots[index].lastCount = 0
  }

  /// Unlinks and returns an occupied slot's chain.
  private mutating func vacate(_ index: Int) -> Slot {
    let slot = slots[index]
    slots[index].first = nil
    slots[index].lastCount = Self.eventsPerChunk
    occupied[index &>> 6] &= ~(1 &<< UInt64(index & 63))
    let word = (index &>> 8) &* Self.wordsPerLevel
    if occupied[word] | occupied[word &+ 1] | occupied[word &+ 2] | occupied[word &+ 3] == 0 {
      occupiedLevels &= ~(1 &<< UInt(index &>> 8))
    }
    return slot
  }

  private static func next(of chunk: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    chunk.load(as: UnsafeMutableRawPointer.self)
  }

  private static func events(of chunk: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Event> {
    (chunk + headerBytes).assumingMemoryBound(to: Event.self)
  }

  // MARK: Emptying a slot

  /// Inserts the events of a slot again, now that `base` is the slot's start: each lands at a lower
  /// level, so no event moves more than eight times.
  @inline(never)
  private mutating func spread(_ slot: Slot) {
    guard var chunk = slot.first else { return }
    while chunk != slot.last {
      let following = Self.next(of: chunk)
      for line in 0..<8 { tarn_prefetch(following + line &* 64) }
      let events = Self.events(of: chunk)
      for i in 0..<Self.eventsPerChunk { insert(events[i]) }
      pool.give(chunk)
      chunk = following
    }
    let events = Self.events(of: chunk)
    for i in 0..<slot.lastCount { insert(events[i]) }
    pool.give(chunk)
  }

  /// Moves a slot whose events all have one time.
  private mutating func drain(_ slot: Slot, into run: inout EventRun<Payload>) {
    guard var chunk = slot.first else { return }
    var total = slot.lastCount
    while chunk != slot.last {
      total += Self.eventsPerChunk
      chunk = Self.next(of: chunk)
    }
    var target = run.extend(by: total)
    chunk = slot.first ?? chunk
    while chunk != slot.last {
      let following = Self.next(of: chunk)
      target.update(from: Self.events(of: chunk), count: Self.eventsPerChunk)
      target += Self.eventsPerChunk
      pool.give(chunk)
      chunk = following
    }
    target.update(from: Self.events(of: chunk), count: slot.lastCount)
    pool.give(chunk)
  }

  /// Appends a slot of a single chunk, sorted by time and then by arrival.
  ///
  /// What is sorted is one word an event, its distance from the slot's start and its place in the
  /// chunk: a slot spans at most 2^56 ns and a chunk has at most 2^6 places.
  private mutating func sort(
    _ slot: Slot, width: UInt64, into run: inout EventRun<Payload>
  ) {
    let chunk = slot.last
    let events = Self.events(of: chunk)
    let count = slot.lastCount
    let sorted = run.extend(by: count)
    if count == 1 {
      sorted[0] = events[0]
    } else {
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { keys in
        guard let keys = keys.baseAddress else { return }
        for i in 0..<count {
          let key =
            (events[i].time.nanoseconds & (width &- 1)) &<< 6 | UInt64(truncatingIfNeeded: i)
          var hole = i
          while hole > 0 && keys[hole &- 1] > key {
            keys[hole] = keys[hole &- 1]
            hole &-= 1
          }
          keys[hole] = key
        }
        for i in 0..<count { sorted[i] = events[Int(truncatingIfNeeded: keys[i] & 63)] }
      }
    }
    pool.give(chunk)
  }
}
