/// What must hold between any two calls. Costs a walk over every slot and segment: for tests.
extension FlashLog {
  /// The first invariant that does not hold, in words; nil if all do.
  func brokenInvariant() -> String? {
    var used: UInt32 = 0
    var live: UInt64 = 0
    var chained: UInt32 = 0
    for index in 0..<segments.count {
      let segment = segments[index]
      if segment.state != .untouched && segment.state != .free { used += 1 }
      if segment.liveBytes > segment.writtenBytes { return "segment \(index): live > written" }
      if segment.writtenBytes > segmentBytes { return "segment \(index): written > its size" }
      live += UInt64(segment.liveBytes)
      if let broken = brokenChain(of: index, counting: &chained) { return broken }
    }
    if used != usedSegments { return "\(used) segments in use, \(usedSegments) counted" }
    if used > segmentCount { return "\(used) segments in use of \(segmentCount)" }
    if live != liveBytes { return "\(live) live bytes in segments, \(liveBytes) counted" }
    var present: UInt32 = 0
    for slot in 0..<slots.count where !slots[slot].location.isAbsent { present += 1 }
    return present == chained ? nil : "\(present) slots hold bytes, \(chained) are in chains"
  }

  private func brokenChain(of index: UInt32, counting chained: inout UInt32) -> String? {
    let segment = segments[index]
    switch segment.state {
    case .open, .sealed, .cleaning: break
    case .untouched, .free, .discarding:
      let idle = segment.liveBytes == 0 && segment.reads == 0 && segment.writes == 0
      return idle ? nil : "segment \(index) is \(segment.state) but not idle"
    }
    var live: UInt32 = 0
    var slot = segment.head
    while slot != .none {
      guard let extent = extent(of: slot) else { return "chain \(index) holds an absent slot" }
      if extent.segment != index { return "slot \(slot) is in the chain of another segment" }
      if slots[slots[slot].next].previous != slot { return "chain \(index) is torn at \(slot)" }
      let end = UInt64(extent.offset) + UInt64(Self.footprint(extent.length))
      if end > UInt64(segment.writtenBytes) { return "slot \(slot) lies beyond what was written" }
      live += Self.footprint(extent.length)
      chained += 1
      if chained > slots.count { return "chain \(index) has no end" }
      slot = successor(of: slot, in: index)
    }
    return live == segment.liveBytes ? nil : "segment \(index) counts its live bytes wrong"
  }
}
