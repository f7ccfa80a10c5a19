/// A live block to be copied out of a segment that is being cleaned.
public struct CleaningMove: BitwiseCopyable, Sendable, Equatable {
  /// Names the move until `FlashLog.finishMove`.
  public var number: UInt32
  /// Whose bytes; only good until the slot is released.
  public var slot: Slot
  /// Where they lie, readable until the move is finished.
  public var from: FlashExtent
  /// Where to copy them.
  public var to: FlashExtent
}

/// How a move ended.
public enum CleaningMoveEnd: BitwiseCopyable, Sendable, Equatable {
  /// The slot's extent is the new one.
  case moved(Slot)
  /// The copy failed, the slot's extent is the old one. Release it: what cannot be copied keeps
  /// its whole segment from being freed, and would be tried again for ever.
  case failed(Slot)
  /// The slot was released meanwhile; there is nothing to do.
  case released
}

/// A move under way.
struct FlashMove: BitwiseCopyable {
  var number: UInt32
  /// `Slot.none` once the slot was released: by then its number may mean another block.
  var slot: Slot
  var from: UInt32
  var to: FlashExtent
}

/// Garbage collection by cost and benefit, one victim at a time.
///
/// What it costs: if segments were cleaned in the order of writing, blocks that die at random would
/// leave a share p of a cleaned segment alive, where live share of the usable space =
/// (1 - p) / -ln p (Desnoyers, "Analytic modeling of SSD write performance", SYSTOR 2012), and write
/// amplification would be 1 / (1 - p): 2.7 at 80 %, 5.2 at 90 %. Choosing the better victim is no
/// worse. Blocks that die in the order in which they were written, as under FIFO eviction, leave
/// nothing to move. Usable is all but `cleaningThreshold` and two segments.
///
/// Moved blocks count as young again. Letting them keep the age of their segment, as LFS does, was
/// measured too: no better when 90 % of the writes go to 10 % of the blocks (2.01 against 2.06),
/// worse when they go anywhere (2.94 against 2.74).
extension FlashLog {
  /// The most moves under way at once.
  public static let moveLimit: UInt32 = 8

  /// Cleaning runs while free segments are at or below this: 5 %, but at least 2.
  public var cleaningThreshold: UInt32 { max(2, segmentCount / 20) }

  /// The most live bytes that the tier should hold: 90 % of the segments beyond the cleaning
  /// threshold and an open one, so that write amplification stays below about 6 at worst.
  public var liveByteLimit: UInt64 {
    guard segmentCount > 0 else { return 0 }
    return UInt64(segmentCount - cleaningThreshold - 1) * UInt64(segmentBytes) / 10 * 9
  }

  /// Whether the tier must evict before it writes `length` more bytes: the live bytes would pass
  /// their limit, or segments are short and cleaning cannot make any (what is dead lies in the
  /// unused ends of segments, when blocks are large against segments).
  public func needsEviction(toWrite length: UInt32 = 0) -> Bool {
    if segmentCount == 0 { return false }
    let wanted = UInt64(length) + UInt64(Self.alignmentBytes - 1)
    let rounded = wanted / UInt64(Self.alignmentBytes) * UInt64(Self.alignmentBytes)
    return liveBytes + rounded > liveByteLimit || (stalled && freeSegments <= 1)
  }

  /// Bytes written to the device for each byte that callers wrote, in thousandths; 1000 at best.
  public var writeAmplificationPermille: UInt64 {
    bytesWritten == 0 ? 1000 : (bytesWritten + bytesMoved) * 1000 / bytesWritten
  }

  /// Moves under way.
  public var movesUnderWay: UInt32 { moves.count }

  /// The next block to move, or nil: nothing to clean now, or as much under way as may be. The
  /// move starts here, its reads and writes included: end it with `finishMove`.
  public mutating func cleaningStep() -> CleaningMove? {
    guard moves.count < Self.moveLimit else { return nil }
    if victim == .max {
      guard freeSegments <= cleaningThreshold, segmentCount > 0, chooseVictim() else { return nil }
    }
    if cursor == .none {
      // Every block is on its way; those whose move failed and that are still held come again.
      guard moves.count == 0 else { return nil }
      cursor = segments[victim].head
    }
    let slot = cursor
    guard let from = extent(of: slot) else { preconditionFailure("a chain holds an absent slot") }
    let footprint = Self.footprint(from.length)
    guard let (segment, offset) = appendSpace(footprint, to: .moves) else {
      stalled = moves.count == 0
      return nil
    }
    cursor = successor(of: slot, in: victim)
    return startMove(of: slot, from: from, to: segment, offset)
  }

  private mutating func startMove(
    of slot: Slot, from: FlashExtent, to segment: UInt32, _ offset: UInt32
  ) -> CleaningMove {
    segments[victim].reads += 1
    segments[segment].writes += 1
    bytesMoved += UInt64(Self.footprint(from.length))
    let to = FlashExtent(segment: segment, offset: offset, length: from.length)
    let move = CleaningMove(number: nextMove, slot: slot, from: from, to: to)
    moves.append(FlashMove(number: nextMove, slot: slot, from: from.segment, to: to))
    nextMove &+= 1
    return move
  }

  /// The move `number` ended, with its bytes in the new place if it succeeded.
  public mutating func finishMove(_ number: UInt32, succeeded: Bool) -> CleaningMoveEnd {
    let move = takeMove(number)
    segments[move.from].reads -= 1
    segments[move.to.segment].writes -= 1
    var end = CleaningMoveEnd.released
    if move.slot != .none {
      end = succeeded ? .moved(move.slot) : .failed(move.slot)
      if succeeded, let from = extent(of: move.slot) {
        removeLive(move.slot, at: from)
        addLive(move.slot, at: move.to)
      }
    }
    retireIfDrained(move.from)
    retireIfDrained(move.to.segment)
    return end
  }

  private mutating func takeMove(_ number: UInt32) -> FlashMove {
    for index in 0..<moves.count where moves[index].number == number {
      let move = moves[index]
      moves.swapRemove(at: index)
      return move
    }
    preconditionFailure("no move with this number is under way")
  }

  /// The slot is released: a move of it that is under way moves nothing any more.
  mutating func forgetMove(of slot: Slot) {
    for index in 0..<moves.count where moves[index].slot == slot {
      moves[index].slot = .none
    }
  }

  /// Picks the segment with the best ratio of benefit to cost, age x (1 - u) / (1 + u), where u is
  /// its live share and age is in segments that callers have filled since it was sealed. Only those
  /// count of which at least a 32nd was released: the unused end of a segment may come back as the
  /// unused end of the next, and moving blocks for that could go on for ever.
  private mutating func chooseVictim() -> Bool {
    var best: UInt32 = .max
    var bestScore: UInt64 = 0
    var waiting = false
    for index in 0..<segments.count {
      let candidate = segments[index]
      guard candidate.state == .sealed, candidate.head != .none,
        candidate.writtenBytes - candidate.liveBytes >= max(1, segmentBytes / 32)
      else { continue }
      // Its blocks cannot be copied before they are there.
      guard candidate.writes == 0 else {
        waiting = true
        continue
      }
      let score = cleaningScore(candidate)
      if score > bestScore {
        bestScore = score
        best = index
      }
    }
    guard best != .max else {
      stalled = !waiting
      return false
    }
    segments[best].state = .cleaning
    victim = best
    cursor = segments[best].head
    return true
  }

  /// Benefit over cost in units of 2^-24 segments: at most 2^56, at least 1 with a 32nd dead.
  private func cleaningScore(_ segment: FlashSegment) -> UInt64 {
    let age = UInt64(clock &- segment.stamp) + 1
    let live = UInt64(segment.liveBytes)
    let size = UInt64(segmentBytes)
    return age * (((size - live) << 24) / (size + live))
  }
}
