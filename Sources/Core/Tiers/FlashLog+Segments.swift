/// A segment's life: untouched or free, open, sealed, perhaps cleaning, discarding, free.
extension FlashLog {
  /// Who appends.
  enum Head { case writes, moves }

  /// Takes the next `footprint` bytes of the head's open segment, or of a fresh one; callers leave
  /// the last free segment to cleaning, which can empty any segment into it.
  mutating func appendSpace(
    _ footprint: UInt32, to head: Head
  ) -> (segment: UInt32, offset: UInt32)? {
    var segment = head == .writes ? writeHead : moveHead
    if segment != .max, footprint > segmentBytes - segments[segment].writtenBytes {
      seal(segment, head)
      segment = .max
    }
    if segment == .max {
      guard freeSegments > (head == .writes ? 1 : 0) else { return nil }
      segment = openFreeSegment()
      if head == .writes { writeHead = segment } else { moveHead = segment }
    }
    let offset = segments[segment].writtenBytes
    segments[segment].writtenBytes += footprint
    return (segment, offset)
  }

  private mutating func seal(_ segment: UInt32, _ head: Head) {
    segments[segment].state = .sealed
    switch head {
    case .writes:
      writeHead = .max
      clock += 1
    case .moves:
      moveHead = .max
    }
    segments[segment].stamp = clock
    stalled = false
    retireIfDrained(segment)
  }

  /// Prefers a segment that was used before, so that a lightly used log stays small.
  private mutating func openFreeSegment() -> UInt32 {
    let segment: UInt32
    if recycled > 0 {
      segment = nextSegment(.free, from: recycledHint)
      recycledHint = segment + 1
      recycled -= 1
    } else {
      segment = nextSegment(.untouched, from: untouchedHint)
      segments.grow(toInclude: segment, filler: FlashSegment())
      untouchedHint = segment + 1
    }
    var opened = FlashSegment()
    opened.state = .open
    segments[segment] = opened
    usedSegments += 1
    return segment
  }

  /// The first segment in `state` from `start` on, around the end; there must be one.
  private func nextSegment(_ state: FlashSegment.State, from start: UInt32) -> UInt32 {
    var segment = start < segmentCount ? start : 0
    for _ in 0..<segmentCount {
      let found = segment < segments.count ? segments[segment].state : .untouched
      if found == state { return segment }
      segment = segment + 1 < segmentCount ? segment + 1 : 0
    }
    preconditionFailure("the flash log lost count of its free segments")
  }

  /// Queues a closed segment for discarding once it is empty and nothing reads or writes it.
  mutating func retireIfDrained(_ segment: UInt32) {
    if segment == victim, segments[segment].head == .none {
      segments[segment].state = .sealed
      victim = .max
      cursor = .none
    }
    let drained = segments[segment]
    guard drained.state == .sealed, drained.head == .none, drained.reads == 0, drained.writes == 0
    else { return }
    segments[segment].state = .discarding
    if lastDiscarding == .max {
      firstDiscarding = segment
    } else {
      segments[lastDiscarding].head = segment
    }
    lastDiscarding = segment
  }

  /// A segment that became empty since the last call, each once; nil if there is none. It may be
  /// written again from now on, so the driver must see its discard before any later write.
  public mutating func takeDiscarded() -> UInt32? {
    guard firstDiscarding != .max else { return nil }
    let segment = firstDiscarding
    firstDiscarding = segments[segment].head
    if firstDiscarding == .max { lastDiscarding = .max }
    var emptied = FlashSegment()
    emptied.state = .free
    segments[segment] = emptied
    usedSegments -= 1
    recycled += 1
    stalled = false
    return segment
  }
}
