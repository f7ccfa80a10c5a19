import TarnCore

/// A mistake that a flash log could make, planted to show that the model finds it.
enum FlashLogFault: CaseIterable {
  /// Released bytes stay counted as live.
  case forgetsToShrinkLiveBytes
  /// Every eighth release is lost.
  case losesReleases
  /// Reads do not hold their segment.
  case ignoresReads
  /// Writes do not hold their segment.
  case ignoresWrites
  /// Every discard is reported twice.
  case discardsTwice
  /// Every eighth discard is lost.
  case losesDiscards
  /// A failed move counts as done.
  case trustsFailedMoves
}

/// The flash log behind the calls that the model makes, sound or with a planted fault.
struct FaultyFlashLog: ~Copyable {
  var log: FlashLog
  let fault: FlashLogFault?
  private var leaked: UInt64 = 0
  private var repeated: UInt32?
  private var calls = 0

  init(flashBytes: UInt64, segmentBytes: UInt32, fault: FlashLogFault?) {
    log = FlashLog(flashBytes: flashBytes, segmentBytes: segmentBytes)
    self.fault = fault
  }

  var liveBytes: UInt64 { log.liveBytes + leaked }

  mutating func allocate(_ slot: Slot, length: UInt32) -> FlashExtent? {
    let extent = log.allocate(slot, length: length)
    if fault == .ignoresWrites, let extent { log.endWrite(extent.segment) }
    return extent
  }

  mutating func release(_ slot: Slot) {
    if fault == .losesReleases, everyEighth() { return }
    let before = log.liveBytes
    log.release(slot)
    if fault == .forgetsToShrinkLiveBytes { leaked += before - log.liveBytes }
  }

  mutating func beginRead(_ segment: UInt32) {
    if fault != .ignoresReads { log.beginRead(segment) }
  }

  mutating func endRead(_ segment: UInt32) {
    if fault != .ignoresReads { log.endRead(segment) }
  }

  mutating func endWrite(_ segment: UInt32) {
    if fault != .ignoresWrites { log.endWrite(segment) }
  }

  mutating func finishMove(_ number: UInt32, succeeded: Bool) -> CleaningMoveEnd {
    log.finishMove(number, succeeded: succeeded || fault == .trustsFailedMoves)
  }

  mutating func takeDiscarded() -> UInt32? {
    if let again = repeated {
      repeated = nil
      return again
    }
    let segment = log.takeDiscarded()
    if fault == .discardsTwice { repeated = segment }
    if fault == .losesDiscards, segment != nil, everyEighth() { return log.takeDiscarded() }
    return segment
  }

  private mutating func everyEighth() -> Bool {
    calls += 1
    return calls.isMultiple(of: 8)
  }
}
