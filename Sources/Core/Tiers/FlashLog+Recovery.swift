/// Warm restart: blocks of the last run, as the driver finds them on the device.
extension FlashLog {
  /// Takes over a block of the last run that the driver found whole; false if it has no place here,
  /// because this run has already used its segment, it lies outside of the log or over another
  /// block, or too few segments would stay free. A block that is refused is simply not cached.
  ///
  /// Blocks and segments may come in any order; ascending or descending offsets are fastest. The
  /// segment counts as full and sealed from its first block on: what else it holds is garbage.
  public mutating func recover(_ slot: Slot, at extent: FlashExtent) -> Bool {
    guard isPlausible(extent), openForRecovery(extent.segment) else { return false }
    slots.grow(toInclude: slot, filler: .absent)
    precondition(slots[slot].location.isAbsent, "release a slot before it is recovered again")
    guard let successor = gap(for: extent) else { return false }
    insertLive(slot, at: extent, before: successor)
    if precedesHead(extent) { segments[extent.segment].head = slot }
    return true
  }

  private func isPlausible(_ extent: FlashExtent) -> Bool {
    extent.length > 0 && extent.length <= lengthLimit && extent.segment < segmentCount
      && extent.offset.isMultiple(of: Self.alignmentBytes) && extent.offset < segmentBytes
      && Self.footprint(extent.length) <= segmentBytes - extent.offset
  }

  /// Whether the segment may hold blocks of the last run; marks it used at the first.
  private mutating func openForRecovery(_ segment: UInt32) -> Bool {
    segments.grow(toInclude: segment, filler: FlashSegment())
    guard segments[segment].state == .untouched else {
      return segments[segment].recovered && segments[segment].state == .sealed
    }
    guard freeSegments > 1 else { return false }
    segments[segment].state = .sealed
    segments[segment].recovered = true
    segments[segment].writtenBytes = segmentBytes
    segments[segment].stamp = clock
    usedSegments += 1
    return true
  }

  /// The slot before which the block goes to keep the chain in order of offsets (the head: at the
  /// end or the start; none: the chain is empty); nil if the block lies over another.
  private func gap(for extent: FlashExtent) -> Slot? {
    let head = segments[extent.segment].head
    guard let first = self.extent(of: head) else { return .some(.none) }
    let end = extent.offset + Self.footprint(extent.length)
    if end <= first.offset { return head }
    var before = slots[head].previous
    while let other = self.extent(of: before) {
      if other.offset + Self.footprint(other.length) <= extent.offset { return slots[before].next }
      guard other.offset >= end else { return nil }
      before = slots[before].previous
    }
    return nil
  }

  private func precedesHead(_ extent: FlashExtent) -> Bool {
    guard let first = self.extent(of: segments[extent.segment].head) else { return false }
    return extent.offset < first.offset
  }
}
