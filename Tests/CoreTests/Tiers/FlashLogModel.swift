@testable import TarnCore

/// A shape of log and load for the model to try.
struct FlashLogShape: Sendable {
  var segments: UInt32
  var segmentBytes: UInt32
  var lengths: ClosedRange<UInt32>
  var slots: UInt32
}

/// Drives a flash log with random calls, in step with dictionaries that say what must be true.
///
/// Everything here is naive on purpose: it knows extents and what is under way, nothing of chains,
/// heads or victims. `violation` holds the first thing that was wrong.
struct FlashLogModel: ~Copyable {
  private var subject: FaultyFlashLog
  private let shape: FlashLogShape
  private var random: TierRandom

  private var live: [Slot: FlashExtent] = [:]
  private var reads: [FlashExtent] = []
  private var writes: [FlashExtent] = []
  private var moves: [(move: CleaningMove, released: Bool)] = []
  /// Bytes handed out of each segment since it was last discarded; absent when it is not in use.
  private var handedOut: [UInt32: UInt32] = [:]
  private var recoveredSegments: Set<UInt32> = []
  private(set) var violation: String?
  private(set) var discards = 0
  private(set) var finishedMoves = 0
  private(set) var overtakenMoves = 0
  private(set) var recoveries = 0

  init(_ shape: FlashLogShape, seed: UInt64, fault: FlashLogFault?) {
    self.shape = shape
    random = TierRandom(seed)
    let bytes = UInt64(shape.segments) * UInt64(shape.segmentBytes)
    subject = FaultyFlashLog(flashBytes: bytes, segmentBytes: shape.segmentBytes, fault: fault)
  }

  /// Random calls, then everything is brought to its end; stops at the first violation.
  mutating func run(steps: Int) {
    for _ in 0..<20 where violation == nil { recover() }
    for step in 0..<steps where violation == nil {
      doSomething()
      check()
      if step.isMultiple(of: 64) { checkAll() }
    }
    if violation == nil { settle() }
  }

  private mutating func doSomething() {
    switch random.below(100) {
    case 0..<30: write(slot: random.below(shape.slots))
    case 30..<50: endWrite()
    case 50..<58: if let slot = anyLive() { release(slot) }
    case 58..<68: beginRead()
    case 68..<78: endRead()
    case 78..<88: startMove()
    case 88..<99: finishMove(succeeded: random.below(10) > 0)
    default: recover()
    }
  }

  private mutating func fail(_ what: String) { if violation == nil { violation = what } }
}

// MARK: - Calls

extension FlashLogModel {
  private mutating func write(slot: Slot) {
    let span = shape.lengths.upperBound - shape.lengths.lowerBound + 1
    let length = shape.lengths.lowerBound + random.below(span)
    if live[slot] != nil { release(slot) }
    while subject.log.needsEviction(toWrite: length), let victim = anyLive() { release(victim) }
    guard violation == nil else { return }
    if let extent = subject.allocate(slot, length: length) {
      if extent.length != length { fail("asked for \(length), got \(extent)") }
      take(extent, for: "slot \(slot)")
      live[slot] = extent
      writes.append(extent)
    }
    takeDiscards()
  }

  /// Bytes must be handed out at most once between two discards of their segment.
  private mutating func take(_ extent: FlashExtent, for whom: String) {
    let start = handedOut[extent.segment] ?? 0
    if recoveredSegments.contains(extent.segment) { fail("\(extent) lies in a recovered segment") }
    if extent.offset < start { fail("\(extent) for \(whom) was handed out before") }
    if !extent.offset.isMultiple(of: 4096) { fail("\(extent) is not aligned") }
    if UInt64(extent.offset) + UInt64(extent.length) > UInt64(shape.segmentBytes) {
      fail("\(extent) leaves its segment")
    }
    if extent.segment >= shape.segments { fail("\(extent) lies outside of the device") }
    handedOut[extent.segment] = extent.offset + extent.length
  }

  private mutating func release(_ slot: Slot) {
    subject.release(slot)
    if subject.log.extent(of: slot) != nil { fail("slot \(slot) was released and is still there") }
    live[slot] = nil
    for index in moves.indices where moves[index].move.slot == slot { moves[index].released = true }
    takeDiscards()
  }

  private mutating func beginRead() {
    guard let slot = anyLive(), let extent = live[slot] else { return }
    subject.beginRead(extent.segment)
    reads.append(extent)
  }

  private mutating func endRead() {
    guard !reads.isEmpty else { return }
    let extent = reads.remove(at: Int(random.below(UInt32(reads.count))))
    subject.endRead(extent.segment)
    takeDiscards()
  }

  private mutating func endWrite() {
    guard !writes.isEmpty else { return }
    let extent = writes.remove(at: Int(random.below(UInt32(writes.count))))
    subject.endWrite(extent.segment)
    takeDiscards()
  }

  @discardableResult
  private mutating func startMove() -> Bool {
    guard let move = subject.log.cleaningStep() else {
      takeDiscards()
      return false
    }
    if live[move.slot] != move.from { fail("\(move) does not start where the block is") }
    if writes.contains(move.from) { fail("\(move) copies what is not written yet") }
    if move.to.length != move.from.length { fail("\(move) changes the length") }
    if moves.contains(where: { $0.move.slot == move.slot && !$0.released }) {
      fail("\(move) is under way already")
    }
    take(move.to, for: "a move of slot \(move.slot)")
    moves.append((move, false))
    if moves.count > 8 { fail("\(moves.count) moves are under way") }
    takeDiscards()
    return true
  }

  private mutating func finishMove(succeeded: Bool) {
    guard !moves.isEmpty else { return }
    let (move, released) = moves.remove(at: Int(random.below(UInt32(moves.count))))
    let end = subject.finishMove(move.number, succeeded: succeeded)
    let expected: CleaningMoveEnd =
      released ? .released : succeeded ? .moved(move.slot) : .failed(move.slot)
    if end != expected { fail("\(move) ended as \(end), not \(expected)") }
    finishedMoves += 1
    if released { overtakenMoves += 1 }
    if !released, succeeded { live[move.slot] = move.to }
    if !released, !succeeded, end == expected { release(move.slot) }
    takeDiscards()
  }

  private mutating func recover() {
    let slot = random.below(shape.slots)
    guard live[slot] == nil else { return }
    let pages = shape.segmentBytes / 4096
    let segment = random.below(shape.segments + 1)
    let extent = FlashExtent(
      segment: segment, offset: random.below(pages) * 4096,
      length: 1 + random.below(shape.lengths.upperBound))
    guard subject.log.recover(slot, at: extent) else { return }
    if segment >= shape.segments { fail("\(extent) was recovered outside of the device") }
    if handedOut[segment] != nil && !recoveredSegments.contains(segment) {
      fail("\(extent) was recovered in a segment that this run has used")
    }
    for (other, place) in live where overlap(place, extent) {
      fail("\(extent) was recovered over slot \(other) at \(place)")
    }
    recoveredSegments.insert(segment)
    handedOut[segment] = shape.segmentBytes
    live[slot] = extent
    recoveries += 1
  }

  private mutating func takeDiscards() {
    while let segment = subject.takeDiscarded() {
      discards += 1
      if handedOut[segment] == nil { fail("segment \(segment) was discarded twice") }
      if let slot = live.first(where: { $0.value.segment == segment })?.key {
        fail("segment \(segment) was discarded while slot \(slot) lies in it")
      }
      if isBusy(segment) { fail("segment \(segment) was discarded while it was in use") }
      handedOut[segment] = nil
      recoveredSegments.remove(segment)
    }
  }

  private func isBusy(_ segment: UInt32) -> Bool {
    reads.contains { $0.segment == segment } || writes.contains { $0.segment == segment }
      || moves.contains { $0.move.from.segment == segment || $0.move.to.segment == segment }
  }

  private mutating func anyLive() -> Slot? {
    guard !live.isEmpty else { return nil }
    let slots = live.keys.sorted()
    return slots[Int(random.below(UInt32(slots.count)))]
  }
}

// MARK: - Checks

extension FlashLogModel {
  private mutating func check() {
    var bytes: UInt64 = 0
    for extent in live.values { bytes += UInt64((extent.length + 4095) / 4096 * 4096) }
    if subject.liveBytes != bytes { fail("\(bytes) bytes are live, not \(subject.liveBytes)") }
    if Int(subject.log.usedSegments) != handedOut.count {
      fail("\(handedOut.count) segments are in use, not \(subject.log.usedSegments)")
    }
    if handedOut.count > Int(shape.segments) { fail("more segments are used than there are") }
    if let broken = subject.log.brokenInvariant() { fail(broken) }
  }

  private mutating func checkAll() {
    for slot in 0..<shape.slots where subject.log.extent(of: slot) != live[slot] {
      fail("slot \(slot) lies at \(String(describing: live[slot])), the log says otherwise")
    }
    let places = live.sorted { $0.key < $1.key }
    for (index, one) in places.enumerated() {
      for other in places[..<index] where overlap(one.value, other.value) {
        fail("slots \(one.key) and \(other.key) overlap")
      }
    }
  }

  /// Ends what is under way; then a write must succeed after some cleaning and eviction, and an
  /// emptied log must have reported every segment but its two open ones.
  private mutating func settle() {
    while !reads.isEmpty { endRead() }
    while !writes.isEmpty { endWrite() }
    for _ in 0..<Int(shape.slots) * 4 where violation == nil {
      for _ in 0..<64 {
        while !moves.isEmpty { finishMove(succeeded: true) }
        if !startMove() { break }
      }
      write(slot: random.below(shape.slots))
      if !writes.isEmpty { break }
      // Only after it has looked for something to clean does the log know that eviction must help.
      if !startMove() && !subject.log.needsEviction() && subject.log.freeSegments <= 1 {
        fail("stuck: no space, nothing to clean and no eviction wanted")
      }
    }
    if writes.isEmpty { fail("no space came free") }
    while !writes.isEmpty { endWrite() }
    while !moves.isEmpty { finishMove(succeeded: true) }
    while violation == nil, let slot = anyLive() { release(slot) }
    check()
    if subject.log.usedSegments > 2 { fail("an empty log keeps its segments") }
  }

  private func overlap(_ one: FlashExtent, _ other: FlashExtent) -> Bool {
    func end(_ extent: FlashExtent) -> UInt32 {
      extent.offset + (extent.length + 4095) / 4096 * 4096
    }
    return one.segment == other.segment && one.offset < end(other) && other.offset < end(one)
  }
}
